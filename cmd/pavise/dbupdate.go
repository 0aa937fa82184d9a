package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"pavise/advisories"
)

// databaseFile is what was asked for, else where it is kept.
func databaseFile(asked string) (string, error) {
	if asked != "" {
		return asked, nil
	}
	dir, err := stateDir("")
	return filepath.Join(dir, "advisories.db"), err
}

func dbUpdateCommand(file *string) *cobra.Command {
	var from []string
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "update",
		Short: "Fetch what has become known",
		Long: "Update asks each source whether it has anything new, and fetches it. What cannot be fetched stays as it is,\n" +
			"and the command then ends with 1.",
		Example: "  pavise db update\n  pavise db update --from RetireJS=https://mirror.example.com/jsrepository-v5.json",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			mirrors, err := parseMirrors(from)
			if err != nil {
				return err
			}
			if timeout <= 0 {
				return usage("--timeout 2m", "--timeout must be more than nothing, not %s", timeout)
			}
			name, err := databaseFile(*file)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(c.Context(), timeout)
			defer cancel()
			return updateAll(ctx, c, name, mirrors)
		},
	}
	c.Flags().StringArrayVar(&from, "from", nil, "fetch a source elsewhere: `SOURCE=URL`")
	c.Flags().DurationVar(&timeout, "timeout", 2*time.Minute, "of the whole")
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
			return nil, usage("--from RetireJS=https://mirror.example.com/jsrepository-v5.json", "--from takes SOURCE=URL, not %q", line)
		}
		found := ""
		for _, source := range known {
			if strings.EqualFold(source, name) {
				found = source
			}
		}
		if found == "" {
			return nil, usage("--from "+known[0]+"="+address, "--from: there is no source %q; there are %s", name, strings.Join(known, ", "))
		}
		mirrors[found] = address
	}
	return mirrors, nil
}

// updateAll asks every source, and fails at the end if one failed.
func updateAll(ctx context.Context, c *cobra.Command, file string, mirrors map[string]string) error {
	have, err := sourcesOf(file)
	if err != nil {
		return err
	}
	failed := 0
	for _, i := range advisories.Importers() {
		s := i.Source()
		if mirror := mirrors[s.Name]; mirror != "" {
			s.Address = mirror
		}
		if old, ok := have[s.Name]; ok && old.Address == s.Address {
			s.ETag, s.Changed = old.ETag, old.Changed
		}
		said, err := updateOne(ctx, c, file, s)
		if err != nil {
			failed++
			fmt.Fprintf(c.ErrOrStderr(), "pavise: %s: %v\n", s.Name, err)
			continue
		}
		fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", s.Name, said)
	}
	if failed > 0 {
		return &advised{err: fmt.Errorf("%d of %d sources could not be fetched; what there was of them stays", failed, len(advisories.Importers())), code: exitFailed,
			hint: "without network: fetch the files elsewhere, and pavise db import FILE"}
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
	data, err := fetcher(c, s.Name).Fetch(ctx, &s)
	if err != nil {
		return "", err
	}
	now := time.Now().UTC().Truncate(time.Second)
	if data == nil {
		return "nothing new", advisories.Confirm(file, s.Name, now)
	}
	parts, err := advisories.ImportData(s.Address, data, now)
	if err != nil {
		return "", err
	}
	part := parts[0]
	if part.Source.Name != s.Name {
		return "", fmt.Errorf("%s has data of %s", s.Address, part.Source.Name)
	}
	s.Licence, s.Dated = part.Source.Licence, part.Source.Dated
	part.Source = s
	return fmt.Sprintf("%d entries and %d signs of %s", len(part.Entries), len(part.Signs), s.Dated.Format(time.DateOnly)), advisories.Replace(file, part)
}

// fetcher shows on a terminal how far it is.
func fetcher(c *cobra.Command, what string) advisories.Fetcher {
	f := advisories.Fetcher{Agent: "pavise/" + version}
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
