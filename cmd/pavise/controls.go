package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/catalog"
	"pavise/cmd/pavise/internal/cli"
	"pavise/site"
)

func controlsCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "controls [ID]",
		Short:   "Show the catalogue, or one control in full",
		Example: "  pavise controls\n  pavise controls transport.hsts",
		RunE: func(c *cobra.Command, args []string) error {
			list := catalog.All()
			if len(args) > 1 {
				return cli.Usage("pavise controls "+args[0], "controls takes one id, not %d", len(args))
			}
			if len(args) == 1 {
				one := catalog.Find(args[0])
				if one == nil {
					return cli.Usage(nearControl(args[0]), "there is no control %q", args[0])
				}
				list = []pavise.Control{one}
			}
			switch {
			case asJSON:
				return controlsJSON(c.OutOrStdout(), list)
			case len(args) == 1:
				return controlText(c.OutOrStdout(), list[0])
			}
			return controlsTable(c.OutOrStdout(), list)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var lines []string
			for _, c := range catalog.All() {
				lines = append(lines, c.Doc().ID+"\t"+c.Doc().Title)
			}
			return lines, cobra.ShellCompDirectiveNoFileComp
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// nearControl is what to type instead of an id that is none. A rule's id leads
// to its control, a family to those in it.
func nearControl(id string) string {
	var ids, family []string
	for _, c := range catalog.All() {
		ids = append(ids, c.Doc().ID)
		if strings.HasPrefix(id, c.Doc().ID+".") {
			return "pavise controls " + c.Doc().ID
		}
		if strings.HasPrefix(c.Doc().ID, strings.TrimSuffix(id, ".")+".") {
			family = append(family, c.Doc().ID)
		}
	}
	near := pavise.Nearest(id, ids)
	switch {
	case family != nil:
		return "did you mean " + strings.Join(family, ", ") + "?"
	case near != "":
		return "pavise controls " + near
	}
	return "pavise controls lists them"
}

func controlsTable(w io.Writer, list []pavise.Control) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CONTROL\tRULES\tWHAT")
	for _, c := range list {
		d := c.Doc()
		fmt.Fprintf(t, "%s\t%d\t%s\n", d.ID, len(d.Rules), d.Title)
	}
	return t.Flush()
}

func controlText(w io.Writer, c pavise.Control) error {
	d := c.Doc()
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n", d.ID, d.Title)
	paragraph(&b, "Why", d.Why)
	paragraph(&b, "Enforced", d.Enforces)
	if d.By != "" {
		paragraph(&b, "Enforced", "by "+d.By)
	}
	paragraph(&b, "Verified", d.Verifies)
	if len(d.Rules) > 0 {
		b.WriteString("\nRules\n")
	}
	for _, r := range d.Rules {
		owner := ""
		if r.Owner {
			owner = "; left to the owner of the app"
		}
		fmt.Fprintf(&b, "  %s (%s%s)\n    %s\n    %s\n", r.ID, r.Severity, owner, r.Title, strings.Join(r.References, ", "))
	}
	if settings := site.Settings(c); len(settings) > 0 {
		b.WriteString("\nSettings\n")
		for _, s := range settings {
			fmt.Fprintf(&b, "  %s: %s (default: %s)\n", s.Key, s.Doc, s.Default)
		}
	}
	if onDisk(d.ID) {
		fmt.Fprintf(&b, "\nAccept what it finds in pavise.audit.yaml, with a reason, an owner and an end\n  accept:\n    - {rule: %s, reason: \"…\", owner: \"…\", until: 2027-06-30}\n", d.Rules[0].ID)
		_, err := io.WriteString(w, b.String())
		return err
	}
	b.WriteString("\nSwitch it off in pavise.yaml, with a reason and, better, an end\n")
	fmt.Fprintf(&b, "  except:\n    - {control: %s, reason: \"…\", until: 2027-06-30}\n", d.ID)
	if d.Refuses {
		b.WriteString("It may refuse requests; mode: observe reports what it would refuse.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// onDisk reports whether a control is one that audit judges by.
func onDisk(id string) bool {
	return slices.ContainsFunc(catalog.OnDisk(), func(c pavise.Control) bool { return c.Doc().ID == id })
}

func paragraph(b *strings.Builder, head, text string) {
	if text == "" {
		return
	}
	fmt.Fprintf(b, "%s\n", head)
	line := " "
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > 80 {
			fmt.Fprintln(b, line)
			line = " "
		}
		line += " " + word
	}
	fmt.Fprintln(b, line)
}

type controlInfo struct {
	ID       string         `json:"id"`
	Title    string         `json:"title"`
	Why      string         `json:"why"`
	Enforces string         `json:"enforces,omitempty"`
	By       string         `json:"by,omitempty"`
	Verifies string         `json:"verifies,omitempty"`
	Refuses  bool           `json:"refuses"`
	Settings []site.Setting `json:"settings"`
	Rules    []ruleInfo     `json:"rules"`
}

type ruleInfo struct {
	ID         string          `json:"id"`
	Title      string          `json:"title"`
	Severity   pavise.Severity `json:"severity"`
	Owner      bool            `json:"owner"`
	References []string        `json:"references"`
	Fix        pavise.Fix      `json:"fix"`
}

func controlsJSON(w io.Writer, list []pavise.Control) error {
	infos := make([]controlInfo, len(list))
	for i, c := range list {
		d := c.Doc()
		infos[i] = controlInfo{ID: d.ID, Title: d.Title, Why: d.Why, Enforces: d.Enforces, By: d.By, Verifies: d.Verifies,
			Refuses: d.Refuses, Settings: site.Settings(c)}
		for _, r := range d.Rules {
			infos[i].Rules = append(infos[i].Rules, ruleInfo{r.ID, r.Title, r.Severity, r.Owner, r.References, r.Fix})
		}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(infos)
}
