package advisories

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

// A Draft is the next state of a database, written beside the one that is in use. What
// a source brings replaces what it had brought.
type Draft struct {
	file   string
	before os.FileInfo // of the file that it began with; nil is none
	temp   string
	bolt   *bbolt.DB
	parts  map[string]*tally
	sum    hash.Hash
	head   []byte // of the file that is read, by which its form is known
	many   bool   // files, of an archive or a folder: an export
	// records are those of OSV that were read.
	records int
}

// Begin begins a draft. Discard ends it, if Commit has not.
func Begin(file string) (*Draft, error) {
	d := &Draft{file: file, parts: map[string]*tally{}, sum: newSum(), head: make([]byte, 64<<10)}
	old, err := Open(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		old.Close()
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	temp, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".new-*")
	if err != nil {
		return nil, err
	}
	d.temp = temp.Name()
	err = d.copy(temp, old != nil)
	temp.Close()
	if err == nil {
		err = d.open()
	}
	if err != nil {
		d.Discard()
		return nil, err
	}
	return d, nil
}

// copy fills the draft with what there is.
func (d *Draft) copy(to *os.File, there bool) error {
	if !there {
		return nil
	}
	from, err := os.Open(d.file)
	if err != nil {
		return err
	}
	defer from.Close()
	if d.before, err = from.Stat(); err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return err
}

// open opens the draft. It is brought to the disk once, at the end.
func (d *Draft) open() (err error) {
	defer mend(d.file, &err)()
	d.bolt, err = bbolt.Open(d.temp, 0o600, &bbolt.Options{Timeout: time.Second, NoSync: true, NoGrowSync: true, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return err
	}
	return d.bolt.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucketIfNotExists(metaBucket)
		if err != nil {
			return err
		}
		return meta.Put(formatKey, []byte(format))
	})
}

// Discard removes the draft.
func (d *Draft) Discard() {
	if d.bolt != nil {
		d.bolt.Close()
	}
	os.Remove(d.temp)
}

// bucket is that of a source, emptied when the draft first writes to it.
func (d *Draft) bucket(tx *bbolt.Tx, t *Part) (*bbolt.Bucket, error) {
	name := []byte(t.Source.Name)
	if t.fresh {
		return tx.Bucket(name), nil
	}
	t.fresh = true
	if tx.Bucket(name) != nil && t.Source.Name != Single {
		if err := tx.DeleteBucket(name); err != nil {
			return nil, err
		}
	}
	b, err := tx.CreateBucketIfNotExists(name)
	if err == nil {
		_, err = b.CreateBucketIfNotExists(entriesBucket)
	}
	return b, err
}

// spill writes what was read so far, but of an ecosystem that an export names by the way:
// whether it is one is known at the end.
func (d *Draft) spill(p *Part) error {
	if t := d.parts[p.Source.Name]; t.records > 0 && t.records < d.records {
		return nil
	}
	return d.write(p)
}

func (d *Draft) write(p *Part) (err error) {
	defer mend(d.file, &err)()
	slices.SortStableFunc(p.Entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Ecosystem, b.Ecosystem), cmp.Compare(a.Name, b.Name))
	})
	err = d.bolt.Update(func(tx *bbolt.Tx) error {
		b, err := d.bucket(tx, p)
		if err != nil {
			return err
		}
		entries := b.Bucket(entriesBucket)
		for _, e := range p.Entries {
			raw, err := json.Marshal(e)
			if err != nil {
				return err
			}
			number, err := entries.NextSequence()
			if err != nil {
				return err
			}
			key := binary.BigEndian.AppendUint32(entryKey(e.Ecosystem, e.Name), uint32(number))
			if err := entries.Put(key, raw); err != nil {
				return err
			}
			p.kept.add(key, raw)
		}
		return nil
	})
	p.Entries = p.Entries[:0]
	return err
}

// Put adds what a source brings.
func (d *Draft) Put(p Part) error {
	t := d.of(p.Source)
	t.Source.Entries = 0
	if err := t.add(p.Entries...); err != nil {
		return err
	}
	return t.sign(p.Signs...)
}

// Confirm notes that what a source has brought is still the newest.
func (d *Draft) Confirm(source string, at time.Time) error {
	return d.bolt.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(source))
		if b == nil {
			return nil
		}
		var s Source
		if err := json.Unmarshal(b.Get(sourceKey), &s); err != nil {
			return damaged(d.file, err)
		}
		s.Dated = at
		return putSource(b, s)
	})
}

// Brought are the names of the sources that were read so far.
func (d *Draft) Brought() []string {
	d.export()
	return slices.Sorted(maps.Keys(d.parts))
}

// Commit changes the file for the draft, and returns what its sources have brought.
// About changes what is kept of a source; nil changes nothing.
func (d *Draft) Commit(about func(*Source)) (brought []Source, err error) {
	defer d.Discard()
	d.export()
	for _, name := range slices.Sorted(maps.Keys(d.parts)) {
		s, err := d.finish(d.parts[name], about)
		if err != nil {
			return nil, err
		}
		brought = append(brought, s)
	}
	if err := d.bolt.Sync(); err != nil {
		return nil, err
	}
	if err := d.bolt.Close(); err != nil {
		return nil, err
	}
	if now, _ := os.Stat(d.file); (now == nil) != (d.before == nil) || now != nil && !os.SameFile(now, d.before) {
		return nil, fmt.Errorf("%s was replaced by another update meanwhile; run it again", d.file)
	}
	return brought, os.Rename(d.temp, d.file)
}

// finish writes the rest of a part, and what is known of its source.
func (d *Draft) finish(t *tally, about func(*Source)) (s Source, err error) {
	if err := d.write(&t.Part); err != nil {
		return s, err
	}
	defer mend(d.file, &err)()
	s = t.Source
	if s.Dated.IsZero() {
		s.Dated = t.written
	}
	if s.Sum == "" {
		s.Sum = digest(d.sum)
	}
	slices.SortFunc(t.Signs, func(a, b Sign) int {
		return cmp.Or(cmp.Compare(a.Library, b.Library), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Pattern, b.Pattern))
	})
	s.Signs = len(t.Signs)
	s.Dropped += NewRecogniser(t.Signs).Dropped()
	if about != nil {
		about(&s)
	}
	signs, err := json.Marshal(t.Signs)
	if err != nil {
		return s, err
	}
	return s, d.bolt.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(s.Name))
		if err := b.Put(signsKey, signs); err != nil {
			return err
		}
		if s.Name == Single {
			s.Entries = int(b.Bucket(entriesBucket).Sequence()) // those of before count, too
			s.Content = content(b)
			return putSource(b, s)
		}
		t.kept.add(signsKey, signs)
		s.Content = t.kept.String()
		return putSource(b, s)
	})
}

func putSource(b *bbolt.Bucket, s Source) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return b.Put(sourceKey, raw)
}

// Replace puts parts into the file in place of what their sources had brought before.
func Replace(file string, parts ...Part) error {
	d, err := Begin(file)
	if err != nil {
		return err
	}
	defer d.Discard()
	for _, p := range parts {
		if err := d.Put(p); err != nil {
			return err
		}
	}
	_, err = d.Commit(nil)
	return err
}
