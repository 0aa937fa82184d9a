package advisories

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// format names the form of the file. Another is not read.
const format = "pavise.advisories/1"

var (
	metaBucket    = []byte("meta")
	formatKey     = []byte("format")
	sourceKey     = []byte("source")
	signsKey      = []byte("signs")
	entriesBucket = []byte("entries")
)

// A Database is the file, open to be read.
type Database struct {
	bolt    *bbolt.DB
	file    string
	sources []Source
}

// Open opens a file. That there is none is fs.ErrNotExist.
func Open(file string) (db *Database, err error) {
	defer mend(file, &err)()
	if info, err := os.Stat(file); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", file)
	}
	bolt, err := bbolt.Open(file, 0o600, &bbolt.Options{ReadOnly: true, Timeout: 5 * time.Second})
	if err != nil {
		return nil, damaged(file, err)
	}
	db = &Database{bolt: bolt, file: file}
	if err := bolt.View(db.readSources); err != nil {
		bolt.Close()
		return nil, err
	}
	return db, nil
}

func (db *Database) readSources(tx *bbolt.Tx) error {
	meta := tx.Bucket(metaBucket)
	if meta == nil {
		return damaged(db.file, errors.New("it is no database of Pavise"))
	}
	if got := string(meta.Get(formatKey)); got != format {
		return fmt.Errorf("%s has the form %q, and this version reads %q", db.file, got, format)
	}
	return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
		if bytes.Equal(name, metaBucket) {
			return nil
		}
		var s Source
		if err := json.Unmarshal(b.Get(sourceKey), &s); err != nil {
			return damaged(db.file, err)
		}
		db.sources = append(db.sources, s)
		return nil
	})
}

// Close closes it.
func (db *Database) Close() error { return db.bolt.Close() }

// Sources are those of the file, by name.
func (db *Database) Sources() []Source { return slices.Clone(db.sources) }

// Signs are those of all sources.
func (db *Database) Signs() (signs []Sign, err error) {
	defer mend(db.file, &err)()
	err = db.bolt.View(func(tx *bbolt.Tx) error {
		for _, s := range db.sources {
			var list []Sign
			if err := json.Unmarshal(tx.Bucket([]byte(s.Name)).Get(signsKey), &list); err != nil {
				return damaged(db.file, err)
			}
			signs = append(signs, list...)
		}
		return nil
	})
	return signs, err
}

// entries are what each source knows of a package.
func (db *Database) entries(ecosystem, name string) (found map[string][]Entry, err error) {
	defer mend(db.file, &err)()
	found = map[string][]Entry{}
	err = db.bolt.View(func(tx *bbolt.Tx) error {
		for _, s := range db.sources {
			raw := tx.Bucket([]byte(s.Name)).Bucket(entriesBucket).Get(entryKey(ecosystem, name))
			if raw == nil {
				continue
			}
			var list []Entry
			if err := json.Unmarshal(raw, &list); err != nil {
				return damaged(db.file, err)
			}
			found[s.Name] = list
		}
		return nil
	})
	return found, err
}

func entryKey(ecosystem, name string) []byte {
	return []byte(ecosystem + "\x00" + strings.ToLower(name))
}

// Verify reads everything, and reports damage.
func (db *Database) Verify() (err error) {
	defer mend(db.file, &err)()
	return db.bolt.View(func(tx *bbolt.Tx) error {
		for _, s := range db.sources {
			if got := content(tx.Bucket([]byte(s.Name))); got != s.Content {
				return damaged(db.file, fmt.Errorf("what %s has brought is no longer what it was", s.Name))
			}
		}
		return nil
	})
}

// content is the SHA-256 of what a source has brought, as it is kept.
func content(b *bbolt.Bucket) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d ", len(b.Get(signsKey)))
	h.Write(b.Get(signsKey))
	b.Bucket(entriesBucket).ForEach(func(k, v []byte) error {
		fmt.Fprintf(h, "%d %d ", len(k), len(v))
		h.Write(k)
		h.Write(v)
		return nil
	})
	return hex.EncodeToString(h.Sum(nil))
}

// Replace puts parts into the file in place of what their sources had brought before.
// The file is written anew and then changed for the old, so that whoever reads sees
// the one or the other.
func Replace(file string, parts ...Part) error { return renew(file, parts, nil) }

