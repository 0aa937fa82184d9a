package catalog_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"pavise"
	"pavise/advisories"
	"pavise/audit"
	"pavise/catalog"
)

// neverFails are the rules of which nobody can tell, where they do not pass.
var neverFails = map[string]bool{"project.dependencies.data": true}

// taken is the day on which the fixtures are what they are: some tell of releases that
// end soon.
var taken = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// TestEveryRuleOnDiskIsSeen allows no rule that never fails or never passes at one of
// the folders in testdata: ondisk/project/NAME is a project, ondisk/host/NAME the root
// of a host.
func TestEveryRuleOnDiskIsSeen(t *testing.T) {
	failed, passed := map[string]bool{}, map[string]bool{}
	look := func(library *advisories.Library, kind, name string) {
		opt := audit.Options{Known: library.Known, Taken: taken}
		if at := asOnDisk(t, filepath.Join("testdata/ondisk", kind, name)); kind == "host" {
			opt.Host = at
		} else {
			opt.Dir = at
		}
		e, err := audit.Collect(t.Context(), opt, catalog.OnDisk())
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range pavise.Judge(catalog.OnDisk(), e) {
			bad := found.Outcome == pavise.Fail || found.Outcome == pavise.Unknown && neverFails[found.Rule]
			failed[found.Rule] = failed[found.Rule] || bad
			passed[found.Rule] = passed[found.Rule] || found.Outcome == pavise.Pass
		}
	}
	made := madeLibrary(t)
	look(advisories.NewLibrary(nil), "project", "deps-careless") // whose facts are too few
	for _, kind := range []string{"project", "host"} {
		folders, err := os.ReadDir(filepath.Join("testdata/ondisk", kind))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for _, f := range folders {
			look(made, kind, f.Name())
		}
	}
	for _, c := range catalog.OnDisk() {
		for _, r := range c.Doc().Rules {
			if !failed[r.ID] {
				t.Errorf("%s fails at no fixture", r.ID)
			}
			if !passed[r.ID] {
				t.Errorf("%s passes at no fixture", r.ID)
			}
		}
	}
}
