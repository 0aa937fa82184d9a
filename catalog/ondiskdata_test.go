package catalog_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pavise/advisories"
)

// madeLibrary knows of packages that nobody has, in the form of OSV, and of releases whose
// end is near, far or past today.
func madeLibrary(t testing.TB) *advisories.Library {
	t.Helper()
	flaws, ends := t.TempDir(), t.TempDir()
	for id, f := range map[string]struct{ name, fixed, cvss string }{
		"GHSA-made-0000-0001": {"made-critical", "1.0.1", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
		"GHSA-made-0000-0002": {"made-high", "1.2.5", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"},
		"GHSA-made-0000-0003": {"made-medium", "2.1.0", "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"},
		"GHSA-made-0000-0004": {"made-low", "0.2.0", "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N"},
		"MAL-2026-1":          {"made-malicious", "", ""},
	} {
		events := []map[string]string{{"introduced": "0"}}
		if f.fixed != "" {
			events = append(events, map[string]string{"fixed": f.fixed})
		}
		record := map[string]any{"id": id, "summary": "made for a test", "modified": time.Now(), "published": time.Now().AddDate(0, -2, 0),
			"affected": []any{map[string]any{"package": map[string]string{"ecosystem": "npm", "name": f.name},
				"ranges": []any{map[string]any{"type": "SEMVER", "events": events}}}}}
		if f.cvss != "" {
			record["severity"] = []any{map[string]string{"type": "CVSS_V3", "score": f.cvss}}
		}
		put(t, filepath.Join(flaws, id+".json"), record)
	}
	day := func(months int) string { return taken.AddDate(0, months, 0).Format(time.DateOnly) }
	put(t, filepath.Join(ends, "nodejs.json"), []any{map[string]any{"cycle": "24", "eol": day(24)}, map[string]any{"cycle": "22", "eol": day(3)}, map[string]any{"cycle": "16", "eol": day(-30)}})
	put(t, filepath.Join(ends, "express.json"), []any{map[string]any{"cycle": "5", "eol": false}, map[string]any{"cycle": "4", "eol": day(3)}, map[string]any{"cycle": "3", "eol": day(-99)}})
	file := filepath.Join(t.TempDir(), "made.db")
	for _, dir := range []string{flaws, ends} {
		d, err := advisories.Begin(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Read(dir); err != nil {
			d.Discard()
			t.Fatal(err)
		}
		if _, err := d.Commit(nil); err != nil {
			t.Fatal(err)
		}
	}
	db, err := advisories.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return advisories.NewLibrary(db)
}

func put(t testing.TB, file string, v any) {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
