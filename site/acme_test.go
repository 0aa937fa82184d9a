package site_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"pavise/site"
)

func TestACME(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pavise.yaml")
	os.WriteFile(file, []byte(`sites:
  - {hosts: [shop.test], to: 3000}
acme:
  email: owner@shop.test
  directory: https://ca.test/acme/directory
  ca-root: root.pem
  profile: shortlived
  challenges: [dns-01]
  dns-hook: hooks/txt
  resolvers: [9.9.9.9, "[2620:fe::fe]:5353"]
  warn-hook: /usr/bin/tell
  eab-key-id: 7
  eab-key-file: mac
`), 0o600)
	f, err := site.Load(file, catalogue(), port)
	if err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(filepath.Dir(file), name) }
	want := site.ACME{Email: "owner@shop.test", Directory: "https://ca.test/acme/directory", CARoot: in("root.pem"), Profile: "shortlived",
		Challenges: []string{"dns-01"}, DNSHook: in("hooks/txt"), Resolvers: []string{"9.9.9.9:53", "[2620:fe::fe]:5353"},
		WarnHook: "/usr/bin/tell", KeyID: "7", KeyFile: in("mac"), Line: 4}
	if !reflect.DeepEqual(f.ACME, want) {
		t.Errorf("got  %+v\nwant %+v", f.ACME, want)
	}
}
