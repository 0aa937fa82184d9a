package lockfile_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pavise"
	"pavise/audit/lockfile"
	"pavise/audit/tree"
)

var update = flag.Bool("update", false, "write what is read to testdata/*.golden")

// read reads a folder as the audit does.
func read(t testing.TB, dir string) (*pavise.Project, []pavise.Unread) {
	t.Helper()
	in, err := tree.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	p := &pavise.Project{Root: dir}
	lockfile.Read(t.Context(), in, p)
	return p, in.Unread()
}

// listed says what was read, a line for each package with the shortest way to it.
func listed(p *pavise.Project) []byte {
	var b bytes.Buffer
	for _, m := range p.Manifests {
		fmt.Fprintf(&b, "file %s: %s", m.File, m.Form)
		for _, behind := range m.Behind {
			fmt.Fprintf(&b, ", behind %s", behind)
		}
		b.WriteString("\n")
	}
	for _, r := range p.Runtimes {
		fmt.Fprintf(&b, "runtime %s %s, %s:%d\n", r.Product, r.Version, r.File, r.Line)
	}
	for _, m := range p.Modules {
		fmt.Fprintf(&b, "module %s: %s %s, %d needs\n", m.Dir, m.Name, m.Version, len(m.Needs))
	}
	fmt.Fprintf(&b, "packages %d\n", len(p.Packages))
	var lines []string
	for _, pkg := range p.Packages {
		paths, ways := p.Paths(pkg.Key)
		var words []string
		for _, w := range []string{pkg.Name, cmp.Or(pkg.Version, pkg.Range, "-"), string(cmp.Or(pkg.Scope, "prod")), string(pkg.From), pkg.Alias} {
			if w != "" {
				words = append(words, w)
			}
		}
		for word, set := range map[string]bool{"deprecated": pkg.Ended != "", "script": pkg.Script, "no hash": !pkg.Integrity} {
			if set {
				words = append(words, "("+word+")")
			}
		}
		slices.Sort(words[min(4, len(words)):])
		if len(paths) > 0 {
			words = append(words, fmt.Sprintf("by %d: %s", ways, strings.Join(paths[0], " › ")))
		}
		lines = append(lines, strings.Join(words, " "))
	}
	slices.Sort(lines)
	b.WriteString(strings.Join(lines, "\n") + "\n")
	return b.Bytes()
}

// TestRealProjects reads what the package managers themselves wrote for real packages:
// npm 11 (lockfiles 1, 2 and 3), yarn 1.22 and 4, pnpm 7, 8 and 9, bun 1. The packages,
// their versions and whether they are for development alone were held to npm ls --all
// once, when the files were made.
func TestRealProjects(t *testing.T) {
	folders, err := filepath.Glob("testdata/*/package.json")
	if err != nil || len(folders) < 11 {
		t.Fatalf("%d folders, %v", len(folders), err)
	}
	for _, f := range folders {
		dir := filepath.Dir(f)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			p, unread := read(t, dir)
			if unread != nil {
				t.Errorf("unread: %v", unread)
			}
			got := listed(p)
			if *update {
				if err := os.WriteFile(dir+".golden", got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(dir + ".golden")
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is read otherwise than in %s.golden:\n%s", dir, dir, difference(string(want), string(got)))
			}
		})
	}
}

// difference is the lines that stand in one alone.
func difference(want, got string) string {
	var b strings.Builder
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for _, line := range w {
		if !slices.Contains(g, line) {
			b.WriteString("- " + line + "\n")
		}
	}
	for _, line := range g {
		if !slices.Contains(w, line) {
			b.WriteString("+ " + line + "\n")
		}
	}
	return b.String()
}
