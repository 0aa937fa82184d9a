package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"pavise/internal/admin"
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
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			list, err := tellOwn[reloaded](c.Context(), state, "/reload")
			if err != nil {
				return err
			}
			if asJSON {
				err = indented(c.OutOrStdout(), list)
			}
			code := exitClean
			for _, done := range list {
				if !asJSON {
					done.write(c.OutOrStdout(), c.ErrOrStderr())
				}
				code = max(code, done.Code)
			}
			if err == nil && code != exitClean {
				err = exit(code)
			}
			return err
		},
	}
	stateFlag(c, &state)
	c.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return c
}

// tellOwn has every Pavise that keeps its state there do what the path says; each answers
// with what came of it.
func tellOwn[T any](ctx context.Context, state, path string) ([]T, error) {
	dir, err := runningState(state)
	if err != nil {
		return nil, err
	}
	answers, err := admin.Tell(ctx, dir, path, nil)
	if err != nil {
		return nil, nobodyAnswers(err)
	}
	all := make([]T, len(answers))
	for i, answer := range answers {
		if err := json.Unmarshal(answer, &all[i]); err != nil {
			return nil, fmt.Errorf("the running Pavise answers what is not understood: %w", err)
		}
	}
	return all, nil
}

// nobodyAnswers says what to do where no running Pavise has answered.
func nobodyAnswers(err error) error {
	hint := "ask as the user that pavise serve runs as"
	switch {
	case errors.Is(err, admin.ErrNobody):
		hint = "name the directory that pavise serve was given: --state DIR"
	case errors.As(err, new(*admin.RefusedError)):
		hint = ""
	}
	return &advised{err: err, hint: hint, code: exitFailed}
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
