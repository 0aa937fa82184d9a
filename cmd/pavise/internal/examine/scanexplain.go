package examine

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/catalog"
	"pavise/cmd/pavise/internal/cli"
	"pavise/report"
)

// explainRule says all that the catalogue knows of one rule.
func explainRule(c *cobra.Command, rule string, f outputFlags, asked bool) error {
	switch {
	case asked:
		what := map[string]string{"scan": "site", "audit": "folder"}[c.Name()]
		return cli.Usage(c.CommandPath()+" --explain "+rule, "--explain asks nobody: no %s goes with it", what)
	case f.json || f.format != "" && f.format != "text" || len(f.output) > 0:
		return cli.Usage("pavise controls CONTROL --json", "--explain writes text to the terminal")
	}
	for _, control := range catalog.All() {
		d := control.Doc()
		for _, r := range d.Rules {
			if r.ID == rule {
				return report.Explain(c.OutOrStdout(), d, r, cli.TextFor(c.OutOrStdout()))
			}
		}
	}
	return cli.Usage(nearRule(rule), "there is no rule %q", rule)
}

// nearRule is what to type instead of an id that is none: the rules of the control or
// family that it names, or the nearest.
func nearRule(id string) string {
	var ids, below []string
	for _, control := range catalog.All() {
		for _, r := range control.Doc().Rules {
			ids = append(ids, r.ID)
			if strings.HasPrefix(r.ID, id+".") {
				below = append(below, r.ID)
			}
		}
	}
	if n := len(below) - 8; n > 0 {
		below = append(below[:8], fmt.Sprintf("or one of %d more", n))
	}
	if len(below) > 0 {
		return "did you mean " + strings.Join(below, ", ") + "?"
	}
	if near := pavise.Nearest(id, ids); near != "" {
		return "did you mean " + near + "?"
	}
	return "pavise controls lists the controls, pavise controls ID its rules"
}

func completeRules(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var lines []string
	for _, control := range catalog.All() {
		for _, r := range control.Doc().Rules {
			lines = append(lines, r.ID+"\t"+r.Title)
		}
	}
	return lines, cobra.ShellCompDirectiveNoFileComp
}
