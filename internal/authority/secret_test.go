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

// TestRotation is what happens to a secret on its way through the list.
func TestRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	s, first := Secrets(nil).Add()
	s, next := s.Add()
	order := func(s Secrets) string {
		if err := s.Write(path); err != nil {
			t.Fatal(err)
		}
		s, err := ReadSecrets(path)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, one := range s {
			switch {
			case bytes.Equal(one, first):
				names = append(names, "first")
			case bytes.Equal(one, next):
				names = append(names, "next")
			default:
				names = append(names, "other")
			}
		}
		return strings.Join(names, " ")
	}
	if got := order(s); got != "first next" {
		t.Errorf("added: %s", got)
	}
	s, err := s.First(Fingerprint(next))
	if got := order(s); err != nil || got != "next first" {
		t.Errorf("rotated: %s, %v", got, err)
	}
	if _, err := s.Forget(Fingerprint(next)); !errors.Is(err, ErrInUse) {
		t.Errorf("the one in use: %v", err)
	}
	if _, err := s.First("0000000000000000"); !errors.Is(err, ErrNotAmong) {
		t.Errorf("one that is not there: %v", err)
	}
	for range maxSecrets {
		s, _ = s.Add()
	}
	if got := order(s); got != "next other other other" {
		t.Errorf("too many: %s", got)
	}
	if s, err = s.Forget(Fingerprint(s[3])); err != nil || order(s) != "next other other" {
		t.Errorf("forgotten: %s, %v", order(s), err)
	}
	if f := Fingerprint(first); len(f) != 16 || f == Fingerprint(next) || bytes.Contains(first, []byte(f)) {
		t.Errorf("fingerprint %q", f)
	}
}
