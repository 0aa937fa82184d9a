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

// TestRotation is what happens to secrets on their way through the list. Whatever is in
// use, the oldest is at the end, until it is forgotten.
func TestRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	called := map[string]string{}
	var list Secrets
	add := func(name string) {
		t.Helper()
		var fresh []byte
		var err error
		if list, fresh, err = list.Add(); err != nil {
			t.Fatal(err)
		}
		called[Fingerprint(fresh)] = name
	}
	of := func(name string) string {
		for fingerprint, is := range called {
			if is == name {
				return fingerprint
			}
		}
		return "0000000000000000"
	}
	then := func(next Secrets, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		list = next
	}
	is := func(want string) {
		t.Helper()
		if err := list.Write(path); err != nil {
			t.Fatal(err)
		}
		read, err := ReadSecrets(path)
		var got []string
		for _, one := range read {
			got = append(got, called[Fingerprint(one)])
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q %v, want %s", got, err, want)
		}
	}
	add("a")
	is("a")
	add("b") // to come
	is("a b a")
	then(list.First(of("b")))
	is("b a")
	then(list.First(of("a"))) // taken back
	is("a b a")
	then(list.First(of("a")))
	is("a b a")
	then(list.Forget(of("b")))
	is("a")
	add("c")
	then(list.First(of("c")))
	add("d")
	is("c d a")
	then(list.First(of("d")))
	is("d c a")
	if _, err := list.Forget(of("d")); !errors.Is(err, ErrInUse) {
		t.Errorf("the one in use: %v", err)
	}
	if _, err := list.First(of("nobody")); !errors.Is(err, ErrNotAmong) {
		t.Errorf("one that is not there: %v", err)
	}
	add("e")
	if _, _, err := list.Add(); !errors.Is(err, ErrTooMany) {
		t.Errorf("too many: %v", err)
	}
	then(list.Forget(of("a")))
	is("d e c")
}

func TestFingerprint(t *testing.T) {
	one, other := freshSecret(), freshSecret()
	if f := Fingerprint(one); len(f) != 16 || f != Fingerprint(one) || f == Fingerprint(other) || bytes.Contains(one, []byte(f)) {
		t.Errorf("%q", f)
	}
}
