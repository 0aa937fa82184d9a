package advisories

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxFiles bounds the files of a folder that are imported at once.
const maxFiles = 1_000_000

// Single is where records go that were imported one by one: they are kept beside each
// other, and cover nothing.
const Single = "single records"

// Read reads a file, an archive, or every .json file of a folder and the folders in it,
// each in the form it has. The date is the one that stands in a file, else that of the
// file.
func (d *Draft) Read(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return d.readFile(name)
	}
	n := 0
	err = filepath.WalkDir(name, func(file string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || !strings.HasSuffix(file, ".json") {
			return err
		}
		if n++; n > maxFiles {
			return fmt.Errorf("%s has more than %d files .json", name, maxFiles)
		}
		d.many = true
		return d.readFile(file)
	})
	if err == nil && n == 0 {
		err = fmt.Errorf("%s has no file .json", name)
	}
	return err
}

func (d *Draft) readFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no file", name)
	}
	return d.ReadFile(name, f, info.ModTime())
}

// ReadFile reads an open file of a time, under a name.
func (d *Draft) ReadFile(name string, f *os.File, at time.Time) error {
	var magic [4]byte
	if _, err := f.ReadAt(magic[:], 0); err == nil && string(magic[:]) == "PK\x03\x04" {
		d.many = true
		return d.archive(name, f)
	}
	return d.one(name, io.TeeReader(f, d.sum), at)
}

// A tally is what was read of one source.
type tally struct {
	Part
	records int       // of OSV
	written time.Time // the newest file
}

// of is the part of a source.
func (d *Draft) of(s Source) *tally {
	t := d.parts[s.Name]
	if t == nil {
		t = &tally{Part: Part{Source: s, spill: d.spill}}
		d.parts[s.Name] = t
	}
	return t
}

// one reads a file that is no archive.
func (d *Draft) one(name string, r io.Reader, at time.Time) error {
	n, err := io.ReadFull(r, d.head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: %w", name, err)
	}
	head := d.head[:n]
	r = io.MultiReader(bytes.NewReader(head), r)
	if isRecord(head) {
		return d.record(name, r, at)
	}
	i := slices.IndexFunc(Importers(), func(i Importer) bool { return i.Reads(name, head) })
	if i < 0 {
		return fmt.Errorf("%s:1: it has no form that is known: %s", name, strings.Join(forms(), ", "))
	}
	from := Importers()[i]
	t := d.of(from.Source())
	t.written = newer(t.written, at)
	return from.Import(&t.Part, name, r)
}

func forms() []string { return []string{"OSV", retire{}.Source().Name, cycles{}.Source().Name} }

func newer(a, b time.Time) time.Time {
	if b.After(a) {
		return b.UTC()
	}
	return a
}

// record reads one record of OSV, which may be about several ecosystems.
func (d *Draft) record(name string, r io.Reader, at time.Time) error {
	rec, err := readRecord(name, r)
	if err != nil {
		return err
	}
	d.records++
	for _, ecosystem := range rec.ecosystems() {
		s := osv{ecosystem}.Source()
		if !d.many {
			s = Source{Name: Single, Licence: s.Licence, Address: page(rec.ID)}
		}
		t := d.of(s)
		t.records++
		t.written = newer(t.written, at)
		if rec.Modified.Year() > 1 {
			t.Source.Dated = newer(t.Source.Dated, rec.Modified)
		}
		entries, dropped := rec.entries(ecosystem)
		t.Source.Dropped += dropped
		if err := t.add(entries...); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// export drops what an export of one ecosystem says of others by the way: it would stand
// for all that is known of them.
func (d *Draft) export() {
	whole := func(t *tally) bool { return t.records == d.records }
	any := false
	for _, t := range d.parts {
		any = any || t.records > 0 && whole(t)
	}
	for name, t := range d.parts {
		if any && t.records > 0 && !whole(t) {
			delete(d.parts, name)
		}
	}
}

// digest is the SHA-256 of all that was read.
func digest(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

func newSum() hash.Hash { return sha256.New() }
