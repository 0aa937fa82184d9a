package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"pavise/cmd/pavise/internal/cli"
	"pavise/report"
)

func reloadCommand() *cobra.Command {
	var state string
	var asJSON bool
	c := &cobra.Command{
		Use:   "reload",
		Short: "Have the running Pavise take up its configuration anew",
		Long: "Reload has the running Pavise read its configuration again, check it, prove it against the law's probes, and\n" +
			"take it up: no connection is dropped, and what runs ends as it began. It waits for the outcome and prints it.\n" +
			"If anything is wrong, what was before goes on. It exits with 2 if there is a mistake in the configuration, with\n" +
			"3 if the proof has failed, and with 1 if it could not be done.",
		Example: "  pavise reload\n  pavise reload --state /var/lib/pavise --json",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			list, err := cli.Tell[reloaded](c.Context(), state, "/reload")
			if asJSON && len(list) > 0 {
				err = errors.Join(err, cli.Indented(c.OutOrStdout(), list))
			}
			code := cli.ExitClean
			for _, done := range list {
				if !asJSON {
					done.write(c.OutOrStdout(), c.ErrOrStderr())
				}
				code = max(code, done.Code)
			}
			if err == nil && code != cli.ExitClean {
				err = cli.Exit(code)
			}
			return err
		},
	}
	cli.StateFlag(c, &state)
	c.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return c
}

// write tells a person.
func (d *reloaded) write(out, problems io.Writer) {
	for _, line := range append(d.Notes, d.Changed...) {
		fmt.Fprintln(out, report.Line(line))
	}
	if d.OK {
		what := "reloaded"
		if len(d.Changed) == 0 {
			what += ": nothing has changed"
		}
		fmt.Fprintf(out, "pavise: process %d %s\n", d.PID, what)
		return
	}
	fmt.Fprintf(problems, "pavise: error: process %d goes on as before: %s\n", d.PID, report.Line(d.Refused))
	if d.Hint != "" {
		fmt.Fprintf(problems, "pavise: hint: %s\n", report.Line(d.Hint))
	}
}

// answerReload does it for whoever asks over the owner's socket.
func (w *witness) answerReload(to http.ResponseWriter, r *http.Request) {
	if w.reloader == nil {
		http.Error(to, "this Pavise has no configuration to read again", http.StatusUnprocessableEntity)
		return
	}
	ctx := context.WithoutCancel(r.Context()) // who asks may go: what is proven by half is not proven
	json.NewEncoder(to).Encode(w.reloader.reload(ctx, "command"))
}
