package authority

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"pavise/internal/atomicfile"
)

// SecretSize is the length of a secret in bytes.
const SecretSize = 32

const (
	secretFile = "secret" // for this user alone
	maxSecrets = 4        // the one in use, and those of before or to come
)

// Secrets are what lies in one file: the first is the one to seal and sign with, the
// others only open what another has sealed, from the newest to the oldest. By the
// oldest nodes agree on names, whichever is in use at each; so the first stands at the
// end as well where it is older than one that is to come.
type Secrets [][]byte

// Errors of the file that a person can mend.
var (
	ErrNoSecret   = errors.New("there is no secret")
	ErrSecretSize = errors.New("is no file of secrets")
	ErrSecretOpen = errors.New("others can read it")
	ErrNotAmong   = errors.New("no secret has the fingerprint")
	ErrInUse      = errors.New("the secret in use cannot be forgotten")
	ErrTooMany    = errors.New("there are as many secrets as can be kept")
)

// SecretFile is where a state directory keeps its secrets.
func SecretFile(dir string) string { return filepath.Join(dir, secretFile) }

// OpenSecrets reads the secrets of this machine in the directory, or makes one and a
// new directory. Several processes may do so at once: they end up with the same one.
func OpenSecrets(dir string) (Secrets, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	path := SecretFile(dir)
	list, err := ReadSecrets(path)
	if errors.Is(err, ErrNoSecret) {
		if err := atomicfile.Create(path, freshSecret(), 0o600); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("secret: %w", err)
		}
		list, err = ReadSecrets(path)
	}
	return list, err
}

// ReadSecrets reads a file, which nobody but its owner and group may be able to.
func ReadSecrets(path string) (Secrets, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w at %s", ErrNoSecret, path)
	}
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("secret: %s is a directory: name a file in it", path)
	} else if err == nil && info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("secret: %s: %w", path, ErrSecretOpen)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxSecrets*SecretSize+1))
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	if n := len(data); n == 0 || n%SecretSize != 0 || n > maxSecrets*SecretSize {
		return nil, fmt.Errorf("secret: %s %w: it must have %d bytes, or up to %d times as many", path, ErrSecretSize, SecretSize, maxSecrets)
	}
	return slices.Collect(slices.Chunk(data, SecretSize)), nil
}

// Write replaces the file, for its owner alone, whole or not at all.
func (s Secrets) Write(path string) error {
	return atomicfile.Write(path, bytes.Join(s, nil), 0o600)
}

// Add puts a new one behind the first: it opens, so that it may become the first when
// every node has it.
func (s Secrets) Add() (list Secrets, fresh []byte, err error) {
	fresh = freshSecret()
	list = slices.Insert(slices.Clone(s), min(1, len(s)), fresh)
	if len(s) == 1 {
		list = append(list, s[0])
	}
	if len(list) > maxSecrets {
		return nil, nil, ErrTooMany
	}
	return list, fresh, nil
}

// First makes the one with the fingerprint the first.
func (s Secrets) First(fingerprint string) (Secrets, error) {
	i, err := s.find(fingerprint)
	if err != nil || i == 0 {
		return s, err
	}
	list := s.Unique()
	if i, _ = list.find(fingerprint); i == len(list)-1 {
		return slices.Insert(list, 0, list[i]), nil
	}
	first := list[i]
	return slices.Insert(slices.Delete(list, i, i+1), 0, first), nil
}

// Forget leaves one out: what it has sealed opens no more.
func (s Secrets) Forget(fingerprint string) (Secrets, error) {
	i, err := s.find(fingerprint)
	if err == nil && i == 0 {
		err = ErrInUse
	}
	if err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(slices.Clone(s), func(one []byte) bool { return Fingerprint(one) == fingerprint })
	if len(list) == 2 && bytes.Equal(list[0], list[1]) {
		list = list[:1]
	}
	return list, nil
}

// Unique returns each of them once, from the newest to the oldest.
func (s Secrets) Unique() Secrets {
	var list Secrets
	for i, one := range s {
		if !slices.ContainsFunc(s[i+1:], func(later []byte) bool { return bytes.Equal(one, later) }) {
			list = append(list, one)
		}
	}
	return list
}

func (s Secrets) find(fingerprint string) (int, error) {
	i := slices.IndexFunc(s, func(one []byte) bool { return Fingerprint(one) == fingerprint })
	if i < 0 {
		return 0, fmt.Errorf("%w %q", ErrNotAmong, fingerprint)
	}
	return i, nil
}

// Fingerprint names a secret without giving it away.
func Fingerprint(secret []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("pavise fingerprint"))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

func freshSecret() []byte {
	fresh := make([]byte, SecretSize)
	rand.Read(fresh)
	return fresh
}
