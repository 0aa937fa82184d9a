package acme

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"

	"pavise"
)

// shared keeps account, keys, certificates and locks in a store that nodes share. A
// path is a file, or a directory by being the beginning of others; which those are
// stands in a record of each directory.
type shared struct {
	blobs
	log func(slog.Level, string, ...slog.Attr)

	mu   sync.Mutex
	held map[string]*held // by the name of the lock
}

func newShared(store pavise.Store, now func() time.Time, log func(slog.Level, string, ...slog.Attr)) *shared {
	return &shared{blobs: blobs{store, now}, log: log, held: map[string]*held{}}
}

// How long the store keeps what nobody deletes.
const (
	fileLife  = 10 * 365 * 24 * time.Hour
	tokenLife = time.Hour // of an open challenge
)

func lifeOf(name string) time.Duration {
	if strings.Contains(name, "/challenge_tokens/") || strings.HasPrefix(name, "rw_test") {
		return tokenLife
	}
	return fileLife
}

// Paths may be longer than a key, and a directory and a file may have the same.
func fileKey(name string) string { return "acme/file/" + digest(name) }
func dirKey(name string) string  { return "acme/dir/" + digest(name) }

func digest(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:16])
}

// clean is the one form of a path: without slashes around it, "" for the root.
func clean(name string) string { return strings.Trim(path.Clean("/"+name), "/") }

// missing is why there is nothing under a path, in the form of a file system.
func missing(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// Store writes a file. Its name is in the directories before and after: so neither a
// crash nor somebody who deletes it at the same time leaves a file that nobody finds.
func (s *shared) Store(ctx context.Context, name string, value []byte) error {
	name = clean(name)
	if name == "" {
		return missing("store", name, fs.ErrInvalid)
	}
	if err := s.enlist(ctx, name); err != nil {
		return missing("store", name, err)
	}
	err := s.change(ctx, fileKey(name), lifeOf(name), func([]byte) []byte { return value })
	if err == nil {
		err = s.enlist(ctx, name)
	}
	if err != nil {
		return missing("store", name, err)
	}
	return nil
}

// Load reads a file.
func (s *shared) Load(ctx context.Context, name string) ([]byte, error) {
	name = clean(name)
	b, err := s.get(ctx, fileKey(name))
	if err == nil && b.version == 0 {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, missing("load", name, err)
	}
	return b.data, nil
}

// Delete deletes a file, or a directory with all that is in it.
func (s *shared) Delete(ctx context.Context, name string) error {
	name = clean(name)
	children, err := s.children(ctx, name)
	if err != nil {
		return missing("delete", name, err)
	}
	for _, child := range children {
		if err := s.Delete(ctx, path.Join(name, child)); err != nil {
			return err
		}
	}
	if err := s.strike(ctx, name); err != nil { // before the file: Store adds it after
		return missing("delete", name, err)
	}
	b, err := s.head(ctx, fileKey(name))
	if err == nil && b.version != 0 {
		err = s.store.Delete(ctx, fileKey(name))
		s.drop(ctx, b)
	}
	if err != nil {
		return missing("delete", name, err)
	}
	return nil
}

// Exists reports whether there is a file or a directory.
func (s *shared) Exists(ctx context.Context, name string) bool {
	_, err := s.Stat(ctx, name)
	return err == nil
}

// Stat tells of a file, or of a directory with something in it.
func (s *shared) Stat(ctx context.Context, name string) (certmagic.KeyInfo, error) {
	name = clean(name)
	b, err := s.head(ctx, fileKey(name))
	if err == nil && b.version != 0 {
		return certmagic.KeyInfo{Key: name, Modified: b.Modified, Size: int64(b.Size), IsTerminal: true}, nil
	}
	if err == nil {
		err = s.inhabited(ctx, name)
	}
	if err != nil {
		return certmagic.KeyInfo{}, missing("stat", name, err)
	}
	return certmagic.KeyInfo{Key: name}, nil
}

// inhabited wants a file below a directory.
func (s *shared) inhabited(ctx context.Context, name string) error {
	children, err := s.children(ctx, name)
	if err != nil {
		return err
	}
	for _, child := range children {
		if _, err := s.Stat(ctx, path.Join(name, child)); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return fs.ErrNotExist
}

// List returns the paths in a directory, and with recursive those further down.
func (s *shared) List(ctx context.Context, name string, recursive bool) ([]string, error) {
	name = clean(name)
	info, err := s.Stat(ctx, name)
	if err != nil {
		return nil, err
	}
	if info.IsTerminal {
		return nil, nil
	}
	children, err := s.children(ctx, name)
	if err != nil {
		return nil, missing("list", name, err)
	}
	var list []string
	for _, child := range children {
		at := path.Join(name, child)
		info, err := s.Stat(ctx, at)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was deleted
		}
		if err != nil {
			return nil, err
		}
		list = append(list, at)
		if recursive && !info.IsTerminal {
			below, err := s.List(ctx, at, true)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			list = append(list, below...)
		}
	}
	return list, nil
}

// children returns the names in a directory.
func (s *shared) children(ctx context.Context, dir string) ([]string, error) {
	b, err := s.get(ctx, dirKey(dir))
	return names(b.data), err
}

func names(data []byte) []string {
	if len(data) == 0 {
		return nil
	}
	return strings.Split(string(data), "\n")
}

// enlist writes a name into its directory, and that into the one above.
func (s *shared) enlist(ctx context.Context, name string) error {
	for name != "" {
		dir, base := parent(name)
		err := s.change(ctx, dirKey(dir), fileLife, func(old []byte) []byte {
			list := names(old)
			if i, found := slices.BinarySearch(list, base); !found {
				list = slices.Insert(list, i, base)
			}
			return []byte(strings.Join(list, "\n"))
		})
		if err != nil {
			return err
		}
		name = dir
	}
	return nil
}

// strike takes a name out of its directory.
func (s *shared) strike(ctx context.Context, name string) error {
	dir, base := parent(name)
	return s.change(ctx, dirKey(dir), fileLife, func(old []byte) []byte {
		return []byte(strings.Join(slices.DeleteFunc(names(old), func(n string) bool { return n == base }), "\n"))
	})
}

func parent(name string) (dir, base string) {
	dir, base = path.Split(name)
	return strings.TrimSuffix(dir, "/"), base
}

// change writes what make makes of the data under a key, however many do so at once.
func (s *shared) change(ctx context.Context, key string, life time.Duration, make func([]byte) []byte) error {
	return patiently(ctx, func() error {
		for ctx.Err() == nil {
			old, err := s.get(ctx, key)
			if err != nil && !errors.Is(err, errTorn) {
				return err
			}
			fresh := make(old.data)
			if bytes.Equal(fresh, old.data) && (old.version != 0 || len(fresh) == 0 && strings.HasPrefix(key, "acme/dir/")) {
				return nil // also by a write of which we did not hear that it was done
			}
			if done, err := s.swap(ctx, key, old, fresh, life); done || err != nil {
				return err
			}
		}
		return ctx.Err()
	})
}
