package catalog_test

import (
	"os"
	"path/filepath"
	"testing"

	"pavise"
	"pavise/advisories"
	"pavise/audit"
	"pavise/catalog"
)

// TestEveryRuleOnDiskIsSeen allows no rule that never fails or never passes at one of
// the folders in testdata: ondisk/project/NAME is a project, ondisk/host/NAME the root
// of a host.
func TestEveryRuleOnDiskIsSeen(t *testing.T) {
	library := advisories.NewLibrary(nil)
	failed, passed := map[string]bool{}, map[string]bool{}
	for _, kind := range []string{"project", "host"} {
		folders, err := os.ReadDir(filepath.Join("testdata/ondisk", kind))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for _, f := range folders {
			opt := audit.Options{Known: library.Known}
			if at := asOnDisk(t, filepath.Join("testdata/ondisk", kind, f.Name())); kind == "host" {
				opt.Host = at
			} else {
				opt.Dir = at
			}
			e, err := audit.Collect(t.Context(), opt, catalog.OnDisk())
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range pavise.Judge(catalog.OnDisk(), e) {
				failed[found.Rule] = failed[found.Rule] || found.Outcome == pavise.Fail
				passed[found.Rule] = passed[found.Rule] || found.Outcome == pavise.Pass
			}
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
