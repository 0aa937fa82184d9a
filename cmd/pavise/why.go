package main

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/catalog"
	"pavise/cmd/pavise/internal/cli"
	"pavise/proxy"
	"pavise/report"
)

func whyCommand() *cobra.Command {
	var state string
	var asJSON bool
	c := &cobra.Command{
		Use:   "why ID",
		Short: "Tell why a request was refused",
		Long: "Why asks the running Pavise what it did to the request with the ID that the visitor was shown: when, by\n" +
			"which control and rule, what it saw, how often that happened, and the exemption that would let it pass.\n" +
			"The latest 4096 decisions are remembered; the log has older ones, up to 20 a second.",
		Example: "  pavise why 5f0c3b1e9a7d2468\n  pavise why 5f0c3b1e9a7d2468 --json",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usage("pavise why 5f0c3b1e9a7d2468", "why takes the one id that the visitor was shown")
			}
			return why(c, state, strings.ToLower(strings.TrimSpace(args[0])), asJSON)
		},
	}
	cli.StateFlag(c, &state)
	c.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return c
}

func why(c *cobra.Command, state, id string, asJSON bool) error {
	found, err := cli.Ask[proxy.Group](c.Context(), state, "/why/"+url.PathEscape(id))
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return cli.Failed("it was refused by nothing, or long ago: look for the id in the log of pavise serve", "nothing is remembered of the request %s", report.Line(id))
	}
	if asJSON {
		return cli.Indented(c.OutOrStdout(), found)
	}
	for i, g := range found {
		if i > 0 {
			fmt.Fprintln(c.OutOrStdout())
		}
		explainGroup(c.OutOrStdout(), g)
	}
	return nil
}

// explainGroup tells a person about one decision.
func explainGroup(w io.Writer, g proxy.Group) {
	deed := string(g.Action)
	if g.Action == pavise.Observed {
		deed = "let pass, and would be refused"
	}
	fmt.Fprintf(w, "%s  %s", g.Time.UTC().Format(time.DateTime), deed)
	if g.Status != 0 {
		fmt.Fprintf(w, " with %d", g.Status)
	}
	if g.Control != "" {
		fmt.Fprintf(w, " by %s", g.Control)
	}
	fmt.Fprintln(w)
	request := strings.TrimSpace(g.Method + " " + g.Host + g.Path)
	line(w, "request", cmp.Or(request, "of many addresses"))
	line(w, "from", g.Client)
	line(w, "rule", ruleInWords(g.Control, g.Rule))
	line(w, "reason", g.Reason)
	line(w, "saw", g.Saw)
	if g.Times > 1 {
		line(w, "so far", fmt.Sprintf("%d times since %s", g.Times, g.First.UTC().Format(time.DateTime)))
	}
	line(w, "mend", g.Mend)
	line(w, "except", g.Except)
}

func line(w io.Writer, what, text string) {
	if text != "" {
		fmt.Fprintf(w, "  %-8s %s\n", what, report.Line(text))
	}
}

// ruleInWords adds to the id of a rule what it says.
func ruleInWords(control, rule string) string {
	if c := catalog.Find(control); c != nil {
		for _, r := range c.Doc().Rules {
			if r.ID == rule {
				return rule + ": " + r.Title
			}
		}
	}
	return rule
}
