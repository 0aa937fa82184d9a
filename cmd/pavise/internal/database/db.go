// Package database keeps what is known about versions up to date, and opens it: pavise db.
package database

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"pavise/advisories"
	"pavise/cmd/pavise/internal/cli"
	"pavise/report"
)

// Command is pavise db.
func Command() *cobra.Command {
	c := &cobra.Command{
		Use:   "db",
		Short: "Keep what is known of vulnerable and outdated software",
		Long: "A scan and an audit compare the versions they see with a database: advisories about packages from OSV, about\n" +
			"JavaScript libraries in browsers from RetireJS, and ends of life from endoflife.date. Pavise brings a few dated\n" +
			"facts along; db update fetches the rest, db import reads files where there is no network.",
		Example: "  pavise db update\n  pavise db import /media/usb/jsrepository-v5.json\n  pavise db status",
	}
	var file string
	c.PersistentFlags().StringVar(&file, "db", "", "`FILE` that the database is (default advisories.db in the user's state directory)")
	c.AddCommand(dbUpdateCommand(&file), dbImportCommand(&file), dbStatusCommand(&file))
	c.MarkPersistentFlagFilename("db", "db")
	return c
}

func dbStatusCommand(file *string) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "status",
		Short:   "Say what is in the database: sources, dates, counts, licences",
		Long:    "Status reads all of the database and says what each source has brought, and how old it is.",
		Example: "  pavise db status\n  pavise db status --json",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			name, err := databaseFile(*file)
			if err != nil {
				return err
			}
			db, err := advisories.Open(name)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				db = nil
			case err != nil:
				return err
			default:
				defer db.Close()
				if err := db.Verify(); err != nil {
					return err
				}
			}
			sources := advisories.NewLibrary(db).Sources()
			if asJSON {
				return statusJSON(c.OutOrStdout(), name, db != nil, sources)
			}
			return statusText(c.OutOrStdout(), name, db != nil, sources, time.Now())
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return c
}

func statusJSON(w io.Writer, file string, there bool, sources []advisories.Source) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Schema  string              `json:"schema"`
		File    string              `json:"file"`
		There   bool                `json:"there"`
		Sources []advisories.Source `json:"sources"`
	}{"pavise.db-status/1", file, there, sources})
}

func statusText(w io.Writer, file string, there bool, sources []advisories.Source, now time.Time) error {
	if there {
		fmt.Fprintf(w, "%s\n", file)
	} else {
		fmt.Fprintf(w, "%s is not there; a scan judges by the facts in Pavise alone\n", file)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SOURCE\tDATED\tAGE\tENTRIES\tSIGNS\tUNUSABLE\tLICENCE\tADDRESS")
	stale := false
	for _, s := range sources {
		stale = stale || s.Stale(now) && (there && s.Name != advisories.Own().Source.Name || !there)
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%d\t%s\t%s\n", report.Line(s.Name), s.Dated.Format(time.DateOnly), days(now.Sub(s.Dated)),
			s.Entries, s.Signs, s.Dropped, report.Line(s.Licence), report.Line(s.Address))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if stale {
		fmt.Fprintln(w, "Some is older than 30 days: pavise db update fetches what has become known since.")
	}
	return nil
}

func days(age time.Duration) string {
	switch n := int(age.Hours() / 24); n {
	case 1:
		return "1 day"
	default:
		return fmt.Sprintf("%d days", max(n, 0))
	}
}

func dbImportCommand(file *string) *cobra.Command {
	var sum string
	c := &cobra.Command{
		Use:   "import FILE|DIR|URL",
		Short: "Read data from a file, a folder or an address",
		Long: "Import reads advisories as OSV writes them (the all.zip of an ecosystem, a folder of records, or one record,\n" +
			"which is put beside the others), the repository of RetireJS (jsrepository.json, any age), and ends of life as\n" +
			"endoflife.date writes them: one product in PRODUCT.json, a folder of such files, or the answers of its API v1.\n" +
			"What the same source had brought before is replaced; if anything is wrong, nothing is.",
		Example: "  pavise db import all.zip\n  pavise db import /media/usb/jsrepository-v5.json\n  pavise db import ./endoflife/\n" +
			"  pavise db import https://mirror.example.com/full.json --sha256 HEX",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usage("pavise db import jsrepository-v5.json", "db import takes one file, folder or address, not %d", len(args))
			}
			name, err := databaseFile(*file)
			if err != nil {
				return err
			}
			sources, err := importFrom(c, name, args[0], sum)
			if err != nil {
				return err
			}
			saySources(c.OutOrStdout(), name, sources)
			return nil
		},
	}
	c.Flags().StringVar(&sum, "sha256", "", "`HEX` that the SHA-256 of what is fetched must be")
	return c
}

// importFrom reads what is to be imported into the database.
func importFrom(c *cobra.Command, file, from, sum string) ([]advisories.Source, error) {
	fetched := strings.Contains(from, "://")
	if sum != "" && !fetched {
		return nil, cli.Usage("sha256sum "+from, "--sha256 is for what is fetched")
	}
	draft, err := advisories.Begin(file)
	if err != nil {
		return nil, err
	}
	defer draft.Discard()
	if fetched {
		return importFetched(c, draft, from, sum)
	}
	if err := draft.Read(from); err != nil {
		return nil, cli.Usage("pavise db import --help says which forms are read", "%w", err)
	}
	return draft.Commit(nil)
}

func importFetched(c *cobra.Command, draft *advisories.Draft, from, sum string) ([]advisories.Source, error) {
	s := advisories.Source{Name: from, Address: from}
	data, err := Fetcher(c, from).Fetch(c.Context(), &s)
	if err != nil {
		return nil, err
	}
	defer data.Close()
	if sum != "" && !strings.EqualFold(sum, s.Sum) {
		return nil, fmt.Errorf("%s has the SHA-256 %s, not %s: nothing was changed", from, s.Sum, sum)
	}
	now := time.Now().UTC().Truncate(time.Second)
	if err := draft.ReadFile(from, data.File, now); err != nil {
		return nil, err
	}
	return draft.Commit(func(part *advisories.Source) {
		part.Address, part.Sum, part.ETag, part.Changed, part.Dated = from, s.Sum, s.ETag, s.Changed, now
	})
}

func saySources(w io.Writer, file string, sources []advisories.Source) {
	for _, s := range sources {
		fmt.Fprintf(w, "%s: %d entries and %d signs of %s, in %s\n", s.Name, s.Entries, s.Signs, s.Dated.Format(time.DateOnly), file)
	}
}
