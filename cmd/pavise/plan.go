package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/cmd/pavise/internal/cli"
	"pavise/controls/transport"
	"pavise/internal/handover"
	"pavise/proxy"
	"pavise/site"
)

// A plan is what flags and file come to. It has opened nothing: a ground makes it the
// configuration of a proxy.
type plan struct {
	file   *site.File         // with the flags laid over it
	cfg    proxy.Config       // without what the ground gives
	own    []site.Certificate // of the sites, as far as they have one
	notes  []string           // said when it takes over
	drain  time.Duration
	before *handover.Predecessor // nil: there is none
}

// planFrom builds the same plan from flags, a file, or both; a flag wins. Beside an error
// it has as much of the file as could be read.
func planFrom(f serveFlags) (*plan, error) {
	if f.onChange && f.config == "" {
		return &plan{file: new(site.File)}, cli.Usage("--config pavise.yaml", "--reload-on-change is for a configuration in a file")
	}
	file, notes, err := fileOf(f)
	p := &plan{file: file, notes: notes, cfg: proxy.Config{HTTPS: file.Listen.HTTPS, HTTP: file.Listen.HTTP}}
	if err == nil {
		err = p.lay(f)
	}
	return p, err
}

// lay lays the flags over the file, and judges what both come to.
func (p *plan) lay(f serveFlags) (err error) {
	file := p.file
	p.override(f)
	if err := ownServed(file, f.config, p.file.State); err != nil {
		return err
	}
	if err := errors.Join(p.http3(f, file.Listen.HTTP3), p.balancers(f, file)); err != nil {
		return err
	}
	p.listenDefaults(f, file)
	if p.drain, err = drainOf(f, file); err != nil {
		return err
	}
	if err := f.acme.check(); err != nil {
		return err
	}
	if err := errors.Join(listenable("--listen", p.cfg.HTTPS), listenable("--http", p.cfg.HTTP)); err != nil {
		return err
	}
	if err := clash(p.cfg.HTTPS, p.cfg.HTTP); err != nil {
		return err
	}
	for i := range file.Sites {
		if err := p.add(&file.Sites[i], f); err != nil {
			return err
		}
	}
	file.Listen.HTTPS, file.Listen.HTTP, file.Listen.HTTP3 = p.cfg.HTTPS, p.cfg.HTTP, onOff(!p.cfg.TCPAlone)
	p.exposeDashboard()
	return nil
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// fileOf reads the configuration, or makes up the one that the flags mean, and
// lays the flags over its site.
func fileOf(f serveFlags) (*site.File, []string, error) {
	file := &site.File{Sites: []site.Site{{Hosts: []string{"localhost", "127.0.0.1", "::1"},
		Policy: pavise.Recommend(catalog.Controls())}}}
	var notes []string
	if f.config != "" {
		var err error
		if file, err = cli.LoadFile(f.config); err != nil {
			return file, nil, err
		}
		for _, n := range file.Ended(time.Now()) {
			notes = append(notes, fmt.Sprintf("warning: %s:%d: %s", f.config, n.Line, n.Text))
		}
	} else if f.to == "" {
		return file, nil, cli.Usage(nearServe(f.hosts), "where does the app listen? --to or --config must say")
	}
	over, err := overrideSite(file, f)
	return file, append(notes, over...), err
}

// nearServe is what to type instead of a command without --to: an address may
// stand where a host does.
func nearServe(hosts []string) string {
	if len(hosts) > 0 {
		if _, err := proxy.ParseUpstream(hosts[0]); err == nil {
			return "pavise serve --to " + hosts[0]
		}
	}
	if _, err := os.Stat(cli.ConfigFile); err == nil {
		return "there is a " + cli.ConfigFile + " here: pavise serve --config " + cli.ConfigFile
	}
	return "pavise serve --to 127.0.0.1:3000"
}

func overrideSite(file *site.File, f serveFlags) ([]string, error) {
	if (f.cert == "") != (f.key == "") {
		return nil, cli.Usage("--cert fullchain.pem --key key.pem", "--cert and --key go together")
	}
	if f.to == "" && len(f.hosts) == 0 && f.cert == "" {
		return nil, nil
	}
	if len(file.Sites) > 1 {
		return nil, cli.Usage("change "+f.config+" instead", "HOST, --to and --cert are for one site, and %s has %d", f.config, len(file.Sites))
	}
	s, notes := &file.Sites[0], []string(nil)
	beat := func(what, flag string, was bool) {
		if was && f.config != "" {
			notes = append(notes, fmt.Sprintf("%s %s beats %s", what, flag, f.config))
		}
	}
	if f.to != "" {
		beat("--to", f.to, true)
		s.To = site.Backends{{At: f.to}}
	}
	if len(f.hosts) > 0 {
		hosts, err := site.Hosts(f.hosts)
		if err != nil {
			return nil, cli.Usage("pavise serve shop.example.com --to 127.0.0.1:3000", "%w", err)
		}
		beat("HOST", strings.Join(hosts, " "), true)
		s.Hosts = hosts
	}
	if f.cert != "" {
		beat("--cert", f.cert, s.Cert != "")
		s.Certificate = site.Certificate{Cert: f.cert, Key: f.key}
	}
	return notes, nil
}

// warn keeps a warning until what stands is announced.
func (p *plan) warn(format string, args ...any) {
	p.notes = append(p.notes, "warning: "+fmt.Sprintf(format, args...))
}

func (p *plan) override(f serveFlags) {
	set := func(to *string, flag, value string) {
		if value == "" {
			return
		}
		if *to != "" {
			p.notes = append(p.notes, fmt.Sprintf("%s %s beats %s", flag, value, f.config))
		}
		*to = value
	}
	set(&p.cfg.HTTPS, "--listen", f.https)
	set(&p.cfg.HTTP, "--http", f.http)
	set(&p.file.State, "--state", f.state)
	set(&p.file.SecretFile, "--secret-file", f.secretFile)
	if f.store != "" {
		if p.file.Store.URL != "" {
			p.notes = append(p.notes, fmt.Sprintf("--store %s beats %s", masked(f.store), f.config))
		}
		if masked(f.store) != f.store {
			p.warn("everybody on this machine can see the password in --store; put it into a file: --store 'redis://HOST:PORT?password-file=FILE'")
		}
		p.file.Store = site.Store{URL: f.store}
	}
	set(&p.file.ACME.Email, "--acme-email", f.acme.email)
	set(&p.file.ACME.Directory, "--acme-directory", f.acme.directory)
	set(&p.file.ACME.CARoot, "--acme-root", f.acme.root)
	set(&p.file.ACME.Profile, "--acme-profile", f.acme.profile)
	p.file.ACME.Off = p.file.ACME.Off || f.acme.mode == "off"
}

// http3 leaves HTTP/3 out where file or flag say so.
func (p *plan) http3(f serveFlags, want string) error {
	if f.http3 != "" {
		if f.http3 != "on" && f.http3 != "off" {
			return cli.Usage("--http3 off", "--http3 must be on or off, not %q", f.http3)
		}
		if want != "" && want != f.http3 {
			p.notes = append(p.notes, fmt.Sprintf("--http3 %s beats %s", f.http3, f.config))
		}
		want = f.http3
	}
	p.cfg.TCPAlone = want == "off"
	return nil
}

// balancers are those of the flag, else those of the file.
func (p *plan) balancers(f serveFlags, file *site.File) error {
	list := file.Listen.ProxyProtocol
	if f.balancers != nil {
		if list != nil {
			p.notes = append(p.notes, fmt.Sprintf("--proxy-protocol %s beats %s", strings.Join(f.balancers, ","), f.config))
		}
		list = f.balancers
	}
	file.Listen.ProxyProtocol = list
	var err error
	if p.cfg.ProxyProtocol, err = list.Prefixes(); err != nil {
		return cli.Usage("--proxy-protocol 10.0.0.0/8,192.0.2.7", "--proxy-protocol: %w", err)
	}
	return nil
}

// listenDefaults stays on loopback until a host is named.
func (p *plan) listenDefaults(f serveFlags, file *site.File) {
	https, http := "127.0.0.1:8443", "127.0.0.1:8080"
	if len(f.hosts) > 0 || f.config != "" {
		https, http = ":443", ":80"
	}
	if p.cfg.HTTPS == "" {
		p.cfg.HTTPS = https
	}
	switch p.cfg.HTTP {
	case "":
		p.cfg.HTTP = http
	case "off":
		p.cfg.HTTP = ""
	}
}

// listenable reports an address that a flag gives and nobody can listen at; those of
// the file have been judged.
func listenable(flag, at string) error {
	if at == "" || site.Address(at) {
		return nil
	}
	hint := flag + " :8443, or 127.0.0.1:8443, or [::1]:8443"
	if site.Address(":" + at) {
		hint = flag + " :" + at
	}
	return cli.Usage(hint, "%s: %q is no address with a port", flag, at)
}

// clash reports that https and plain http would listen at one address.
func clash(https, http string) error {
	if http != https || strings.HasSuffix(http, ":0") {
		return nil
	}
	return cli.Usage("--http off, or listen: {http: off}, or a port of its own", "https and plain http cannot both listen at %s", http)
}

func (p *plan) add(s *site.Site, f serveFlags) error {
	if s.Disabled {
		return nil
	}
	served, err := p.served(s, f)
	if err != nil {
		return err
	}
	policy := s.Policy
	if f.observe {
		policy = observing(policy)
	}
	if err := policy.Validate(); err != nil {
		return cli.Usage("pavise check "+f.config, "%w", err)
	}
	served.Policy = policy
	p.cfg.Sites = append(p.cfg.Sites, served)
	p.own = append(p.own, s.Certificate)
	return nil
}

// observing puts every control that may refuse in Observe mode.
func observing(policy pavise.Policy) pavise.Policy {
	out := slices.Clone(policy)
	for _, c := range policy.Controls() {
		if c.Doc().Refuses {
			out = append(out, pavise.Setting{Control: c, Mode: pavise.Observe, Reason: "--observe"})
		}
	}
	return out
}

// bindsSubdomains returns the hosts whose subdomains HSTS will bind. Those of this
// machine have none that anybody would miss.
func bindsSubdomains(s proxy.Site, now time.Time) string {
	for _, c := range s.Policy.Controls() {
		hsts, ok := c.(transport.HSTS)
		if !ok || hsts.ExcludeSubdomains || !s.Policy.Enforced(c.Doc().ID, now) {
			continue
		}
		named := slices.DeleteFunc(slices.Clone(s.Hosts), func(h string) bool { return !pavise.Named(h) || pavise.Local(h) })
		return strings.Join(named, ", ")
	}
	return ""
}
