package database

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"pavise"
	"pavise/advisories"
	"pavise/cmd/pavise/internal/cli"
)

// databaseFile is what was asked for, else where it is kept.
func databaseFile(asked string) (string, error) {
	if asked != "" {
		return asked, nil
	}
	dir, err := cli.StateDir("")
	return filepath.Join(dir, "advisories.db"), err
}

func dbUpdateCommand(file *string) *cobra.Command {
	var from, ecosystems []string
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "update",
		Short: "Fetch what has become known",
		Long: "Update asks each source whether it has anything new, and fetches it. What cannot be fetched stays as it is,\n" +
			"and the command then ends with 1. Advisories about packages are those of the ecosystems that are named, else\n" +
			"of those that the database has, else of npm and Go.",
		Example: "  pavise db update\n  pavise db update --ecosystem npm,PyPI\n  pavise db update --from RetireJS=https://mirror.example.com/jsrepository-v5.json",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			mirrors, err := parseMirrors(from)
			if err != nil {
				return err
			}
			if timeout <= 0 {
				return cli.Usage("--timeout 2m", "--timeout must be more than nothing, not %s", timeout)
			}
			name, err := databaseFile(*file)
			if err != nil {
				return err
			}
			have, err := sourcesOf(name)
			if err != nil {
				return err
			}
			ask, err := sourcesToAsk(have, ecosystems, mirrors)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(c.Context(), timeout)
			defer cancel()
			return updateAll(ctx, c, name, ask)
		},
	}
	c.Flags().StringArrayVar(&from, "from", nil, "fetch a source elsewhere: `SOURCE=URL`")
	c.Flags().StringSliceVar(&ecosystems, "ecosystem", nil, "packages of these `ECOSYSTEMS`: "+strings.Join(advisories.Ecosystems, ", ")+"; or none")
	c.Flags().DurationVar(&timeout, "timeout", 10*time.Minute, "of the whole")
	c.RegisterFlagCompletionFunc("ecosystem", cobra.FixedCompletions(append([]string{"none"}, advisories.Ecosystems...), cobra.ShellCompDirectiveNoFileComp))
	c.RegisterFlagCompletionFunc("from", cobra.FixedCompletions(sourceNames("="), cobra.ShellCompDirectiveNoSpace|cobra.ShellCompDirectiveNoFileComp))
	return c
}

// sourceNames are the names of all sources, each with what follows it.
func sourceNames(followed string) []string {
	var names []string
	for _, i := range advisories.Importers() {
		names = append(names, i.Source().Name+followed)
	}
	return names
}

// parseMirrors reads SOURCE=URL.
func parseMirrors(lines []string) (map[string]string, error) {
	mirrors := map[string]string{}
	known := sourceNames("")
	for _, line := range lines {
		name, address, ok := strings.Cut(line, "=")
		if !ok || address == "" {
			return nil, cli.Usage("--from RetireJS=https://mirror.example.com/jsrepository-v5.json", "--from takes SOURCE=URL, not %q", line)
		}
		found := ""
		for _, source := range known {
			if strings.EqualFold(source, name) {
				found = source
			}
		}
		if found == "" {
			return nil, cli.Usage("--from "+known[0]+"="+address, "--from: there is no source %q; there are %s", name, strings.Join(known, ", "))
		}
		mirrors[found] = address
	}
	return mirrors, nil
}

// sourcesToAsk are those to be updated, each with its address and what is known of its
// last answer.
func sourcesToAsk(have map[string]advisories.Source, ecosystems []string, mirrors map[string]string) ([]advisories.Source, error) {
	wanted, err := ecosystemsToAsk(have, ecosystems)
	if err != nil {
		return nil, err
	}
	var ask []advisories.Source
	for _, i := range advisories.Importers() {
		s := i.Source()
		mirror := mirrors[s.Name]
		if len(s.Covers) > 0 && mirror == "" && !slices.Contains(wanted, s.Covers[0]) {
			continue
		}
		s.Address = cmp.Or(mirror, s.Address)
		if old, ok := have[s.Name]; ok && old.Address == s.Address {
			s.ETag, s.Changed = old.ETag, old.Changed
		}
		ask = append(ask, s)
	}
	return ask, nil
}

