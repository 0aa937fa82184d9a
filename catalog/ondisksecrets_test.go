package catalog_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"pavise"
	"pavise/advisories"
	"pavise/audit"
	"pavise/catalog"
	"pavise/report"
)

// TestNoReportTellsASecret looks for the secrets of the fixtures in every form of report.
func TestNoReportTellsASecret(t *testing.T) {
	library := advisories.NewLibrary(nil)
	project := asOnDisk(t, filepath.Join("testdata/ondisk/project/secrets-careless"))
	host := asOnDisk(t, filepath.Join("testdata/ondisk/host/listeners-careless"))
	e, err := audit.Collect(t.Context(), audit.Options{Dir: project, Host: host, Known: library.Known}, catalog.OnDisk())
	if err != nil {
		t.Fatal(err)
	}
	r := report.Reports{report.New(report.Input{Target: "shop", Started: e.Taken, Controls: catalog.OnDisk(),
		Findings: pavise.Judge(catalog.OnDisk(), e), Evidence: e, Profile: report.Disk})}
	for _, format := range report.Formats {
		var out bytes.Buffer
		if err := r.Write(&out, format, report.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "project.secrets.source") || !strings.Contains(out.String(), "host.listeners.admin") {
			t.Errorf("%s: the findings are not in it", format)
		}
		// Of each what is not shown: behind the first four characters, and all of what is short.
		for _, secret := range []string{"2mKx9TzL4wRb", "changeme", "u8Zp3nQw6TkE", "8cJm1FpD7vGs", "keyboard cat"} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%s tells %q", format, secret)
			}
		}
	}
}
