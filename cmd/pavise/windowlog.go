package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/authority"
	"pavise/internal/chainlog"
	"pavise/report"
)

// A windowEntry is what the log says of a window.
type windowEntry struct {
	What   string        `json:"what"`
	By     string        `json:"by,omitempty"`
	Window pavise.Window `json:"window"`
}

// windowEntries reads what the lines say, one of each; of what cannot be read nothing.
func windowEntries(lines []chainlog.Line) []windowEntry {
	list := make([]windowEntry, len(lines))
	for i, line := range lines {
		if json.Unmarshal(line.Entry, &list[i]) != nil {
			list[i] = windowEntry{}
		}
	}
	return list
}

func windowLogCommand() *cobra.Command {
	var f secretFlags
	var verify, asJSON bool
	c := &cobra.Command{
		Use:   "log",
		Short: "Show the windows of this machine so far, and whether that is all of them",
		Long: "Log shows when each window was opened, closed or ended, from the file windows.log in the state directory. With\n" +
			"--verify it checks the code of each line, by the secret of this machine: a line that was changed, cut out or\n" +
			"put in is seen, and where pavise serve runs also one that is missing at the end. It exits with 3 then.\n" +
			"Who can read the secret can write another log: copies of the codes stand in the log of pavise serve.",
		Example: "  pavise window log\n  pavise window log --verify --state /var/lib/pavise",
		Args:    cli.NoArguments,
		RunE:    func(c *cobra.Command, _ []string) error { return showWindowLog(c, f, verify, asJSON) },
	}
	f.add(c)
	c.Flags().BoolVar(&verify, "verify", false, "check that no line was changed, cut out or put in")
	c.Flags().BoolVar(&asJSON, "json", false, "print the lines as JSON")
	return c
}

func showWindowLog(c *cobra.Command, f secretFlags, verify, asJSON bool) error {
	dir, err := cli.RunningState(f.state)
	if err != nil {
		return err
	}
	path, err := f.path()
	if err != nil {
		return err
	}
	secrets, err := authority.ReadSecrets(path)
	if err != nil {
		return secretTrouble(path, err)
	}
	lines, err := chainlog.Read(filepath.Join(dir, windowsLog), secrets...)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // there was no window yet
	}
	if err == nil && verify {
		err = cutAtEnd(c, f.state, lines)
	}
	var broken *chainlog.BrokenError
	if err != nil && !errors.As(err, &broken) {
		return err
	}
	if asJSON {
		if lines == nil {
			lines = []chainlog.Line{}
		}
		if err := cli.Indented(c.OutOrStdout(), lines); err != nil {
			return err
		}
	} else {
		writeWindowLog(c, lines)
	}
	switch {
	case broken != nil && verify:
		return cli.Advise(cli.ExitFinding, "the log of pavise serve has each line with its code, too: compare them", broken)
	case broken != nil:
		fmt.Fprintf(c.ErrOrStderr(), "pavise: warning: %v\n", broken)
	case verify:
		fmt.Fprintf(c.ErrOrStderr(), "pavise: %s, each as it was written\n", pavise.Plural(len(lines), "line"))
	}
	return nil
}

// cutAtEnd compares the end of the log with what a running Pavise wrote last.
func cutAtEnd(c *cobra.Command, state string, lines []chainlog.Line) error {
	heads, err := cli.Ask[chainlog.Line](c.Context(), state, "/windows/head")
	if err != nil {
		fmt.Fprintln(c.ErrOrStderr(), "pavise: no running Pavise can say whether lines are missing at the end")
		return nil
	}
	codes := map[string]bool{"": true}
	for _, line := range lines {
		codes[line.Code] = true
	}
	for _, head := range heads {
		if !codes[head.Code] {
			return &chainlog.BrokenError{Line: len(lines) + 1, Why: fmt.Sprintf("is missing: %d were written", head.Number)}
		}
	}
	return nil
}

func writeWindowLog(c *cobra.Command, lines []chainlog.Line) {
	for i, e := range windowEntries(lines) {
		text := fmt.Sprintf("%s  %-6s  %s", lines[i].Time.UTC().Format(time.DateTime), cmp.Or(e.What, "?"), cmp.Or(e.Window.ID, "not as pavise writes it"))
		if len(e.Window.From) > 0 {
			text += fmt.Sprintf(" for %s until %s: %s", networks(e.Window.From), e.Window.Ends.UTC().Format(time.DateTime), e.Window.Reason)
		}
		if e.By != "" {
			text += ", by " + e.By
		}
		fmt.Fprintln(c.OutOrStdout(), report.Line(text))
	}
}
