// Package geoip says in which country and of which network an address is, as databases
// in the format of MaxMind say (.mmdb), which the owner has got from whom he likes.
package geoip

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"

	"pavise"
)

// Options name the files; "" is none. Both may be the same.
type Options struct {
	Country, AS string
	Now         func() time.Time // nil is time.Now
	// Changed is told when a file that has changed was read again: with nil, or why it
	// could not be, and that of before goes on to be used.
	Changed func(file string, err error)
}

// A Finder finds addresses. It is safe for concurrent use.
type Finder struct{ country, as *database }

const (
	// lookEvery is how often is looked whether a file has changed.
	lookEvery = 10 * time.Second
	// maxFile bounds a database, which is kept in memory: those of cities have 130 MB.
	maxFile = 512 << 20
)

// Open reads the files.
func Open(o Options) (*Finder, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Changed == nil {
		o.Changed = func(string, error) {}
	}
	country, err := openOne(o.Country, o)
	as, err2 := country, error(nil)
	if o.AS != o.Country {
		as, err2 = openOne(o.AS, o)
	}
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	return &Finder{country, as}, nil
}

// Locate says where an address is.
func (f *Finder) Locate(a netip.Addr) (at pavise.Location) {
	var c, n record
	f.country.find(a, &c)
	if f.as != f.country {
		f.as.find(a, &n)
	} else {
		n = c
	}
	if at.Country = c.Country.Code; at.Country == "" {
		at.Country = c.Registered.Code
	}
	at.AS, at.Name = n.AS, n.Name
	return at
}

// A record is what is read of an entry.
type record struct {
	Country    place  `maxminddb:"country"`
	Registered place  `maxminddb:"registered_country"`
	AS         uint32 `maxminddb:"autonomous_system_number"`
	Name       string `maxminddb:"autonomous_system_organization"`
}

type place struct {
	Code string `maxminddb:"iso_code"`
}

// A database is one file as it was read last.
type database struct {
	path    string
	o       Options
	reader  atomic.Pointer[maxminddb.Reader]
	look    atomic.Int64 // when to look at the file again, in Unix nanoseconds
	reading sync.Mutex
	known   os.FileInfo // the file as it was read last, or could not be; by reading
}

func openOne(path string, o Options) (*database, error) {
	if path == "" {
		return nil, nil
	}
	d := &database{path: path, o: o}
	d.look.Store(o.Now().Add(lookEvery).UnixNano())
	var err error
	if d.known, err = os.Stat(path); err != nil {
		return d, err
	}
	return d, d.read()
}

// find reads the entry of an address, if there is one. What cannot be read of it is
// not known. It is never waited for a file.
func (d *database) find(a netip.Addr, r *record) {
	if d == nil {
		return
	}
	now, due := d.o.Now().UnixNano(), d.look.Load()
	if wait := due - now; (wait <= 0 || wait > int64(lookEvery)) && d.look.CompareAndSwap(due, now+int64(lookEvery)) { // or the clock was set back
		go d.again()
	}
	if d.reader.Load().Lookup(a.Unmap().WithZone("")).Decode(r) != nil {
		*r = record{}
	}
}

// again reads the file if it has changed.
func (d *database) again() {
	d.reading.Lock()
	defer d.reading.Unlock()
	info, err := os.Stat(d.path)
	if err != nil || same(info, d.known) { // a file that is away for a moment is being replaced
		return
	}
	d.known = info
	d.o.Changed(d.path, d.read())
}

func same(a, b os.FileInfo) bool {
	return a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size() && os.SameFile(a, b)
}

// read takes in the file, whole, so that whoever writes to it changes nothing here.
func (d *database) read() error {
	f, err := os.Open(d.path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file", d.path)
	case info.Size() > maxFile:
		return fmt.Errorf("%s has %d bytes, and %d are the most", d.path, info.Size(), maxFile)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return err
	}
	reader, err := maxminddb.OpenBytes(data)
	if err == nil {
		err = reader.Lookup(netip.AddrFrom4([4]byte{192, 0, 2, 1})).Err()
	}
	if err != nil {
		return fmt.Errorf("%s is no database of addresses (.mmdb), or not whole: %w", d.path, err)
	}
	d.reader.Store(reader)
	return nil
}
