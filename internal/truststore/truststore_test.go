package truststore

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pavise/internal/authority"
	"pavise/test/tools"
)

// TestBrowserStore uses the real certutil on stores below a home of the test's.
func TestBrowserStore(t *testing.T) {
	tools.Need(t, "libnss3-tools")
	home := t.TempDir()
	local, err := authority.Open(filepath.Join(home, "state"))
	if err != nil {
		t.Fatal(err)
	}
	db := filepath.Join(home, ".pki/nssdb")
	e := newEntry(local.Certificate(), local.CertificateFile())
	listed := func() bool {
		out, err := exec.Command("certutil", "-d", "sql:"+db, "-L").CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.Contains(string(out), e.nickname)
	}
	change := func(do func(Store, context.Context) error) {
		t.Helper()
		stores := nss(home, e)
		if len(stores) != 1 {
			t.Fatalf("%d stores", len(stores))
		}
		if err := do(stores[0], context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	change(Store.Remove) // there is no store yet: nothing to do
	change(Store.Add)
	if !listed() {
		t.Error("trusted, and not in the store")
	}
	change(Store.Add) // twice is as good as once
	change(Store.Remove)
	if listed() {
		t.Error("not trusted any more, and still in the store")
	}
	change(Store.Remove)
}

func TestErrorSaysWhatTheToolSaid(t *testing.T) {
	s := Store{Name: "x", add: [][]string{{"sh", "-c", "echo the reason >&2; exit 3"}}}
	if err := s.Add(context.Background()); err == nil || !strings.Contains(err.Error(), "the reason") {
		t.Error(err)
	}
}
