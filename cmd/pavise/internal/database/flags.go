package database

import (
	"errors"
	"io/fs"
	"sync"

	"github.com/spf13/pflag"

	"pavise/advisories"
	"pavise/cmd/pavise/internal/cli"
	"pavise/scan"
)

// Flags say by which database versions are judged.
type Flags struct {
	db      string
	Library func() (*advisories.Library, error) // opens it once, for all sites
}

// Add has the command take them.
func (f *Flags) Add(flags *pflag.FlagSet) {
	flags.StringVar(&f.db, "db", "", "judge versions by the database in `FILE` (default that of pavise db update)")
	f.Library = sync.OnceValues(f.open)
}

// open opens the database if it is there. It stays open for as long as a scan may ask,
// which is as long as the command runs.
func (f *Flags) open() (*advisories.Library, error) {
	file, err := databaseFile(f.db)
	if err != nil {
		return advisories.NewLibrary(nil), nil // without a home nothing is kept in it
	}
	db, err := advisories.Open(file)
	switch {
	case err != nil && f.db != "":
		return nil, cli.Usage("pavise db update --db "+f.db, "--db: %w", err)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	return advisories.NewLibrary(db), nil
}

// Into has a scan judge so.
func (f *Flags) Into(opt *scan.Options) error {
	library, err := f.Library()
	if err != nil {
		return err
	}
	return Know(opt, library)
}

// Know lets a scan look things up.
func Know(opt *scan.Options, library *advisories.Library) error {
	r, err := library.Recogniser()
	if err != nil {
		return err
	}
	opt.Recognise, opt.Known = r.Recognise, library.Known
	return nil
}
