package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/handover"
	"pavise/report"
	"pavise/store/wire"
)

// How long a new process may take until it could serve, and then until it does.
const (
	defaultReady = 30 * time.Second
	longestReady = 45 * time.Second // whoever asks waits for a minute
	switchTime   = 10 * time.Second
)

// Upgraded is what came of an upgrade.
type upgraded struct {
	PID     int    `json:"pid"`
	Next    int    `json:"next"` // the process that serves now; 0: it is as it was
	OK      bool   `json:"ok"`
	TookMS  int64  `json:"took_ms"`
	Refused string `json:"refused,omitempty"` // why what was before goes on
}

func upgradeCommand() *cobra.Command {
	var state string
	var wait time.Duration
	var asJSON bool
	c := &cobra.Command{
		Use:   "upgrade",
		Short: "Have the program as it is on disk now take over from the running Pavise",
		Long: "Upgrade has the running Pavise start its own program anew, as it lies on disk now, with the same arguments.\n" +
			"The new process reads and checks everything, and takes over the sockets; what is open goes on in the old one\n" +
			"until it ends, at most for the time of --drain. If the new process fails or is late, the old one goes on.",
		Example: "  mv pavise.new /usr/bin/pavise && pavise upgrade\n  pavise upgrade --state /var/lib/pavise --json",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if wait <= 0 || wait > longestReady {
				return cli.Usage("--wait "+defaultReady.String(), "--wait must be a time up to %s, not %s", longestReady, wait)
			}
			list, err := cli.Tell[upgraded](c.Context(), state, "/upgrade?wait="+url.QueryEscape(wait.String()))
			if asJSON && len(list) > 0 {
				err = errors.Join(err, cli.Indented(c.OutOrStdout(), list))
			}
			for _, done := range list {
				if !asJSON {
					done.write(c.OutOrStdout(), c.ErrOrStderr())
				}
				if err == nil && !done.OK {
					err = cli.Exit(cli.ExitFailed)
				}
			}
			return err
		},
	}
	cli.StateFlag(c, &state)
	c.Flags().DurationVar(&wait, "wait", defaultReady, "how long the new process may take until it is ready: `TIME` up to "+longestReady.String())
	c.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return c
}

// write tells a person.
func (u *upgraded) write(out, problems io.Writer) {
	if u.OK {
		fmt.Fprintf(out, "pavise: process %d has taken over from %d, after %s\n", u.Next, u.PID, time.Duration(u.TookMS)*time.Millisecond)
		return
	}
	fmt.Fprintf(problems, "pavise: error: process %d goes on as before: %s\n", u.PID, report.Line(u.Refused))
}

// answerUpgrade does it for whoever asks over the owner's socket.
func (w *witness) answerUpgrade(to http.ResponseWriter, r *http.Request) {
	if w.passing == nil {
		http.Error(to, "this Pavise cannot hand over", http.StatusUnprocessableEntity)
		return
	}
	wait, err := time.ParseDuration(r.FormValue("wait"))
	if err != nil || wait <= 0 || wait > longestReady {
		wait = defaultReady
	}
	json.NewEncoder(to).Encode(w.passing.upgrade(r.Context(), wait))
}

// upgrade has a successor take over, or leaves everything as it was.
func (p *passing) upgrade(ctx context.Context, wait time.Duration) *upgraded {
	begun := time.Now()
	err := p.handOver(ctx, wait)
	done := &upgraded{PID: os.Getpid(), OK: err == nil, TookMS: time.Since(begun).Milliseconds()}
	if err != nil {
		done.Refused = cli.OneLine(err)
		p.say("not upgraded, this process goes on: %s", done.Refused)
	} else {
		done.Next = p.next.PID
	}
	return done
}

func (p *passing) handOver(ctx context.Context, wait time.Duration) error {
	select {
	case <-p.serving:
	case <-ctx.Done():
		return ctx.Err()
	}
	if !p.one.TryLock() {
		return errors.New("another upgrade is under way")
	}
	defer p.one.Unlock()
	switch {
	case p.next != nil:
		return fmt.Errorf("process %d has taken over already", p.next.PID)
	case os.Getpid() == 1:
		return errors.New("it is process 1, with whose end that of the container comes: start a new container instead")
	}
	if r := p.witness.reloader; r != nil {
		r.one.Lock() // what is reloaded meanwhile the other would not know
		defer r.one.Unlock()
	}
	kept := p.witness.kept
	next, err := handover.Start(p.program, p.sockets, kept.Path(), p.stderr)
	if err != nil {
		return err
	}
	asked, goesOn := context.AfterFunc(ctx, next.End), context.AfterFunc(p.until, next.End)
	go kept.Lend(next.Asks)
	file, err := next.Ready(wait)
	if !asked() || !goesOn() { // from now on it serves, and nothing of ours may end it
		err = errors.Join(err, errors.New("nobody waits for it any more"))
	}
	if err == nil {
		err = p.change(next, file)
	}
	if err != nil {
		next.End()
		return err
	}
	p.next = next
	p.manager.MainPID(next.PID)
	next.Known()
	close(p.over)
	return nil
}

// change has the successor serve, with the file of the store if it keeps that too.
func (p *passing) change(next *handover.Successor, file string) error {
	kept := p.witness.kept
	if file == "" || file != kept.Path() {
		return next.Switch(switchTime)
	}
	returned, err := kept.Give()
	if err != nil {
		return err
	}
	if err := next.Switch(switchTime); err != nil {
		next.End() // then it has the file no more
		return errors.Join(err, returned(nil))
	}
	return returned(wire.NewClient(next.Answers))
}

// onSignal upgrades at each signal, until the context ends or another has taken over.
func (p *passing) onSignal(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.signals.upgrade:
			p.upgrade(ctx, defaultReady)
		}
	}
}
