package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/authority"
	"pavise/proxy"
)

type serveFlags struct {
	hosts       []string
	to          string
	https, http string
	http3       string
	cert, key   string
	config      string
	state       string
	secretFile  string
	store       string
	logFormat   string
	allowRemote bool
	onChange    bool
	unproven    bool
	observe     bool
	balancers   []string
	drain       time.Duration
	acme        acmeFlags
}

func serveCommand() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use:   "serve [HOST ...] --to ADDR",
		Short: "Stand in front of an app",
		Long: "Serve stands in front of an app: TLS, redirect, headers, cookies, origin check, own error pages.\n" +
			"Without a HOST it listens on loopback alone, at https://localhost:8443 and http://localhost:8080;\n" +
			"with one at :443 and :80.",
		Example: "  pavise serve --to 127.0.0.1:3000\n" +
			"  pavise serve shop.example.com --to 127.0.0.1:3000 --cert fullchain.pem --key key.pem\n" +
			"  pavise serve --config pavise.yaml\n" +
			"  pavise serve --config pavise.yaml --store 'rediss://redis.internal:6379?password-file=/etc/pavise/redis'",
		RunE: func(c *cobra.Command, args []string) error {
			f.hosts = args
			return serve(c, f)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.to, "to", "", "where the app listens: `ADDR` is 3000, 127.0.0.1:3000, https://HOST:PORT or unix:/PATH")
	flags.StringVar(&f.https, "listen", "", "`ADDR` for https (default :443 with a HOST, else 127.0.0.1:8443)")
	flags.StringVar(&f.http, "http", "", "`ADDR` for plain http, which leads to https; \"off\" for none (default :80 with a HOST, else 127.0.0.1:8080)")
	flags.StringVar(&f.http3, "http3", "", "`MODE` of HTTP/3, at the UDP port of https: on or off (default on)")
	c.RegisterFlagCompletionFunc("http3", cobra.FixedCompletions([]string{"on", "off"}, cobra.ShellCompDirectiveNoFileComp))
	flags.StringSliceVar(&f.balancers, "proxy-protocol", nil, "load balancers at `CIDRS` must send the PROXY protocol, and alone are believed in it")
	flags.StringVar(&f.cert, "cert", "", "PEM `FILE` of a certificate of your own and its chain; read again when it changes")
	flags.StringVar(&f.key, "key", "", "PEM `FILE` of its key")
	flags.StringVar(&f.config, "config", "", "`FILE` with sites and settings, pavise.yaml; flags beat it")
	flags.StringVar(&f.state, "state", "", "`DIR` for keys and certificates (default the user's state directory)")
	flags.StringVar(&f.store, "store", "", "`URL` of where to remember things: memory, file:/PATH, redis://HOST:PORT, rediss:// or unix:///PATH (default a file in the state directory)")
	c.RegisterFlagCompletionFunc("store", cobra.FixedCompletions([]string{"memory", "file:/", "redis://", "rediss://", "unix:///"},
		cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
	flags.StringVar(&f.secretFile, "secret-file", "", "`FILE` of secrets that several nodes share (default one of this machine, in the state directory)")
	flags.StringVar(&f.logFormat, "log-format", "text", "`FORMAT` of the log: text or json")
	c.RegisterFlagCompletionFunc("log-format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	flags.BoolVar(&f.allowRemote, "allow-remote-upstream", false, "let the app be on another machine, where others may reach it too")
	flags.BoolVar(&f.onChange, "reload-on-change", false, "take up the file of --config anew when it changes, or a file that it names")
	flags.DurationVar(&f.drain, "drain", 0, "how long what runs may take to end when we stop, or have handed over: `TIME` (default 1m)")
	flags.BoolVar(&f.unproven, "unproven", false, "serve even what the self-proof says does not hold: for an emergency")
	flags.BoolVar(&f.observe, "observe", false, "report what would be refused, and let it pass")
	f.acme.add(c)
	return c
}

func serve(c *cobra.Command, f serveFlags) (err error) {
	log, say, err := cli.NewVoice(c.ErrOrStderr(), f.logFormat)
	if err != nil {
		return err
	}
	passing, err := newPassing(say, c.ErrOrStderr())
	if err != nil {
		return err
	}
	defer func() { passing.failed(err) }()
	witness := &witness{started: time.Now(), passing: passing}
	witness.reloader = newReloader(f, say, witness)
	plan, err := witness.reloader.first()
	if err != nil {
		return err
	}
	passing.planned(plan)
	ground, err := openGround(c.Context(), plan, proxy.NewJournal(log, nil))
	if err != nil {
		return err
	}
	defer ground.close()
	witness.ground = ground
	cfg, proofs, err := witness.reloader.proven(c.Context(), plan)
	if err != nil {
		return err
	}
	witness.sites.Store(&cfg.Sites)
	witness.proofs.Store(&proofs)
	if witness.eyes, err = openEyes(plan.file, say, c.ErrOrStderr(), passing.signals.reopen); err != nil {
		return err
	}
	defer witness.eyes.close()
	cfg.Observer = witness.eyes
	closePages := witness.openPages(c.Context(), say, plan, f.config)
	defer closePages()
	server, err := passing.prepare(cfg, witness)
	if err != nil {
		return ground.taken(err)
	}
	ground.tookOver(server, cfg.Sites) // before a reload can bring others
	witness.server.Store(server)
	closeOwner := answerOwner(say, plan.file.State, witness) // before there can be a refusal to ask about
	defer closeOwner()
	ground.announce(say, plan, cfg, proofs, server)
	ctx, stop := context.WithCancel(c.Context())
	defer stop()
	passing.serve(ctx, server)
	go tellJumps(ctx, say)
	go announceApps(ctx, say, cfg.Sites)
	witness.reloader.when(ctx, stop, passing.signals)
	select {
	case <-ctx.Done():
		return stopped(say, server, witness)
	case <-passing.over:
		witness.draining.Store(true)
		witness.sentry.retire()
		witness.eyes.retire()
		stop()
		closeOwner()
		closePages()
		return passing.retire(c.Context(), server)
	}
}

// openPages shows what is known here: metrics and health to machines, the dashboard to
// the operator.
func (w *witness) openPages(ctx context.Context, say cli.Say, p *plan, config string) (shut func()) {
	closeNumbers := w.tellNumbers(ctx, p.file.Metrics, say)
	closeDesk := w.openDesk(say, p, config)
	return func() {
		closeDesk()
		closeNumbers()
	}
}

// stopped lets running requests end.
func stopped(say cli.Say, server *proxy.Server, witness *witness) error {
	grace := witness.passing.stopping()
	witness.draining.Store(true)
	if server.Running() > 0 {
		say("stopping: running requests may take %s to end; a second signal ends at once", grace)
	} else {
		say("stopping")
	}
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	err := server.Stop(ctx)
	for _, n := range witness.journal.Counts() {
		say("%s: %s %d", n.Control, n.Action, n.Times)
	}
	if s := statusOf(witness.kept, witness.lost, witness.started); s.Shared {
		say("store: %s", s.numbers())
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("requests that ran for more than %s were cut off", grace)
	}
	return err
}

// announce says in a few lines what stands now.
func (g *ground) announce(say cli.Say, p *plan, cfg proxy.Config, proofs []siteProof, server *proxy.Server) {
	for _, note := range slices.Concat(p.notes, g.notes, warnings(proofs)) {
		say("%s", note)
	}
	now := time.Now()
	alike := "" // what was said of the site before: many sites have one policy
	for _, s := range cfg.Sites {
		if s.Handler != nil {
			say("%s is the dashboard", pavise.Origin("https", s.Hosts[0], server.HTTPS().Port))
			continue
		}
		say("%s stands in front of %s", pavise.Origin("https", s.Hosts[0], server.HTTPS().Port), inFront(s))
		alike = announcePolicy(say, s, now, alike)
	}
	if http := server.HTTP(); http != nil {
		host, when := cfg.Sites[0].Hosts[0], ""
		if m := g.manager.Load(); m != nil && slices.Contains(m.Waiting(), host) {
			when = " once there is a certificate"
		}
		say("%s leads to https%s", pavise.Origin("http", host, http.Port), when)
	}
	if len(cfg.ProxyProtocol) > 0 {
		say("PROXY protocol: required of %s, and believed from nobody else", networks(cfg.ProxyProtocol))
	}
	if showsLocal(cfg.Sites) {
		say("certificate of the local authority (%s); browsers accept it after: pavise trust", g.local.CertificateFile())
	}
	g.announceStore(say)
	g.announceACME(say, p, server)
}

// announceStore says who else knows what is remembered here. A file or memory of this
// machine's own goes without saying.
func (g *ground) announceStore(say cli.Say) {
	if g.kept.Shared() {
		say("%s remembers for every node that uses it, with the secret %s", g.kept, authority.Fingerprint(g.secret))
	}
}

func networks(list []netip.Prefix) string {
	var names []string
	for _, p := range list {
		if p.IsSingleIP() {
			names = append(names, p.Addr().String())
		} else {
			names = append(names, p.String())
		}
	}
	return strings.Join(names, ", ")
}

// announcePolicy says what is on, unless the site before has the like, and returns it.
func announcePolicy(say cli.Say, s proxy.Site, now time.Time, before string) string {
	on, observed := cli.Families(s.Policy, now)
	if on != before {
		say("%s", on)
	}
	if observed != "" {
		say("observed, not enforced: %s", observed)
		say("headers, cookies and error pages are changed all the same")
	}
	if bind := bindsSubdomains(s, now); bind != "" {
		say("HSTS binds %s and every subdomain; to take that back: controls: {transport.hsts: {exclude-subdomains: true}}", bind)
	}
	return on
}
