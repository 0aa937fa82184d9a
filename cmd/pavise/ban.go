package main

import (
	"fmt"
	"io"
	"net/netip"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/controls/clients"
	"pavise/proxy"
	"pavise/report"
)

// A banStatus is a ban as the owner is told of it.
type banStatus struct {
	pavise.Ban
	pavise.Location
	// Allowed are the sites whose allow list has the address, so that the ban does
	// nothing there.
	Allowed []string `json:"allowed,omitempty"`
}

// told is what there is to know of a ban.
func (g *sentry) told(b pavise.Ban, sites []proxy.Site) banStatus {
	s := banStatus{Ban: b}
	if locate := sites[0].Locate; locate != nil { // all have the same
		s.Location = locate(b.Network.Addr())
	}
	for _, site := range sites {
		for _, c := range site.Policy.Controls() {
			if bans, ok := c.(clients.Bans); ok && bans.Allows(b.Network) {
				s.Allowed = append(s.Allowed, site.Hosts[0])
			}
		}
	}
	return s
}

func banCommand() *cobra.Command {
	group := &cobra.Command{
		Use:   "ban",
		Short: "Keep addresses away, and show who is",
		Long: "Ban adds, lists and removes bans: at every site, on every node that shares the store, within a second. A banned\n" +
			"client is answered 403 with an id, of which pavise why tells. Pavise also bans by itself, for a while, who does\n" +
			"what no browser does: pavise controls clients.bans. The allow list there wins over every ban.",
		Example: "  pavise ban add 192.0.2.7 --reason 'card testing'\n  pavise ban list\n  pavise ban remove 192.0.2.7",
	}
	group.AddCommand(banAddCommand(), banListCommand(), banRemoveCommand())
	return group
}

func banAddCommand() *cobra.Command {
	var state, reason string
	var life time.Duration
	c := &cobra.Command{
		Use:   "add ADDRESS|CIDR",
		Short: "Keep an address or a network away",
		Long: "Add keeps an address or a network away until the time is over. An address of IPv6 means its /64, which is what one\n" +
			"subscriber has. Behind an address of IPv4 may be an office or a whole mobile network.",
		Example: "  pavise ban add 192.0.2.7\n  pavise ban add 198.51.100.0/24 --for 168h --reason 'card testing'",
		RunE: func(c *cobra.Command, args []string) error {
			network, err := oneNetwork("add", args)
			if err != nil {
				return err
			}
			now := time.Now()
			b := pavise.Ban{Network: network, Since: now.UTC(), Ends: now.Add(life).UTC(), Reason: reason}
			list, err := cli.Order[banStatus](c.Context(), state, "/bans", b)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.ErrOrStderr(), "pavise: %s is kept away until %s\n", network, b.Ends.Format(time.DateTime))
			for _, s := range list {
				if len(s.Allowed) > 0 {
					fmt.Fprintf(c.ErrOrStderr(), "pavise: warning: the allow list of %s has it, and wins\n", report.Line(strings.Join(s.Allowed, ", ")))
				}
			}
			return nil
		},
	}
	cli.StateFlag(c, &state)
	c.Flags().DurationVar(&life, "for", 24*time.Hour, "how long, at most 8784h: `TIME` is 24h or 30m")
	c.Flags().StringVar(&reason, "reason", "", "why, for you: `TEXT`")
	return c
}

func oneNetwork(verb string, args []string) (netip.Prefix, error) {
	if len(args) != 1 {
		return netip.Prefix{}, cli.Usage("pavise ban "+verb+" 192.0.2.7", "%s takes one address or network", verb)
	}
	network, err := networkOf(args[0])
	if err != nil {
		return network, cli.Usage("pavise ban "+verb+" 192.0.2.7", "%w", err)
	}
	return network, nil
}

func banListCommand() *cobra.Command {
	var state string
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List who is banned, for how long and what for",
		Long: "List shows the bans that have not ended, those of the owner and automatic ones, with country and network where\n" +
			"the configuration names databases under geoip.",
		Example: "  pavise ban list\n  pavise ban list --json",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			list, err := cli.Ask[banStatus](c.Context(), state, "/bans")
			if err != nil {
				return err
			}
			if asJSON {
				return cli.Indented(c.OutOrStdout(), list)
			}
			if len(list) == 0 {
				fmt.Fprintln(c.ErrOrStderr(), "pavise: nobody is banned")
			}
			return writeBans(c.OutOrStdout(), list, time.Now())
		},
	}
	cli.StateFlag(c, &state)
	c.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return c
}

func writeBans(to io.Writer, list []banStatus, now time.Time) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, s := range list {
		kind := "yours"
		if s.Automatic {
			kind = fmt.Sprintf("automatic, %d in a row", s.Times)
		}
		notes := strings.TrimSpace(placed(s.Location) + "  " + s.Reason)
		if len(s.Allowed) > 0 {
			notes += "  (let in at " + strings.Join(s.Allowed, ", ") + ": allowed there)"
		}
		fmt.Fprintf(w, "%s\t%s left\t%s\t%s\n", s.Network, clients.Left(s.Ends, now), kind, report.Line(notes))
	}
	return w.Flush()
}

// placed is where an address is, as far as the databases that are named say.
func placed(l pavise.Location) string {
	if l.AS == 0 {
		return l.Country
	}
	return strings.TrimSpace(fmt.Sprintf("%s AS%d %s", l.Country, l.AS, l.Name))
}

func banRemoveCommand() *cobra.Command {
	var state string
	c := &cobra.Command{
		Use:     "remove ADDRESS|CIDR",
		Short:   "Let an address or a network in again",
		Long:    "Remove ends a ban at once, on every node. An address that lies in a banned network needs the network named.",
		Example: "  pavise ban remove 192.0.2.7",
		ValidArgsFunction: cli.Completed(&state, "/bans", func(b banStatus) string {
			if b.Network.IsSingleIP() {
				return b.Network.Addr().String()
			}
			return b.Network.String()
		}),
		RunE: func(c *cobra.Command, args []string) error {
			network, err := oneNetwork("remove", args)
			if err != nil {
				return err
			}
			list, err := cli.Order[bool](c.Context(), state, "/bans/remove", pavise.Ban{Network: network})
			if err != nil {
				return err
			}
			for _, was := range list {
				if was {
					fmt.Fprintf(c.ErrOrStderr(), "pavise: %s is let in again\n", network)
					return nil
				}
			}
			return cli.Failed("pavise ban list", "%s is not banned", network)
		},
	}
	cli.StateFlag(c, &state)
	return c
}
