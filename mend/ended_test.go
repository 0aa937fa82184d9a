package mend

import (
	"context"
	"strings"
	"testing"
	"time"

	"pavise"
)

// ends of releases, as the data have them; of what stands not here none is known.
var ends = map[string]time.Time{"3": time.Date(2015, 7, 5, 0, 0, 0, 0, time.UTC), "4": {}, "5": {}}

func knownEnds(k pavise.Known) (*pavise.Notices, error) {
	if k.Ecosystem != "product" {
		return &pavise.Notices{Covers: true}, nil
	}
	major, _, _ := strings.Cut(k.Version, ".")
	end, covers := ends[major]
	n := &pavise.Notices{Covers: covers}
	if !end.IsZero() {
		n.List = []pavise.Notice{{ID: pavise.EndOfLife, Ended: end}}
	}
	return n, nil
}

// TestEnded offers a major that gets fixes for one that gets none, never by itself; for
// what its author gave up another release, and for what was closed nothing but words.
func TestEnded(t *testing.T) {
	p := &pavise.Project{Modules: []pavise.Module{{Dir: ".", Manifest: "package.json"}}}
	var findings []pavise.Finding
	for _, one := range []struct {
		direct bool
		d      pavise.Dependency
		rule   string
	}{
		{true, pavise.Dependency{Name: "express", Version: "3.21.2", Product: "express"}, "project.framework.supported"},
		{true, pavise.Dependency{Name: "csurf", Version: "1.11.0", Instead: "csrf-sync"}, "project.framework.archived"},
		{true, pavise.Dependency{Name: "old", Version: "1.0.0"}, "project.dependencies.deprecated"},
		{false, pavise.Dependency{Name: "deep", Version: "1.0.0"}, "project.dependencies.deprecated"},
	} {
		d := one.d
		d.Ecosystem, d.Key = pavise.NPM, d.Name
		need := pavise.Need{Key: d.Key, Name: d.Name, Range: d.Version}
		if one.direct {
			p.Modules[0].Needs = append(p.Modules[0].Needs, need)
		} else {
			p.Packages[0].Needs = append(p.Packages[0].Needs, need)
		}
		p.Packages = append(p.Packages, pavise.Package{Key: d.Key, Ecosystem: d.Ecosystem, Name: d.Name, Version: d.Version, From: pavise.FromRegistry, File: "package-lock.json"})
		findings = append(findings, pavise.Finding{Rule: one.rule, Outcome: pavise.Fail, Dependency: &d})
	}
	stock := map[string][]Release{
		"express": {{Version: "3.21.2"}, {Version: "3.21.3", Needs: map[string]string{"deep": "1.0.0"}}, {Version: "4.21.2"}, {Version: "5.1.0"}, {Version: "6.0.0"}},
		"csurf":   {{Version: "1.11.0"}, {Version: "1.12.0"}},
		"old":     {{Version: "1.0.0", Ended: "no longer"}, {Version: "1.0.1", Ended: "nor this"}, {Version: "1.1.0"}},
		"deep":    {{Version: "1.0.0", Ended: "no longer"}, {Version: "2.0.0"}},
	}
	from := Registries{pavise.NPM: func(_ context.Context, name string) ([]Release, error) { return stock[name], nil }}
	plan := Plans(t.Context(), p, findings, Knowing{from, knownEnds})
	for id, want := range map[string]struct{ kinds, text, blocks string }{
		"express 3.21.2 (end of life)": {"major accept skip", "express 3.21.2 → 4.21.2 in package.json", "package.json asks for express 3.21.2; no express 3 gets fixes: major of express to 4.21.2"},
		"csurf 1.11.0 (end of life)":   {"accept skip", "", "every version of it was given up; its place can take csrf-sync"},
		"old 1.0.0 (end of life)":      {"*same accept skip", "old 1.0.0 → 1.1.0 in package.json", ""},
		"deep 1.0.0 (end of life)":     {"accept skip", "", "express 3.21.2 asks for deep 1.0.0; no express 3 asks for a safe deep"},
	} {
		got := find(t, plan, id)
		text := ""
		if c := got.Choices[0]; c.Kind != Accept {
			text = c.Text
		}
		if kinds := strings.Join(kinds(got), " "); kinds != want.kinds || text != want.text || got.Blocks != want.blocks {
			t.Errorf("%s: %s, %q, %q", id, kinds, text, got.Blocks)
		}
	}
	if got := find(t, plan, "express 3.21.2 (end of life)").Advisories(); len(got) != 1 || got[0] != "project.framework.supported" {
		t.Errorf("it is decided about %q", got)
	}
}
