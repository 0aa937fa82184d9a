package examine

import (
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"pavise/catalog"
	"pavise/cmd/pavise/internal/cli"
	"pavise/scan"
)

// joinedFlags say which site runs what is on disk, and how it is reached.
type joinedFlags struct {
	siteFlags
	networkFlags
	boundFlags
	url, config string
	only        []string // those that say nothing without a site
}

func (f *joinedFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.url, "joined", "", "look at the site at `URL`, too, that runs what is on disk, and lay one beside the other")
	site := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.siteFlags.add(site)
	f.networkFlags.add(site)
	f.boundFlags.add(site)
	site.StringVar(&f.config, "config", "", "judge by the settings in `FILE`, pavise.yaml")
	site.VisitAll(func(flag *pflag.Flag) {
		f.only = append(f.only, flag.Name)
	})
	flags.AddFlagSet(site)
	f.networkFlags.flags, f.boundFlags.given = flags, flags.Changed
}

// visit is the look at the site, nil if there is to be none.
func (f auditFlags) visit(c *cobra.Command) (*visit, error) {
	if f.url == "" {
		return nil, f.siteless(c)
	}
	timeout := f.timeout
	if !c.Flags().Changed("timeout") {
		timeout = scan.DefaultTime
	}
	v := visit{typed: f.url}
	var err error
	if v.options, err = optionsOf(timeout, f.siteFlags.into, f.Flags.Into, f.boundFlags.into, f.networkFlags.into); err != nil {
		return nil, err
	}
	t, err := scan.ParseTarget(f.url)
	if err != nil {
		return nil, cli.Usage("pavise audit --joined https://shop.example.com", "--joined: %w", err)
	}
	own := &v.options.Target
	own.URL, own.Start, own.Clear, own.TLS = t.URL, t.Start, t.Clear, t.TLS
	if v.standing, err = standingOf(f.config, *own); err != nil {
		return nil, err
	}
	v.asks = slices.Concat(v.policy.Controls(), catalog.Joined())
	return &v, nil
}

// siteless reports a flag that is of a site, where none is named.
func (f joinedFlags) siteless(c *cobra.Command) error {
	for _, name := range f.only {
		if c.Flags().Changed(name) {
			return cli.Usage("pavise audit --joined https://shop.example.com --"+name+" …", "--%s is of a site: --joined names it", name)
		}
	}
	return nil
}

// joined reports whether a site was looked at, too.
func (s sighting) joined() bool { return s.Target.Host() != "" }

// join looks at the site, and makes one evidence of both. The site is asked after the
// disk was read: what listens there is tried from outside.
func (s *sighting) join(c *cobra.Command, v visit, to []destination) error {
	disk := s.Evidence
	v.options.Project, v.options.Machine = disk.Project, disk.Machine
	e, effort := v.evidence(c, "")
	if err := unanswered(e, v, to); err != nil && c.Context().Err() == nil {
		return err
	}
	for _, a := range disk.Answers {
		if e.Answer(a.Probe) == nil {
			e.Add(a)
		}
	}
	effort.Elapsed += s.effort.Elapsed
	s.Evidence, s.effort, s.site = e, effort, v.standing
	return nil
}
