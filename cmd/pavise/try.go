package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/catalog"
	"pavise/cmd/pavise/internal/cli"
	"pavise/cmd/pavise/internal/examine"
	"pavise/internal/authority"
	"pavise/internal/weakshop"
	"pavise/proxy"
	"pavise/report"
	"pavise/scan"
	"pavise/site"
)

func tryCommand() *cobra.Command {
	var once, asJSON bool
	c := &cobra.Command{
		Use:   "try",
		Short: "See a weak shop before and behind the shield",
		Long: "Try starts a shop that is weak on purpose, scans it, puts Pavise in front of it, scans again, and\n" +
			"prints both verdicts. Then it stays up for you to look at. Everything happens on loopback.",
		Example: "  pavise try\n  pavise try --once --json",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return try(c, once, asJSON)
		},
	}
	c.Flags().BoolVar(&once, "once", false, "end after the verdicts: 0 if the naked shop fails and the shielded one holds, else 3")
	c.Flags().BoolVar(&asJSON, "json", false, "print both reports as JSON")
	return c
}

func try(c *cobra.Command, once, asJSON bool) error {
	shop, err := weakshop.Start()
	if err != nil {
		return err
	}
	defer shop.Close()
	local, forget, err := tryAuthority(once)
	if err != nil {
		return err
	}
	defer forget()
	stderr := &gate{to: c.ErrOrStderr()}
	journal := proxy.NewJournal(slog.New(slog.NewTextHandler(stderr, nil)), nil)
	policy := pavise.Recommend(catalog.Controls())
	cfg, err := tryConfig(shop, local, policy, journal)
	if err != nil {
		return err
	}
	server, err := proxy.Start(cfg)
	if err != nil {
		return err
	}
	naked := look(c.Context(), shop.Target(), local, policy)
	shielded := look(c.Context(), shieldedTarget(server), local, policy)
	if asJSON {
		err = report.CompareJSON(c.OutOrStdout(), naked, shielded)
	} else {
		err = report.Compare(c.OutOrStdout(), naked, shielded, cli.TextFor(c.OutOrStdout()))
	}
	if err != nil {
		return err
	}
	if !once {
		stderr.open.Store(true)
		out := c.OutOrStdout()
		if asJSON {
			out = c.ErrOrStderr()
		}
		fmt.Fprintf(out, "\nnaked     %s and %s\nshielded  %s\n", shop.Target().Clear, shop.Target().URL, shieldedTarget(server).URL)
		fmt.Fprintln(out, "Browsers accept the certificate after: pavise trust (and: pavise untrust). Ctrl-C ends both.")
		witness := &witness{ground: &ground{journal: journal}, started: time.Now()}
		witness.sites.Store(&cfg.Sites)
		witness.server.Store(server)
		defer witness.openDesk(cli.SayTo(c.ErrOrStderr()), &plan{file: new(site.File)}, "")()
		defer answerOwner(cli.SayTo(c.ErrOrStderr()), "", witness)()
		<-c.Context().Done()
		return stopped(cli.SayTo(c.ErrOrStderr()), server, witness)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	server.Stop(ctx)
	if err := report.Proven(naked, shielded); err != nil {
		fmt.Fprintf(c.ErrOrStderr(), "pavise: not proven: %v\n", err)
		return cli.Exit(cli.ExitFinding)
	}
	return nil
}

// tryAuthority is the one of this machine where the shop stays up to be looked
// at, and one for the moment where it does not.
func tryAuthority(once bool) (*authority.Authority, func(), error) {
	if !once {
		a, err := cli.OpenAuthority("")
		return a, func() {}, err
	}
	dir, err := os.MkdirTemp("", "pavise-try-")
	if err != nil {
		return nil, nil, err
	}
	a, err := authority.Open(dir)
	return a, func() { os.RemoveAll(dir) }, err
}

func tryConfig(shop *weakshop.Shop, local *authority.Authority, policy pavise.Policy, j *proxy.Journal) (proxy.Config, error) {
	up, err := proxy.ParseUpstream(shop.Address())
	hosts := []string{weakshop.Host}
	return proxy.Config{
		HTTPS: "127.0.0.1:0", HTTP: "127.0.0.1:0", Journal: j,
		Sites: []proxy.Site{{Hosts: hosts, Upstream: up, Policy: policy, Certificate: local.Leaf(hosts)}},
	}, err
}

func shieldedTarget(s *proxy.Server) pavise.Target {
	return pavise.Target{
		URL:   pavise.Origin("https", weakshop.Host, s.HTTPS().Port),
		Start: "/",
		Clear: pavise.Origin("http", weakshop.Host, s.HTTP().Port),
		TLS:   net.JoinHostPort(weakshop.Host, strconv.Itoa(s.HTTPS().Port)),
	}
}

func look(ctx context.Context, t pavise.Target, local *authority.Authority, policy pavise.Policy) *report.Report {
	t.Agreed = "the shop is ours" // the shop is ours
	customer := scan.Account{Account: weakshop.Account(t.URL), Password: weakshop.Password}
	return examine.Look(ctx, scan.Options{Target: t, Roots: local.Pool(), Accounts: []scan.Account{customer}}, policy)
}

// A gate lets the log through once it is open: before, the scan trips the
// controls on purpose, and nobody wants to read that.
type gate struct {
	open atomic.Bool
	to   io.Writer
}

func (g *gate) Write(b []byte) (int, error) {
	if !g.open.Load() {
		return len(b), nil
	}
	return g.to.Write(b)
}
