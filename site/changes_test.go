package site

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pavise/catalog"
)

func loaded(t *testing.T, text string) *File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pavise.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Load(name, catalog.Controls(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestChanges: every key is told by its site; where it stands in the file is no matter.
func TestChanges(t *testing.T) {
	const before = `listen: {https: ":443"}
sites:
  - hosts: [a.test]
    to: 3000
    controls: {headers.frame: {allow: none}, login.rate: {rate: 10}}
    except:
      - {control: headers.csp, reason: old, paths: [/old/*]}
  - hosts: [b.test]
    to: 4000
`
	for name, tt := range map[string]struct{ after, want string }{
		"moved":   {"\n\n" + before, ""},
		"listen":  {strings.Replace(before, ":443", ":8443", 1), "listen.https changed"},
		"app":     {strings.Replace(before, "3000", "3001", 1), "a.test: to changed"},
		"app off": {strings.Replace(before, "to: 4000", "to: 4000\n    maintenance: true", 1), "b.test: maintenance.on added"},
		"control": {strings.Replace(before, "allow: none", "allow: self", 1), "a.test: controls.headers.frame changed"},
		"dropped": {strings.Replace(before, ", login.rate: {rate: 10}", ", headers.referrer: {}", 1), "a.test: controls.headers.referrer added; a.test: controls.login.rate removed"},
		"except":  {strings.Replace(before, "reason: old", "reason: older", 1), "a.test: except changed"},
		"sites":   {strings.Replace(before, "b.test", "c.test", 1), "c.test added; b.test removed"},
		"store":   {before + "store: memory\n", "store.url added"},
	} {
		var got []string
		for _, c := range loaded(t, before).Changes(loaded(t, tt.after)) {
			got = append(got, c.String())
		}
		if strings.Join(got, "; ") != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// TestFilesNamed: they are those whose change changes what the file means.
func TestFilesNamed(t *testing.T) {
	f := &File{ACME: ACME{CARoot: "ca.pem", DNSHook: "hook"}, Sites: []Site{{Certificate: Certificate{Cert: "c.pem", Key: "k.pem"},
		App: App{Maintenance: Maintenance{Page: "sorry.html"}}}}}
	if got := f.Files(); !slices.Equal(got, []string{"ca.pem", "sorry.html", "c.pem", "k.pem"}) {
		t.Error(got)
	}
}

// TestListsNamed: so are files of networks, also one that cannot be read.
func TestListsNamed(t *testing.T) {
	folder := t.TempDir()
	name := filepath.Join(folder, "pavise.yaml")
	text := "listen: {proxy-protocol: [lb.txt]}\nsites:\n  - {hosts: [a.test], to: 3000, controls: {requests.client: {trust: [gone.txt]}}}\n"
	for file, text := range map[string]string{name: text, filepath.Join(folder, "lb.txt"): "192.0.2.7\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := Load(name, catalog.Controls(), nil)
	if got := f.Files(); err == nil || !slices.Equal(got, []string{filepath.Join(folder, "lb.txt"), filepath.Join(folder, "gone.txt")}) {
		t.Error(got, err)
	}
}
