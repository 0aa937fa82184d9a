package site_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pavise"
	"pavise/site"
)

// client has a list of networks.
type client struct {
	passes
	Trust pavise.Networks `yaml:"trust" doc:"Proxies in front."`
}

func (client) Doc() pavise.Doc { return pavise.Doc{ID: "requests.client", Title: "Client"} }
func (c client) Validate() error {
	_, err := c.Trust.Prefixes()
	return err
}

// load writes a configuration that trusts the list, and files beside it.
func load(t *testing.T, trust string, beside map[string]string) (pavise.Networks, error) {
	t.Helper()
	dir := t.TempDir()
	beside["pavise.yaml"] = "sites:\n  - hosts: [a.test]\n    to: \"3000\"\n    controls:\n      requests.client:\n        trust: " + trust + "\n"
	for name, text := range beside {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := site.Load(filepath.Join(dir, "pavise.yaml"), []pavise.Control{client{}}, nil)
	if err != nil {
		return nil, err
	}
	return f.Sites[0].Policy[0].Control.(client).Trust, nil
}

func TestNetworksFromFiles(t *testing.T) {
	got, err := load(t, "[10.0.0.1, cdn.txt, \"::1\"]", map[string]string{
		"cdn.txt": "\ufeff# published by the network\r\n192.0.2.0/24\r\n\r\n  2001:db8::/32 # v6\n198.51.100.7"})
	if want := "10.0.0.1 192.0.2.0/24 2001:db8::/32 198.51.100.7 ::1"; err != nil || strings.Join(got, " ") != want {
		t.Errorf("%q, %v", got, err)
	}
	for name, test := range map[string]struct{ trust, file, want string }{
		"a line is wrong":  {"[cdn.txt]", "192.0.2.0/24\nnginx\n10.0.0.1/8\n", `pavise.yaml:6:17: requests.client: trust: cdn.txt:2: "nginx" is neither`},
		"and another":      {"[cdn.txt]", "192.0.2.0/24\nnginx\n10.0.0.1/8\n", `requests.client: trust: cdn.txt:3: 10.0.0.1/8 has bits beyond`},
		"two on a line":    {"[cdn.txt]", "192.0.2.0/24, 10.0.0.1\n", `nor a network such as 10.0.0.0/8 (one network a line)`},
		"it is empty":      {"[cdn.txt]", "# nothing\n", `pavise.yaml:6:17: requests.client: trust: cdn.txt has no network in it`},
		"it is not there":  {"[10.0.0.1, gone.txt]", "", `pavise.yaml:6:27: requests.client: trust: "gone.txt": no such file or directory (a relative path begins`},
		"it is too long":   {"[cdn.txt]", strings.Repeat("#", site.MaxSize+1), `"cdn.txt": it is larger than 1 MiB`},
		"it is a folder":   {"[../.txt]", "", `"../.txt"`},
		"an item is wrong": {"[nginx]", "", `nor a network such as 10.0.0.0/8 (the name of a file with networks must end in .txt)`},
		"an item is none":  {"[[], 10.0.0.1]", "", "requests.client: trust: want text, got a list"},
		"it is no list":    {"cdn.txt", "", `write ["cdn.txt"]`},
	} {
		if _, err := load(t, test.trust, map[string]string{"cdn.txt": test.file}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
	if _, err := site.Parse("pavise.yaml", []byte("sites:\n  - {hosts: [a.test], to: \"1\", controls: {requests.client: {trust: [/etc/passwd.txt]}}}\n"), []pavise.Control{client{}}, nil); err == nil || !strings.Contains(err.Error(), "no file can be read here") {
		t.Errorf("a file is read that nobody loads: %v", err)
	}
}
