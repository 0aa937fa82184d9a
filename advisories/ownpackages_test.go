package advisories

import (
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/internal/versions"
)

// TestOwnPackages: each row has a source, versions and a severity, and is found by them.
func TestOwnPackages(t *testing.T) {
	npm, _ := versions.Of(pavise.NPM)
	l := NewLibrary(nil)
	for i, e := range ownPackageEntries() {
		row := ownPackages[i]
		_, err := pavise.ParseCVSS(e.Notice.CVSS)
		if !strings.HasPrefix(e.Notice.Source, "https://") || (err != nil) == (row.severity == 0) || len(e.Spans) == 0 || len(row.what) > 80 {
			t.Errorf("%+v: %v", row, err)
		}
		if row.released != "" && e.Notice.Released.IsZero() || row.published != "" && e.Notice.Published.IsZero() {
			t.Errorf("%s: %q or %q is no day", row.id, row.published, row.released)
		}
		for _, s := range e.Spans {
			if !npm.Valid(s.Below) || s.From != "" && (!npm.Valid(s.From) || npm.Compare(s.From, s.Below) >= 0) {
				t.Errorf("%s: %+v", row.id, s)
			}
			at := s.From
			if at == "" {
				at = "0.0.1"
			}
			for version, want := range map[string]bool{at: true, s.Below: false} {
				n, err := l.Known(pavise.Known{Ecosystem: pavise.NPM, Name: row.name, Version: version})
				if err != nil || !n.Covers || !n.Dated.Equal(ownUntil(row.name)) {
					t.Fatal(n, err)
				}
				found := false
				for _, one := range n.List {
					found = found || one.ID == row.id && one.Fixed == s.Below
				}
				if found != want {
					t.Errorf("%s of %s %s: %v", row.id, row.name, version, found)
				}
			}
		}
	}
	for _, tt := range []struct{ name, version, want string }{
		{"express", "4.17.1", "GHSA-rv95-896h-c2vc<4.19.2 GHSA-qw6h-vgh9-j6wx<4.20.0 same 4.20.0 safe 5.0.0"},
		{"express", "4.21.0", "same  safe 5.0.0"},
		{"multer", "1.4.3", "GHSA-44fp-w29j-9vj5<2.0.0 GHSA-v52c-386h-88mc<2.1.0 GHSA-xf7r-hgr6-v32p<2.1.0 GHSA-5528-5vmv-3xc2<2.1.1 GHSA-72gw-mp4g-v24j<2.2.0 " +
			"GHSA-535w-7cp7-47q4<2.3.0 GHSA-qvfw-j98x-7q72<2.3.0 GHSA-wc9g-mqfw-jrwm<2.3.0 same  safe 2.5.0"},
		{"left-pad", "1.0.0", "uncovered"},
		{"express", " ^3.0.0", "GHSA-gpvr-g6gh-9mc2?<3.11.0 GHSA-rv95-896h-c2vc<4.19.2 GHSA-qw6h-vgh9-j6wx<4.20.0 same  safe 5.0.0"},
	} {
		if got := said(t, l, pavise.NPM, tt.name, tt.version); got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.name, tt.version, got, tt.want)
		}
	}
	for k, ends := range map[pavise.Known]bool{
		{Ecosystem: Product, Name: "debian", Version: "11"}:           true,
		{Ecosystem: Product, Name: "debian", Version: "12"}:           true,
		{Ecosystem: Product, Name: "ubuntu", Version: "26.04"}:        true,
		{Ecosystem: Product, Name: "alpine-linux", Version: "3.22.1"}: true,
		{Ecosystem: Product, Name: "rocky-linux", Version: "8.10"}:    true,
		{Ecosystem: Product, Name: "alpine-linux", Version: "3.99.1"}: false,
	} {
		n, err := l.Known(k)
		if err != nil || n.Covers != ends || ends && n.List[0].Ended.Before(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%+v: %+v, %v", k, n, err)
		}
	}
}
