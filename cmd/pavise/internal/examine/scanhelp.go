package examine

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"pavise/cmd/pavise/internal/cli"
)

// A flagGroup are flags that are told together.
type flagGroup struct {
	title string
	names []string
}

// scanGroups are the flags of scan, what most people need first.
var scanGroups = []flagGroup{
	{"What comes out", []string{"output", "format", "json", "verbose", "explain"}},
	{"What fails", []string{"profile", "fail-on", "min-grade", "accept", "baseline", "config", "db"}},
	{"How the site is reached", []string{"targets", "ca", "insecure", "header", "cookie", "resolve", "resolver", "http3"}},
	{"What is looked at", []string{"depth", "ignore-robots", "ports", "mail", "slow"}},
	{"What is tried, with the owner's word", []string{"active", "agreed", "as", "login", "idle"}},
	{"Bounds", []string{"timeout", "rate", "max-requests", "max-connections"}},
	{"Evidence", []string{"save-evidence", "evidence"}},
	{"For the dashboard", []string{"save", "state"}},
	{"Help", []string{"help"}},
}

// auditGroups are the flags of audit.
var auditGroups = []flagGroup{
	{"What comes out", []string{"output", "format", "json", "verbose", "explain"}},
	{"What is looked at", []string{"host", "root", "production", "govulncheck", "ask-registry", "timeout"}},
	{"What fails", []string{"fail-on", "min-grade", "accept", "baseline", "db", "vex", "write-vex"}},
	{"How it is mended", []string{"fix", "yes", "dry-run", "undo"}},
	{"The site that runs it", []string{"joined", "config", "ca", "insecure", "header", "cookie", "resolve", "resolver", "http3",
		"ports", "mail", "slow", "depth", "ignore-robots", "rate", "max-requests", "max-connections"}},
	{"Evidence", []string{"save-evidence", "evidence"}},
	{"Help", []string{"help"}},
}

// usageBy writes how a command is called, its flags by what they are for.
func usageBy(groups []flagGroup) func(*cobra.Command) error {
	return func(c *cobra.Command) error {
		w := c.OutOrStdout()
		width := cli.TextFor(c.Root().OutOrStdout()).Width // of the terminal: help hands over a buffer
		fmt.Fprintf(w, "Usage:\n  %s\n\nExamples:\n%s\n", c.UseLine(), c.Example)
		for _, g := range groups {
			set := pflag.NewFlagSet(g.title, pflag.ContinueOnError)
			set.SortFlags = false
			for _, name := range g.names {
				set.AddFlag(c.Flags().Lookup(name))
			}
			fmt.Fprintf(w, "\n%s:\n%s", g.title, set.FlagUsagesWrapped(width))
		}
		return nil
	}
}
