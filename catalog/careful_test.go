package catalog_test

import (
	"path/filepath"
	"strings"
	"testing"

	"pavise"
	"pavise/audit"
	"pavise/catalog"
)

// TestCarefulProgramsRaiseNoAlarm: a program that is set up as the rules say fails none of
// those of its source, and leaves none unknown.
func TestCarefulProgramsRaiseNoAlarm(t *testing.T) {
	for _, name := range []string{"express-careful", "express-typescript", "apostrophe-careful", "go-careful"} {
		e, err := audit.Collect(t.Context(), audit.Options{Dir: filepath.Join("testdata/ondisk/project", name)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range catalog.OnDisk() {
			if doc := c.Doc(); strings.HasPrefix(doc.ID, "source.") {
				for _, f := range c.(pavise.Checker).Check(e) {
					if f.Outcome == pavise.Unknown || f.Outcome == pavise.Fail && doc.Rule(f.Rule).Severity > pavise.Info {
						t.Errorf("%s: %s %s at %s: %s", name, f.Rule, f.Outcome, f.Where, f.Saw)
					}
				}
			}
		}
	}
}
