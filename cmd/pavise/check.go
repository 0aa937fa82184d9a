package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/authority"
	"pavise/proxy"
	"pavise/site"
)

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "check [FILE]",
		Short:   "Read a configuration and report every mistake at once",
		Long:    "Check reads FILE, pavise.yaml if none is named. It exits with 2 if there is a mistake, or an exception or acceptance has ended.",
		Example: "  pavise check\n  pavise check /etc/pavise/pavise.yaml",
		RunE: func(c *cobra.Command, args []string) error {
			name := cli.ConfigFile
			if len(args) > 1 {
				return cli.Usage("pavise check "+args[0], "check takes one file, not %d", len(args))
			} else if len(args) == 1 {
				name = args[0]
			}
			return check(c, name)
		},
	}
}

func check(c *cobra.Command, name string) error {
	file, err := cli.ReadFile(name)
	var mistakes site.Errors
	switch {
	case errors.As(err, &mistakes):
		fmt.Fprintln(c.ErrOrStderr(), mistakes)
	case errors.Is(err, fs.ErrNotExist):
		return cli.Usage("pavise check FILE", "there is no %s here", name)
	case err != nil:
		return cli.Usage("pavise check FILE", "%w", err)
	}
	now, wrong := time.Now(), len(mistakes)
	if wrong == 0 {
		wrong = missing(c, name, file)
	}
	for _, n := range file.Ended(now) {
		fmt.Fprintf(c.ErrOrStderr(), "%s:%d: %s\n", name, n.Line, n.Text)
		if n.Ended {
			wrong++
		}
	}
	if wrong > 0 {
		fmt.Fprintf(c.ErrOrStderr(), "pavise: %s has %s\n", name, pavise.Plural(wrong, "mistake"))
		return cli.Exit(cli.ExitUsage)
	}
	for _, s := range file.Sites {
		on, _ := cli.Families(s.Policy, now)
		fmt.Fprintf(c.OutOrStdout(), "%s: %s to %s; %s; %s\n", name, s.Hosts[0], leadsTo(&s), on, pavise.Plural(len(s.Except), "exception"))
		checkListings(c, name, &s)
		for _, x := range s.Except {
			fmt.Fprintf(c.OutOrStdout(), "%s:%d: %s\n", name, x.Line, x)
		}
		for _, a := range s.Accept {
			fmt.Fprintf(c.OutOrStdout(), "%s:%d: %s\n", name, a.Line, a)
		}
	}
	return nil
}

// missing looks for what the file names beside it, and counts what serve could not use.
func missing(c *cobra.Command, name string, file *site.File) int {
	wrong := 0
	tell := func(line int, err error) {
		if err != nil {
			wrong++
			said := cli.OneLine(err)
			if hint := cli.HintOf(err); hint != "" {
				said += " (" + hint + ")"
			}
			fmt.Fprintf(c.ErrOrStderr(), "%s:%d: %s\n", name, line, said)
		}
	}
	for line, err := range file.Missing() {
		tell(line, err)
	}
	refusedCertificates(file, tell)
	https, http := cmp.Or(file.Listen.HTTPS, ":443"), cmp.Or(file.Listen.HTTP, ":80")
	tell(file.Listen.Line, named("listen", clash(https, http)))
	unguarded(file, tell, https, http)
	tell(1, ownServed(file, name, file.State))
	_, err := locate(file.GeoIP, nil) // finds nothing, and so has nothing to tell
	tell(file.GeoIP.Line, err)
	_, err = acmeConfig(file.ACME)
	tell(file.ACME.Line, err)
	tell(file.Store.Line, storeFault(file.Store))
	if file.SecretFile != "" {
		_, err = authority.ReadSecrets(file.SecretFile)
		tell(file.SecretLine, named("secret-file", err))
	}
	return wrong
}

// unguarded tells of backends in front of which serve would not stand.
func unguarded(file *site.File, tell func(int, error), listening ...string) {
	for _, s := range file.Sites {
		if s.Disabled {
			continue
		}
		for _, a := range s.Apps() {
			for _, b := range a.To {
				up, err := proxy.ParseUpstream(b.At)
				if err == nil {
					err = cli.Guardable(up, s.AllowRemoteUpstream, listening...)
				}
				tell(b.Line, err)
			}
		}
	}
}

// refusedCertificates reads the certificates of the sites and of the dashboard as serve
// would, and tells of those that it would not show.
func refusedCertificates(file *site.File, tell func(int, error)) {
	sites := slices.DeleteFunc(slices.Clone(file.Sites), func(s site.Site) bool { return s.Disabled })
	if d := file.Dashboard; d.Expose {
		sites = append(sites, site.Site{Hosts: []string{d.Host}, Certificate: d.Certificate, Line: d.Line})
	}
	for _, s := range sites {
		if s.Cert != "" {
			tell(s.Line, proxy.Site{Hosts: s.Hosts, Policy: s.Policy, Certificate: &proxy.Files{Cert: s.Cert, Key: s.Key}}.Check(time.Now))
		}
	}
}
