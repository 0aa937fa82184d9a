package authority

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestSecret: whoever comes first makes it, everybody has the same, and nobody
// else can read it.
func TestSecret(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	got := make([]Secrets, 8)
	var wait sync.WaitGroup
	for i := range got {
		wait.Go(func() {
			var err error
			if got[i], err = OpenSecrets(dir); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, s := range got {
		if len(s) != 1 || len(s[0]) != SecretSize || !bytes.Equal(s[0], got[0][0]) {
			t.Errorf("%d of %d bytes", len(s), len(s[0]))
		}
	}
	if info, err := os.Stat(SecretFile(dir)); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
}

// TestNoSecret: what cannot be meant is not taken.
func TestNoSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if _, err := ReadSecrets(path); !errors.Is(err, ErrNoSecret) {
		t.Error(err)
	}
	for size, want := range map[int]error{0: ErrSecretSize, 31: ErrSecretSize, 32: nil, 33: ErrSecretSize, 128: nil, 129: ErrSecretSize, 160: ErrSecretSize} {
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		if list, err := ReadSecrets(path); !errors.Is(err, want) || err == nil && len(list) != size/SecretSize {
			t.Errorf("%d bytes: %d, %v", size, len(list), err)
		}
	}
	os.WriteFile(path, make([]byte, 32), 0o600)
	os.Chmod(path, 0o644)
	if _, err := ReadSecrets(path); !errors.Is(err, ErrSecretOpen) {
		t.Errorf("open to all: %v", err)
	}
}

// A rota is a list of secrets that have names, and lie in a file.
type rota struct {
	t      *testing.T
	path   string
	list   Secrets
	called map[string]string // by fingerprint
}

func (r *rota) add(name string) {
	r.t.Helper()
	list, fresh, err := r.list.Add()
	if err != nil {
		r.t.Fatal(err)
	}
	r.list, r.called[Fingerprint(fresh)] = list, name
}

// of is the fingerprint of the one with the name.
func (r *rota) of(name string) string {
	for fingerprint, is := range r.called {
		if is == name {
			return fingerprint
		}
	}
	return "0000000000000000"
}

func (r *rota) then(next Secrets, err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	r.list = next
}

// is holds the names of the list, written and read again, against those wanted.
func (r *rota) is(want string) {
	r.t.Helper()
	if err := r.list.Write(r.path); err != nil {
		r.t.Fatal(err)
	}
	read, err := ReadSecrets(r.path)
	var got []string
	for _, one := range read {
		got = append(got, r.called[Fingerprint(one)])
	}
	if err != nil || strings.Join(got, " ") != want {
		r.t.Errorf("%q %v, want %s", got, err, want)
	}
}

// TestRotation is what happens to secrets on their way through the list. Whatever is in
// use, the oldest is at the end, until it is forgotten.
func TestRotation(t *testing.T) {
	r := &rota{t: t, path: filepath.Join(t.TempDir(), "secret"), called: map[string]string{}}
	r.add("a")
	r.is("a")
	r.add("b") // to come
	r.is("a b a")
	r.then(r.list.First(r.of("b")))
	r.is("b a")
	r.then(r.list.First(r.of("a"))) // taken back
	r.is("a b a")
	r.then(r.list.First(r.of("a")))
	r.is("a b a")
	r.then(r.list.Forget(r.of("b")))
	r.is("a")
	r.add("c")
	r.then(r.list.First(r.of("c")))
	r.add("d")
	r.is("c d a")
	r.then(r.list.First(r.of("d")))
	r.is("d c a")
	if _, err := r.list.Forget(r.of("d")); !errors.Is(err, ErrInUse) {
		t.Errorf("the one in use: %v", err)
	}
	if _, err := r.list.First(r.of("nobody")); !errors.Is(err, ErrNotAmong) {
		t.Errorf("one that is not there: %v", err)
	}
	r.add("e")
	if _, _, err := r.list.Add(); !errors.Is(err, ErrTooMany) {
		t.Errorf("too many: %v", err)
	}
	r.then(r.list.Forget(r.of("a")))
	r.is("d e c")
}

func TestFingerprint(t *testing.T) {
	one, other := freshSecret(), freshSecret()
	if f := Fingerprint(one); len(f) != 16 || f != Fingerprint(one) || f == Fingerprint(other) || bytes.Contains(one, []byte(f)) {
		t.Errorf("%q", f)
	}
}
