package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/acme"
	"pavise/proxy"
	"pavise/site"
)

// acmeFlags are the settings of ACME that most people need.
type acmeFlags struct{ mode, email, directory, root, profile string }

func (f *acmeFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.mode, "acme", "on", "`MODE` of certificates by ACME: on for public names, or off, which leaves all to the local authority")
	flags.StringVar(&f.email, "acme-email", "", "mail `ADDR` of the account at the certificate authority")
	flags.StringVar(&f.directory, "acme-directory", "", "`URL` of the authority's directory (default Let's Encrypt's); asked for every named HOST")
	flags.StringVar(&f.root, "acme-root", "", "PEM `FILE` of the roots to trust the directory by")
	flags.StringVar(&f.profile, "acme-profile", "", "`NAME` of a profile that the directory lists, such as shortlived")
	c.RegisterFlagCompletionFunc("acme", cobra.FixedCompletions([]string{"on", "off"}, cobra.ShellCompDirectiveNoFileComp))
}

// check reports a flag that cannot be meant so.
func (f acmeFlags) check() error {
	switch {
	case f.mode != "" && f.mode != "on" && f.mode != "off":
		return cli.Usage("--acme off", "--acme must be on or off, not %q", f.mode)
	case f.email != "" && !site.Email(f.email):
		return cli.Usage("--acme-email admin@shop.example.com", "%q is no mail address", f.email)
	case f.mode == "off" && f != acmeFlags{mode: "off"}:
		return cli.Usage("leave out --acme off, or the others", "--acme off asks no authority: the other --acme-… flags do nothing")
	case f.directory != "" && !site.Directory(f.directory):
		return cli.Usage("--acme-directory https://ca.example.com/acme/directory", "%q is not the https address of a directory", f.directory)
	}
	if f.root != "" {
		if _, err := rootsIn(f.root); err != nil {
			return cli.Usage("--acme-root ca.pem, a PEM file of certificates", "--acme-root %w", err)
		}
	}
	return nil
}

// rootsIn reads the PEM file; an error begins with its name.
func rootsIn(file string) (*x509.CertPool, error) {
	data, err := os.ReadFile(file)
	roots := x509.NewCertPool()
	if err == nil && !roots.AppendCertsFromPEM(data) {
		err = errors.New("there is no PEM certificate in it")
	}
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err // without the name
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", file, err)
	}
	return roots, err
}

// acmeConfig reads what the settings name; all that is wrong is reported at once.
func acmeConfig(a site.ACME) (acme.Config, error) {
	cfg := acme.Config{Directory: a.Directory, Email: a.Email, Profile: a.Profile, Challenges: a.Challenges,
		DNSHook: a.DNSHook, Resolvers: a.Resolvers, WarnHook: a.WarnHook, KeyID: a.KeyID, Now: time.Now}
	var errs []error
	if a.CARoot != "" {
		var err error
		cfg.Roots, err = rootsIn(a.CARoot)
		errs = append(errs, named("acme: ca-root", err))
	}
	if a.KeyFile != "" {
		data, err := os.ReadFile(a.KeyFile)
		cfg.MACKey = strings.TrimSpace(string(data))
		errs = append(errs, named("acme: eab-key-file", err))
	}
	for key, program := range map[string]string{"dns-hook": a.DNSHook, "warn-hook": a.WarnHook} {
		if program != "" {
			_, err := exec.LookPath(program)
			errs = append(errs, named("acme: "+key, err))
		}
	}
	return cfg, errors.Join(errs...)
}

func named(key string, err error) error {
	if err != nil {
		err = fmt.Errorf("%s: %w", key, err)
	}
	return err
}

// asks reports whether the host's certificate is asked of an authority: by default
// where a public one could give it, and by a directory of one's own for every name.
func (p *plan) asks(host string) bool {
	switch {
	case p.file.ACME.Off:
		return false
	case p.file.ACME.Directory != "":
		return !acme.Private(host)
	}
	return acme.Public(host)
}

// issued gives a site without a certificate of its own those of the authorities.
func (g *ground) issued(p *plan, s *proxy.Site) error {
	var local []string
	s.ByHost = map[string]proxy.Certificates{}
	for _, host := range s.Hosts {
		if !p.asks(host) {
			local = append(local, host)
			continue
		}
		fallback, err := g.leaf(p, []string{host})
		if err != nil {
			return err
		}
		manager, err := g.manage(p)
		if err != nil {
			return err
		}
		s.ByHost[host] = manager.Host(host, fallback)
	}
	if local == nil {
		return nil
	}
	leaf, err := g.leaf(p, local)
	s.Certificate = leaf
	return err
}

// manage makes the manager when the first host needs it.
func (g *ground) manage(p *plan) (*acme.Manager, error) {
	if m := g.manager.Load(); m != nil {
		return m, nil
	}
	cfg, err := acmeConfig(p.file.ACME)
	if err != nil {
		return nil, cli.Usage("pavise check, for a configuration", "%s", cli.OneLine(err))
	}
	if p.cfg.HTTP == "" && slices.Equal(cfg.Challenges, []string{acme.HTTP01}) {
		return nil, cli.Usage("--http :80, or acme: {challenges: [tls-alpn-01]}", "http-01 needs plain http, which is off")
	}
	if cfg.Dir, err = cli.StateDir(p.file.State); err != nil {
		return nil, err
	}
	if g.kept.Shared() {
		cfg.Store = g.kept.Slow()
	}
	cfg.Log, cfg.Warned = g.journal.Certificates, g.journal.CertificateInDanger
	m := acme.New(cfg)
	g.manager.Store(m)
	return m, nil
}

// asksNobody has no authority asked any more.
func (g *ground) asksNobody() {
	if m := g.manager.Swap(nil); m != nil {
		m.Stop()
	}
}

// announceACME says who is asked for certificates, that this is agreed to, and where
// the authority will ask back.
func (g *ground) announceACME(say cli.Say, p *plan, server *proxy.Server) {
	manager := g.manager.Load()
	if manager == nil {
		return
	}
	who := p.directory()
	if u, err := url.Parse(who); err == nil {
		who = u.Host
	}
	say("certificates come from %s, to whose terms you agree by this; --acme off stays with the local authority", who)
	if waiting := manager.Waiting(); waiting != nil {
		say("until it has issued those for %s, the local authority's are shown", strings.Join(waiting, ", "))
	}
	if p.file.ACME.DNSHook != "" {
		return
	}
	if at := server.HTTPS(); at.Port != 443 {
		say("it asks back at port 443 of the host, which must lead to %s", at)
	}
	if at := server.HTTP(); at != nil && at.Port != 80 {
		say("it asks back at port 80 of the host, which must lead to %s", at)
	}
}
