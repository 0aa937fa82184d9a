package main

import (
	"errors"
	"io/fs"
	"sync"

	"github.com/spf13/pflag"

	"pavise/advisories"
	"pavise/scan"
)

// dbFlags say by which database versions are judged.
type dbFlags struct {
	db      string
	library func() (*advisories.Library, error) // opens it once, for all sites
}

func (f *dbFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.db, "db", "", "judge versions by the database in `FILE` (default that of pavise db update)")
	f.library = sync.OnceValues(f.open)
}

// open opens the database if it is there. It stays open for as long as a scan may ask,
// which is as long as the command runs.
func (f *dbFlags) open() (*advisories.Library, error) {
	file, err := databaseFile(f.db)
	if err != nil {
		return advisories.NewLibrary(nil), nil // without a home nothing is kept in it
	}
	db, err := advisories.Open(file)
	switch {
	case err != nil && f.db != "":
		return nil, usage("pavise db update --db "+f.db, "--db: %w", err)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	return advisories.NewLibrary(db), nil
}

func (f *dbFlags) into(opt *scan.Options) error {
	library, err := f.library()
	if err != nil {
		return err
	}
	return know(opt, library)
}

// know lets a scan look things up.
func know(opt *scan.Options, library *advisories.Library) error {
	r, err := library.Recogniser()
	if err != nil {
		return err
	}
	opt.Recognise, opt.Known = r.Recognise, library.Known
	return nil
}