// ecosystemsToAsk are those that are named, else those of the file, else npm and Go.
func ecosystemsToAsk(have map[string]advisories.Source, named []string) ([]string, error) {
	var list []string
	for _, name := range named {
		i := slices.IndexFunc(advisories.Ecosystems, func(e string) bool { return strings.EqualFold(e, name) })
		switch {
		case i >= 0:
			list = append(list, advisories.Ecosystems[i])
		case name != "none":
			return nil, cli.Usage("--ecosystem npm,Go", "--ecosystem: there is no %q; there are %s, or none", name, strings.Join(advisories.Ecosystems, ", "))
		}
	}
	if len(named) > 0 {
		return list, nil
	}
	for _, s := range have {
		list = append(list, s.Covers...)
	}
	if len(list) == 0 {
		list = []string{pavise.NPM, pavise.GoModules}
	}
	return list, nil
}

// updateAll asks every source, and fails at the end if one failed.
func updateAll(ctx context.Context, c *cobra.Command, file string, ask []advisories.Source) error {
	away := 0
	for _, s := range ask {
		said, err := updateOne(ctx, c, file, s)
		if err != nil {
			away++
			fmt.Fprintf(c.ErrOrStderr(), "pavise: %s: %v\n", s.Name, err)
			continue
		}
		fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", s.Name, said)
	}
	if away > 0 {
		return cli.Failed("without network: fetch the files elsewhere, and pavise db import FILE", "%d of %d sources could not be fetched; what there was of them stays", away, len(ask))
	}
	return nil
}

// sourcesOf are those of the file by name; none if it is not there.
func sourcesOf(file string) (map[string]advisories.Source, error) {
	db, err := advisories.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer db.Close()
	have := map[string]advisories.Source{}
	for _, s := range db.Sources() {
		have[s.Name] = s
	}
	return have, nil
}

func updateOne(ctx context.Context, c *cobra.Command, file string, s advisories.Source) (said string, err error) {
	data, err := Fetcher(c, s.Name).Fetch(ctx, &s)
	if err != nil {
		return "", err
	}
	draft, err := advisories.Begin(file)
	if err != nil {
		return "", err
	}
	defer draft.Discard()
	now := time.Now().UTC().Truncate(time.Second)
	if data == nil {
		if err := draft.Confirm(s.Name, now); err != nil {
			return "", err
		}
		_, err := draft.Commit(nil)
		return "nothing new", err
	}
	defer data.Close()
	if err := draft.ReadFile(s.Address, data.File, now); err != nil {
		return "", err
	}
	if brought := draft.Brought(); len(brought) != 1 || brought[0] != s.Name {
		return "", fmt.Errorf("%s has data of %s", s.Address, strings.Join(brought, ", "))
	}
	sources, err := draft.Commit(func(part *advisories.Source) {
		part.Address, part.Sum, part.ETag, part.Changed, part.Dated = s.Address, s.Sum, s.ETag, s.Changed, now
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d entries and %d signs of %s", sources[0].Entries, sources[0].Signs, now.Format(time.DateOnly)), nil
}

// Fetcher shows on a terminal how far it is.
func Fetcher(c *cobra.Command, what string) advisories.Fetcher {
	f := advisories.Fetcher{Agent: "pavise/" + cli.Version}
	out, ok := c.ErrOrStderr().(*os.File)
	if !ok || !term.IsTerminal(int(out.Fd())) {
		return f
	}
	f.Progress = func(got, total int64) {
		fmt.Fprintf(out, "\r\x1b[Kpavise: %s: %d kB", what, got>>10)
		if got == total {
			fmt.Fprint(out, "\r\x1b[K")
		}
	}
	return f
}
