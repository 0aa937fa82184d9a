package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/controls/clients"
	"pavise/report"
)

func windowCommand() *cobra.Command {
	group := &cobra.Command{
		Use:   "window",
		Short: "Let a scan vendor's addresses be for a while",
		Long: "Window opens and closes protection windows: for so long bans, rate limits, the login guard, countries and the\n" +
			"bound on connections only observe clients of the addresses that are named, so that a scan is not interfered\n" +
			"with. Everything else stays: TLS, headers, strict HTTP, origins, hosts, sizes, files left behind.",
		Example: "  pavise window open --from 64.39.96.0/20 --for 4h --reason 'quarterly ASV scan'\n  pavise window list",
	}
	group.AddCommand(windowOpenCommand(), windowListCommand(), windowCloseCommand(), windowLogCommand())
	return group
}

type windowFlags struct {
	state, reason string
	from          []string
	anybody       bool
	life          time.Duration
}

func windowOpenCommand() *cobra.Command {
	var f windowFlags
	c := &cobra.Command{
		Use:   "open --from CIDRS --for TIME --reason TEXT",
		Short: "Open a window, on every node within a second",
		Long: "Open lets clients of some addresses be until the time is over. It ends by itself, is known to every node that\n" +
			"shares the store, outlives a restart, and is written into the log, pavise status and the file windows.log.",
		Example: "  pavise window open --from 64.39.96.0/20,139.87.112.0/23 --for 4h --reason 'quarterly ASV scan'\n" +
			"  pavise window open --anybody --for 1h --reason 'load test from everywhere'",
		Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error { return openWindow(c, f) },
	}
	cli.StateFlag(c, &f.state)
	c.Flags().StringSliceVar(&f.from, "from", nil, "addresses or networks `CIDRS` of whoever scans")
	c.Flags().BoolVar(&f.anybody, "anybody", false, "in place of --from: for whoever comes, at most 8h")
	c.Flags().DurationVar(&f.life, "for", 0, "how long, at most 168h: `TIME` is 4h or 90m")
	c.Flags().StringVar(&f.reason, "reason", "", "why, for the log: `TEXT`")
	return c
}

func openWindow(c *cobra.Command, f windowFlags) error {
	v, err := f.window(time.Now())
	if err != nil {
		return cli.Usage("pavise window open --from 64.39.96.0/20 --for 4h --reason 'quarterly ASV scan'", "%s", cli.OneLine(err))
	}
	if _, err := cli.Order[pavise.Window](c.Context(), f.state, "/windows", v); err != nil {
		return err
	}
	fmt.Fprintln(c.OutOrStdout(), v.ID)
	fmt.Fprintf(c.ErrOrStderr(), "pavise: %s\npavise: to end it before: pavise window close %s\n", windowInWords(v, time.Now()), v.ID)
	return nil
}

// window is what the flags mean.
func (f windowFlags) window(now time.Time) (pavise.Window, error) {
	v := pavise.Window{Opened: now.UTC().Truncate(time.Second), Ends: now.Add(f.life).UTC(), Reason: f.reason, By: cli.Whoami()}
	switch {
	case f.anybody == (f.from != nil):
		return v, errors.New("whom is it for? --from names addresses, or --anybody says whoever comes")
	case f.life <= 0:
		return v, errors.New("how long shall it be open? --for must say")
	case f.anybody:
		v.From = clients.Anybody()
	default:
		var err error
		if v.From, err = pavise.Networks(f.from).Prefixes(); err != nil {
			return v, fmt.Errorf("--from: %w", err)
		}
	}
	v.ID = newWindowID()
	return v, clients.CheckWindow(v, now)
}

func windowListCommand() *cobra.Command {
	var state string
	var asJSON bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the windows that are open",
		Long:    "List shows the windows that are open, the one that ends first at the top.",
		Example: "  pavise window list\n  pavise window list --json",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			list, err := cli.Ask[pavise.Window](c.Context(), state, "/windows")
			if err != nil {
				return err
			}
			if asJSON {
				return cli.Indented(c.OutOrStdout(), list)
			}
			for _, v := range list {
				fmt.Fprintln(c.OutOrStdout(), windowInWords(v, time.Now()))
			}
			if len(list) == 0 {
				fmt.Fprintln(c.ErrOrStderr(), "pavise: no window is open")
			}
			return nil
		},
	}
	cli.StateFlag(c, &state)
	c.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return c
}

func windowCloseCommand() *cobra.Command {
	var state string
	c := &cobra.Command{
		Use:               "close ID",
		Short:             "End a window before its time, on every node",
		Long:              "Close ends a window at once. pavise window list has the ids.",
		Example:           "  pavise window close 5f0c3b1e",
		ValidArgsFunction: cli.Completed(&state, "/windows", func(w pavise.Window) string { return w.ID }),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usage("pavise window list has the ids", "close takes the one id of a window")
			}
			closed, err := cli.Order[pavise.Window](c.Context(), state, "/windows/close", pavise.Window{ID: args[0], By: cli.Whoami()})
			if err == nil && len(closed) == 0 {
				return cli.Failed("pavise window list", "no window %s is open", report.Line(args[0]))
			}
			return err
		},
	}
	cli.StateFlag(c, &state)
	return c
}

// windowInWords says in a line what a window is.
func windowInWords(v pavise.Window, now time.Time) string {
	from := networks(v.From)
	if len(v.From) > 0 && v.From[0].Bits() == 0 {
		from = "anybody"
	}
	text := fmt.Sprintf("protection window %s lets %s be until %s (%s left): %s", v.ID, from,
		v.Ends.UTC().Format(time.DateTime), clients.Left(v.Ends, now), v.Reason)
	if v.By != "" {
		text += ", by " + v.By
	}
	return report.Line(text)
}

// networkOf reads what is to be banned: an address means its subscriber.
func networkOf(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return pavise.Subscriber(a), nil
	}
	return pavise.ParseNetwork(text)
}

// newWindowID is short enough to type.
func newWindowID() string {
	var id [4]byte
	rand.Read(id[:])
	return hex.EncodeToString(id[:])
}
