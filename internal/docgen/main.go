// Docgen writes what the catalogue says of itself: the page of controls, the
// transcript and the table in the README, and the JSON schema of pavise.yaml. It
// runs by "go generate ./...".
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"pavise"
	"pavise/catalog"
	"pavise/site"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "docgen:", err)
		os.Exit(1)
	}
}

// run writes into the project's root, two folders above.
func run() error {
	controls := catalog.Controls()
	schema, err := site.Schema(controls)
	if err != nil {
		return err
	}
	if err := os.WriteFile("../../docs/pavise.schema.json", schema, 0o644); err != nil {
		return err
	}
	onDisk := append(catalog.OnDisk(), catalog.Joined()...)
	if err := os.WriteFile("../../docs/controls.md", page(controls, onDisk), 0o644); err != nil {
		return err
	}
	return readme(controls, onDisk)
}

func readme(controls, onDisk []pavise.Control) error {
	const file = "../../README.md"
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	shown, err := transcript()
	if err != nil {
		return err
	}
	text, err := between(string(data), "transcript", shown)
	if err != nil {
		return err
	}
	if text, err = between(text, "controls", table(controls, onDisk)); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// between puts the text between the two marks of that name.
func between(doc, name, text string) (string, error) {
	begin, end := "<!-- generated: "+name+" -->\n", "<!-- end of generated: "+name+" -->\n"
	head, rest, ok := strings.Cut(doc, begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return "", fmt.Errorf("README.md: the marks of %s are gone", name)
	}
	return head + begin + text + end + tail, nil
}

// transcript is what try prints, as its test holds it, with all but the first of
// what was mended left out, and all but the first of what was not.
func transcript() (string, error) {
	script, err := os.ReadFile("../../cmd/pavise/testdata/script/try.txtar")
	if err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(string(script), "\n-- transcript --\n")
	shown, _, _ := strings.Cut(rest, "\n-- ")
	head, rest, found := strings.Cut(shown, "\n\n  ✓ ")
	mended, tail, ended := strings.Cut(rest, "\n\nLeft to")
	rules := strings.SplitAfterN(mended, "✓", 4)
	if !found || !ended || len(rules) < 4 {
		return "", errors.New("try.txtar: no transcript of the known form")
	}
	owners := strings.Split(tail, "\n\n")
	if len(owners) < 3 {
		return "", errors.New("try.txtar: nothing is left to the owner")
	}
	owner, _, _ := strings.Cut(owners[1], "\n  nginx")
	return fmt.Sprintf("```\n$ go run ./cmd/pavise try --once\n%s\n\n  ✓ %s\n\n  [… %d more …]\n\nLeft to%s\n\n%s\n  [… how to mend it, and %d more …]\n\n%s\n```\n",
		head, shownRules(rules), 1+strings.Count(rules[3], "✓"), owners[0], owner, len(owners)-3, owners[len(owners)-1]), nil
}

// shownRules is what stands before the fourth mark.
func shownRules(rules []string) string {
	return strings.TrimRight(strings.Join(rules[:3], ""), "✓ \n")
}

// table has a row for each control that is enforced, by itself or by another, and a line for each family of
// those that are only verified, and of those on disk.
func table(controls, onDisk []pavise.Control) string {
	var b strings.Builder
	b.WriteString("| control | enforced by | verified by |\n|---|---|---|\n")
	var alone []pavise.Control
	for _, c := range controls {
		d := c.Doc()
		if pavise.Enforceable(c) {
			fmt.Fprintf(&b, "| [`%s`](docs/controls.md#%s) | %s | %s |\n", d.ID, anchor(d), d.Enforces, d.Verifies)
			continue
		}
		if d.By != "" {
			fmt.Fprintf(&b, "| [`%s`](docs/controls.md#%s) | [`%s`](docs/controls.md#%s) | %s |\n", d.ID, anchor(d), d.By, anchor(pavise.Doc{ID: d.By}), d.Verifies)
			continue
		}
		alone = append(alone, c)
	}
	fmt.Fprintf(&b, "\nWhat no server in front can mend is verified alone: %s; on disk, and joined with the site, %s.\n", counted(alone), counted(onDisk))
	return b.String()
}

// counted is how many controls each family has.
func counted(controls []pavise.Control) string {
	var families []string
	counts := map[string]int{}
	for _, c := range controls {
		family, _, _ := strings.Cut(c.Doc().ID, ".")
		if counts[family]++; counts[family] == 1 {
			families = append(families, family)
		}
	}
	for i, family := range families {
		families[i] = fmt.Sprintf("%d of `%s`", counts[family], family)
	}
	return strings.Join(families, ", ")
}

// anchor is what a Markdown renderer makes of the heading.
func anchor(d pavise.Doc) string { return strings.ReplaceAll(d.ID, ".", "") }

// page is the catalogue: what looks at a site, and then what looks at disk.
func page(controls, onDisk []pavise.Control) []byte {
	var b bytes.Buffer
	b.WriteString("# The catalogue\n\nGenerated from the controls themselves by `go generate ./...`. Every id is permanent.\n\n")
	b.WriteString("A control that refuses requests can be observed first (`mode: observe`); every control can be switched off by an\n`except` entry with a reason. Rules marked *owner* no edge can mend: they are left to the owner of the app.\n")
	for _, c := range controls {
		section(&b, c)
	}
	b.WriteString("\n# What is on disk\n\nThese are verified alone, by `pavise audit` ([audit.md](audit.md)). What they find is accepted in `pavise.audit.yaml`, with a reason, an owner and an end.\n")
	for _, c := range onDisk {
		section(&b, c)
	}
	return b.Bytes()
}

// section tells all of one control.
func section(b *bytes.Buffer, c pavise.Control) {
	d := c.Doc()
	fmt.Fprintf(b, "\n## %s\n\n**%s.** %s\n\n", d.ID, d.Title, d.Why)
	if d.Enforces != "" {
		fmt.Fprintf(b, "- Enforced: %s\n", d.Enforces)
	}
	if d.By != "" {
		fmt.Fprintf(b, "- Enforced by [`%s`](#%s)\n", d.By, anchor(pavise.Doc{ID: d.By}))
	}
	fmt.Fprintf(b, "- Verified: %s\n", d.Verifies)
	if d.Refuses {
		b.WriteString("- It may refuse requests, so it can be observed first.\n")
	}
	if settings := site.Settings(c); len(settings) > 0 {
		b.WriteString("\n| setting | what | default |\n|---|---|---|\n")
		for _, s := range settings {
			fmt.Fprintf(b, "| `%s` | %s | %s |\n", s.Key, s.Doc, s.Default)
		}
	}
	if len(d.Rules) == 0 {
		return
	}
	b.WriteString("\n| rule | holds when | severity | references |\n|---|---|---|---|\n")
	for _, r := range d.Rules {
		severity := r.Severity.String()
		if r.Owner {
			severity += ", owner"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", r.ID, r.Title, severity, strings.Join(r.References, "; "))
	}
}
