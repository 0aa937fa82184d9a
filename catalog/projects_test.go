package catalog_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/advisories"
	"pavise/audit"
	"pavise/catalog"
)

var updateProjects = flag.Bool("update", false, "write what is found to testdata/projects/*.golden, to be checked by hand")

// checked is the day on which every line of the golden files was looked at beside the
// source: that it is true, its line, its severity, what is wanted, and what is missing.
var checked = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// TestProjects audits projects as their generators and their makers leave them, each with
// a lockfile that npm wrote, and compares what is found with what was checked by hand.
func TestProjects(t *testing.T) {
	for name, locked := range map[string]string{"express3": "express3", "express4": "express4", "express5": "express5",
		"apostrophe4": "apostrophe", "apostrophe0": "", "oldshop": "oldshop"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			copyTo(t, dir, filepath.Join("testdata/projects", name))
			if locked != "" {
				copyTo(t, dir, filepath.Join("../audit/lockfile/testdata", locked))
			}
			got := foundIn(t, dir)
			golden := filepath.Join("testdata/projects", name+".golden")
			if *updateProjects {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := differing(string(want), string(got)); d != "" {
				t.Errorf("%s: %s\nlook at each line beside the source, then: go test ./catalog -run TestProjects -update", golden, d)
			}
		})
	}
}

func copyTo(t *testing.T, dir, from string) {
	t.Helper()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// foundIn is what an audit says of a folder by the facts that ship and a few of the test's
// own, a line for each place that fails or is not known, and in short what else.
func foundIn(t *testing.T, dir string) []byte {
	t.Helper()
	opt := audit.Options{Dir: dir, Known: flawLibrary(t).Known}
	e, err := audit.Collect(t.Context(), opt, catalog.OnDisk())
	if err != nil {
		t.Fatal(err)
	}
	e.Taken = checked
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Checked by hand %s: every line beside the source, and the source for what is missing.\n", checked.Format(time.DateOnly))
	severity := map[string]pavise.Severity{}
	for _, c := range catalog.OnDisk() {
		for _, r := range c.Doc().Rules {
			severity[r.ID] = r.Severity
		}
	}
	var passed, skipped []string
	for _, f := range pavise.Judge(catalog.OnDisk(), e) {
		switch f.Outcome {
		case pavise.Pass:
			passed = append(passed, fmt.Sprintf("%s %s %s", f.Rule, f.Where, f.Saw))
			continue
		case pavise.Skip:
			skipped = append(skipped, f.Rule)
			continue
		}
		fmt.Fprintf(&b, "\n%s %s %s: want %s\n  %s %s\n", f.Outcome, severity[f.Rule], f.Rule, f.Want, f.Where, f.Saw)
		if f.Dependency != nil && f.Dependency.Gain != "" {
			fmt.Fprintf(&b, "    gain: %s\n", f.Dependency.Gain)
		}
		for _, a := range f.Also {
			fmt.Fprintf(&b, "  %s %s\n", a.Where, a.Saw)
		}
	}
	fmt.Fprintf(&b, "\npass\n  %s\n\nskip\n  %s\n", strings.Join(passed, "\n  "), strings.Join(skipped, "\n  "))
	return b.Bytes()
}

// differing is the first line in which two texts differ; "" is none.
func differing(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		line := func(of []string) string {
			if i < len(of) {
				return of[i]
			}
			return "(its end)"
		}
		if line(w) != line(g) {
			return fmt.Sprintf("line %d\n  want %s\n  got  %s", i+1, line(w), line(g))
		}
	}
	return ""
}

func flawLibrary(t *testing.T) *advisories.Library { return advisories.NewLibrary(nil) }