// Confirm notes that what a source has brought is still the newest.
func Confirm(file, source string, at time.Time) error {
	return renew(file, nil, func(s *Source) {
		if s.Name == source {
			s.Dated = at
		}
	})
}

func renew(file string, parts []Part, change func(*Source)) error {
	old, err := Open(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		old = nil
	case err != nil:
		return err
	default:
		defer old.Close()
	}
	before, _ := os.Stat(file)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".new-*")
	if err != nil {
		return err
	}
	temp.Close()
	defer os.Remove(temp.Name())
	if err := write(temp.Name(), old, parts, change); err != nil {
		return err
	}
	if old != nil {
		old.Close() // before its file is changed for another: not every system likes that
	}
	if now, _ := os.Stat(file); (now == nil) != (before == nil) || now != nil && !os.SameFile(now, before) {
		return fmt.Errorf("%s was replaced by another update meanwhile; run it again", file)
	}
	return os.Rename(temp.Name(), file)
}

func write(file string, old *Database, parts []Part, change func(*Source)) (err error) {
	defer mend(file, &err)()
	bolt, err := bbolt.Open(file, 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return err
	}
	defer bolt.Close()
	return bolt.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucket(metaBucket)
		if err != nil {
			return err
		}
		if err := meta.Put(formatKey, []byte(format)); err != nil {
			return err
		}
		replaced := map[string]bool{}
		for _, p := range parts {
			replaced[p.Source.Name] = true
			if err := put(tx, p); err != nil {
				return err
			}
		}
		return keep(tx, old, replaced, change)
	})
}

// keep copies what the old file has of other sources.
func keep(tx *bbolt.Tx, old *Database, replaced map[string]bool, change func(*Source)) error {
	if old == nil {
		return nil
	}
	return old.bolt.View(func(from *bbolt.Tx) error {
		for _, s := range old.sources {
			if replaced[s.Name] {
				continue
			}
			b, err := tx.CreateBucket([]byte(s.Name))
			if err != nil {
				return err
			}
			if err := copyBucket(b, from.Bucket([]byte(s.Name))); err != nil {
				return err
			}
			if change == nil {
				continue
			}
			change(&s)
			if err := putSource(b, s); err != nil {
				return err
			}
		}
		return nil
	})
}

func copyBucket(to, from *bbolt.Bucket) error {
	return from.ForEach(func(k, v []byte) error {
		if v != nil {
			return to.Put(k, v)
		}
		inner, err := to.CreateBucket(k)
		if err != nil {
			return err
		}
		return copyBucket(inner, from.Bucket(k))
	})
}

// put writes one source.
func put(tx *bbolt.Tx, p Part) error {
	b, err := tx.CreateBucket([]byte(p.Source.Name))
	if err != nil {
		return err
	}
	entries, err := b.CreateBucket(entriesBucket)
	if err != nil {
		return err
	}
	byKey := map[string][]Entry{}
	for _, e := range p.Entries {
		key := string(entryKey(e.Ecosystem, e.Name))
		byKey[key] = append(byKey[key], e)
	}
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		raw, err := json.Marshal(byKey[key])
		if err != nil {
			return err
		}
		if err := entries.Put([]byte(key), raw); err != nil {
			return err
		}
	}
	slices.SortFunc(p.Signs, func(a, b Sign) int {
		return cmp.Or(cmp.Compare(a.Library, b.Library), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Pattern, b.Pattern))
	})
	signs, err := json.Marshal(p.Signs)
	if err != nil {
		return err
	}
	if err := b.Put(signsKey, signs); err != nil {
		return err
	}
	p.Source.Entries, p.Source.Signs, p.Source.Dropped = len(p.Entries), len(p.Signs), NewRecogniser(p.Signs).Dropped()
	p.Source.Content = content(b)
	return putSource(b, p.Source)
}

func putSource(b *bbolt.Bucket, s Source) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return b.Put(sourceKey, raw)
}

// mend makes an error of what a damaged file does to its reader: it is mapped into
// memory, and what is not there faults.
func mend(file string, err *error) func() {
	was := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(was)
		if p := recover(); p != nil {
			*err = damaged(file, fmt.Errorf("%v", p))
		}
	}
}

// damaged says what to do about a file that cannot be read.
func damaged(file string, err error) error {
	return fmt.Errorf("%s is damaged (%w): remove it, and fetch it again with pavise db update", file, err)
}
