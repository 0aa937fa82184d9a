package site_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pavise"
	"pavise/site"
)

// located must know where an address is, if it is told so.
type located struct {
	Deny []string `yaml:"deny" doc:"Countries."`
}

func (located) Validate() error { return nil }
func (located) Doc() pavise.Doc { return pavise.Doc{ID: "clients.location", Title: "Location"} }
func (l located) Locates() (country, as bool) {
	for _, item := range l.Deny {
		country, as = country || len(item) == 2, as || len(item) > 2
	}
	return country, as
}

// TestCountriesNeedADatabase: what nobody could know is a mistake of the file, with its line.
func TestCountriesNeedADatabase(t *testing.T) {
	const file = "%sites:\n  - hosts: [a.test]\n    to: \"3000\"\n    controls:\n      clients.location: {deny: %}\n"
	for _, test := range []struct{ before, deny, want string }{
		{"", "[]", ""},
		{"", "[KP]", "pavise.yaml:5:7: clients.location: names countries, and there is no database that knows them (geoip: {country: "},
		{"", "[AS64496]", "pavise.yaml:5:7: clients.location: names AS numbers, and there is no database"},
		{"geoip: {country: a.mmdb}\n", "[KP]", ""},
		{"geoip: {country: a.mmdb}\n", "[KP, AS64496]", "names AS numbers"},
		{"geoip: {country: a.mmdb, asn: /b.mmdb}\n", "[KP, AS64496]", ""},
		{"geoip: {countri: a.mmdb}\n", "[]", "country"},
	} {
		parts := strings.SplitN(file, "%", 3)
		text := parts[0] + test.before + parts[1] + test.deny + parts[2]
		_, err := site.Parse("pavise.yaml", []byte(text), []pavise.Control{located{}}, nil)
		if (err != nil) != (test.want != "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s%s: %v", test.before, test.deny, err)
		}
	}
	f, err := site.Load(writeFile(t, "geoip: {country: a.mmdb, asn: /b.mmdb}\nsites:\n  - {hosts: [a.test], to: \"3000\"}\n"), nil, nil)
	if err != nil || !filepath.IsAbs(f.GeoIP.Country) || f.GeoIP.ASN != "/b.mmdb" || f.GeoIP.Line != 1 {
		t.Error(f, err)
	}
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pavise.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
