package advisories

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

// format names the form of the file. Another is not read.
const format = "pavise.advisories/3"

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
		return fmt.Errorf("%s was written by another version of Pavise (its form is %q, and this one reads %q): "+
			"remove it, and fetch it again with pavise db update, or import the files again", db.file, clip(got), format)
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
		prefix := entryKey(ecosystem, name)
		for _, s := range db.sources {
			c := tx.Bucket([]byte(s.Name)).Bucket(entriesBucket).Cursor()
			for k, raw := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, raw = c.Next() {
				e := Entry{Ecosystem: ecosystem, Name: name}
				if err := json.Unmarshal(raw, &e); err != nil {
					return damaged(db.file, err)
				}
				found[s.Name] = append(found[s.Name], e)
			}
		}
		return nil
	})
	return found, err
}

// entryKey is what the keys of all entries of a package begin with; a number follows.
func entryKey(ecosystem, name string) []byte {
	return []byte(ecosystem + "\x00" + packageName(ecosystem, name) + "\x00")
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

// content is the sum of what a source has brought, as it is kept.
func content(b *bbolt.Bucket) string {
	var all sum
	all.add(signsKey, b.Get(signsKey))
	b.Bucket(entriesBucket).ForEach(func(k, v []byte) error {
		all.add(k, v)
		return nil
	})
	return all.String()
}

// A sum of records is that of their SHA-256, whatever their order: it is made as they are
// written, so that nobody need read all of them again.
type sum [4]uint64

func (s *sum) add(key, value []byte) {
	h := sha256.New()
	fmt.Fprintf(h, "%d %d ", len(key), len(value))
	h.Write(key)
	h.Write(value)
	var carry uint64
	digest := h.Sum(nil)
	for i := range s {
		s[i], carry = bits.Add64(s[i], binary.LittleEndian.Uint64(digest[8*i:]), carry)
	}
}

func (s *sum) String() string { return fmt.Sprintf("%016x%016x%016x%016x", s[3], s[2], s[1], s[0]) }

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
