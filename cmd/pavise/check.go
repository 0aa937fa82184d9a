package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

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
			name := configFile
			if len(args) > 1 {
				return usage("pavise check "+args[0], "check takes one file, not %d", len(args))
			} else if len(args) == 1 {
				name = args[0]
			}
			return check(c, name)
		},
	}
}

func check(c *cobra.Command, name string) error {
	file, err := readFile(name)
	var mistakes site.Errors
	switch {
	case errors.As(err, &mistakes):
		fmt.Fprintln(c.ErrOrStderr(), mistakes)
	case errors.Is(err, fs.ErrNotExist):
		return usage("pavise check FILE", "there is no %s here", name)
	case err != nil:
		return usage("pavise check FILE", "%w", err)
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
		fmt.Fprintf(c.ErrOrStderr(), "pavise: %s has %s\n", name, plural(wrong, "mistake"))
		return exit(exitUsage)
	}
	for _, s := range file.Sites {
		on, _ := families(s.Policy, now)
		fmt.Fprintf(c.OutOrStdout(), "%s: %s to %s; %s; %s\n", name, s.Hosts[0], leadsTo(&s), on, plural(len(s.Except), "exception"))
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
	wrong := refusedCertificates(c, name, file)
	tell := func(line int, err error) {
		if err != nil {
			wrong++
			fmt.Fprintf(c.ErrOrStderr(), "%s:%d: %s\n", name, line, oneLine(err))
		}
	}
	for line, err := range missingOfApps(file) {
		tell(line, err)
	}
	tell(1, ownServed(file, name, file.State))
	_, err := acmeConfig(file.ACME)
	tell(file.ACME.Line, err)
	tell(file.Store.Line, storeFault(file.Store))
	if file.SecretFile != "" {
		_, err = authority.ReadSecrets(file.SecretFile)
		tell(file.SecretLine, named("secret-file", err))
	}
	return wrong
}

// refusedCertificates reads the certificates of the sites as serve would, and
// counts those that it would not show.
func refusedCertificates(c *cobra.Command, name string, file *site.File) int {
	refused := 0
	for _, s := range file.Sites {
		if s.Cert == "" {
			continue
		}
		err := proxy.Site{Hosts: s.Hosts, Policy: s.Policy, Certificate: &proxy.Files{Cert: s.Cert, Key: s.Key}}.Check(time.Now)
		if err != nil {
			refused++
			fmt.Fprintf(c.ErrOrStderr(), "%s:%d: %s\n", name, s.Line, oneLine(err))
		}
	}
	return refused
}

// oneLine joins mistakes that were found at once.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
