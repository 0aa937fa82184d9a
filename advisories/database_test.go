package advisories

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pavise"
)

var august = time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)

// filled is a database with two sources.
func filled(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "state", "advisories.db")
	libraries := importBytes(t, retire{}, "small.json", []byte(small))
	releases := importBytes(t, cycles{}, "nodejs.json", []byte(listOfCycles))
	libraries.Source.Dated, releases.Source.Dated = august, august.AddDate(0, 1, 0)
	if err := Replace(file, libraries, releases); err != nil {
		t.Fatal(err)
	}
	return file
}

func open(t testing.TB, file string) *Database {
	t.Helper()
	db, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestDatabase(t *testing.T) {
	file := filled(t)
	db := open(t, file)
	if err := db.Verify(); err != nil {
		t.Error(err)
	}
	sources := db.Sources()
	if len(sources) != 2 || sources[0].Name != "RetireJS" || sources[0].Entries != 3 || sources[0].Signs != 6 || sources[0].Dropped != 1 || sources[1].Entries != 4 {
		t.Errorf("%+v", sources)
	}
	library := NewLibrary(db)
	for k, want := range map[pavise.Known]string{
		{Ecosystem: JavaScript, Name: "LIB", Version: "1.0.0"}:        "RetireJS 2026-08-01 true end-of-life CVE-2020-1",
		{Ecosystem: JavaScript, Name: "lib", Version: "3.0.0"}:        "RetireJS 2026-08-01 true",
		{Ecosystem: Product, Name: "nodejs", Version: "20.1.0"}:       "endoflife.date 2026-09-01 true end-of-life",
		{Ecosystem: Product, Name: "nodejs", Version: "24.1.0"}:       "endoflife.date 2026-09-01 true",
		{Ecosystem: Product, Name: "nodejs", Version: "99.0.0"}:       "endoflife.date 2026-09-01 false",
		{Ecosystem: JavaScript, Name: "jquery", Version: "3.4.1"}:     "facts in Pavise 2026-02-12 true CVE-2020-11022 CVE-2020-11023",
		{Ecosystem: JavaScript, Name: "never-heard-of", Version: "1"}: "RetireJS 2026-08-01 false",
	} {
		n, err := library.Known(k)
		if err != nil {
			t.Fatal(err)
		}
		got := n.From + " " + n.Dated.Format(time.DateOnly)
		if got += " true"; !n.Covers {
			got = strings.TrimSuffix(got, "true") + "false"
		}
		for _, notice := range n.List {
			got += " " + notice.ID
		}
		if got != want {
			t.Errorf("%+v: %s, want %s", k, got, want)
		}
	}
	r, err := library.Recogniser()
	if err != nil || len(r.Recognise("https://a.test/lib-1.0.0.js", nil)) != 1 || len(r.Recognise("https://a.test/jquery-3.4.1.js", nil)) != 1 {
		t.Error("signs of the database and Pavise's own are not known together", err)
	}
}

// TestReplace: a source is replaced, the others stay, and who reads sees one or the
// other.
func TestReplace(t *testing.T) {
	file := filled(t)
	reader := open(t, file)
	newer := importBytes(t, cycles{}, "nodejs.json", []byte(`[{"cycle":"30","eol":false}]`))
	if err := Replace(file, newer); err != nil {
		t.Fatal(err)
	}
	if got := reader.Sources()[1].Entries; got != 4 {
		t.Errorf("who reads has %d entries", got)
	}
	if n, err := NewLibrary(reader).Known(pavise.Known{Ecosystem: Product, Name: "nodejs", Version: "20"}); err != nil || len(n.List) != 1 {
		t.Error(n, err)
	}
	db := open(t, file)
	if got := db.Sources(); len(got) != 2 || got[1].Entries != 1 || !reflect.DeepEqual(got[0], reader.Sources()[0]) {
		t.Errorf("%+v", got)
	}
	if err := db.Verify(); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(file + ".*"); left != nil {
		t.Errorf("left behind: %q", left)
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
		t.Error(info.Mode())
	}
}

// TestDamage: whatever has become of the file, it is said, and nothing crashes.
func TestDamage(t *testing.T) {
	whole, err := os.ReadFile(filled(t))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "advisories.db")
	if _, err := Open(file); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("a directory is a database")
	}
	look := func() error {
		db, err := Open(file)
		if err != nil {
			return err
		}
		defer db.Close()
		if err := db.Verify(); err != nil {
			return err
		}
		library := NewLibrary(db)
		if _, err := library.Recogniser(); err != nil {
			return err
		}
		_, err = library.Known(pavise.Known{Ecosystem: JavaScript, Name: "lib", Version: "1"})
		return err
	}
	write := func(data []byte) {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, data := range [][]byte{nil, []byte("no database"), make([]byte, len(whole)), whole[:4096], whole[:bytes.Index(whole, []byte("CVE-2020-1"))&^4095]} {
		write(data)
		if err := look(); err == nil || !strings.Contains(err.Error(), "is damaged") || !strings.Contains(err.Error(), "pavise db update") {
			t.Errorf("%d bytes: %v", len(data), err)
		}
	}
	found := 0
	for i := 4 * 4096; i < len(whole); i += 511 { // behind the pages of bbolt's own book-keeping
		data := append([]byte{}, whole...)
		data[i] ^= 0xff
		write(data)
		if look() != nil {
			found++
		}
	}
	if found == 0 {
		t.Error("no flipped byte was found")
	}
}
