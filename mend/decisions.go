package mend

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// A Decision is what an owner has chosen about a package, to be applied again.
type Decision struct {
	Package string // "npm qs", by ecosystem and name
	Choice  Kind
	// Advisories are what was known when it was decided: of anything new the owner is
	// asked again.
	Advisories []string
}

// An Acceptance is that what a rule finds stays, until a day.
type Acceptance struct {
	Rule, Place, Advisory, Reason, Owner string
	Until                                time.Time
}

// About is how a decision names the package of a problem.
func (p *Problem) About() string { return p.Ecosystem + " " + p.Name }

// Apply makes what was decided the default of a problem, and says whether it did. What is
// known by now and was not then must be decided again.
func (p *Problem) Apply(decided []Decision) bool {
	for _, d := range decided {
		if d.Package != p.About() {
			continue
		}
		if slices.ContainsFunc(p.Advisories(), func(id string) bool { return !slices.Contains(d.Advisories, id) }) {
			continue
		}
		if i, ok := p.Choice(d.Choice); ok {
			p.Default = i
			return true
		}
	}
	return false
}

const decisionsHead = "# What pavise audit accepts here, and what was chosen by pavise audit --fix.\n"

// Decide adds decisions to the text of a pavise.audit.yaml, nil where there is none yet.
// What stands there stays with its comments; the lists are kept in order.
func Decide(text []byte, accepted []Acceptance, chosen []Decision) ([]byte, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		text = []byte(decisionsHead)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	if doc.Kind == 0 { // only comments
		doc = yaml.Node{Kind: yaml.DocumentNode, HeadComment: strings.TrimSpace(string(text))}
	}
	if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
		doc.Content = []*yaml.Node{{Kind: yaml.MappingNode, Tag: "!!map"}}
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: it must be a map with accept and choices", root.Line)
	}
	for _, a := range accepted {
		put(list(root, "accept"), a.fields(), "rule", "place", "advisory")
	}
	for _, d := range chosen {
		put(list(root, "choices"), d.fields(), "package")
	}
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(&doc); err != nil {
		return nil, err
	}
	return b.Bytes(), enc.Close()
}

// A field is a word, or a list of words on its line.
type field struct {
	name, value string
	words       []string
}

func (a Acceptance) fields() []field {
	return []field{{name: "rule", value: a.Rule}, {name: "place", value: a.Place}, {name: "advisory", value: a.Advisory},
		{name: "reason", value: a.Reason}, {name: "owner", value: a.Owner}, {name: "until", value: a.Until.Format(time.DateOnly)}}
}

func (d Decision) fields() []field {
	return []field{{name: "package", value: d.Package}, {name: "choice", value: string(d.Choice)}, {name: "advisories", words: d.Advisories}}
}

// list is the list under a key, which is made where there is none.
func list(root *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == key {
			at := root.Content[i+1]
			if at.Kind != yaml.SequenceNode {
				*at = yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
			}
			at.Style &^= yaml.FlowStyle
			return at
		}
	}
	at := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	root.Content = append(root.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, at)
	return at
}

// put brings an entry into a list, in the place of the one that is about the same.
func put(to *yaml.Node, fields []field, same ...string) {
	entry := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, f := range fields {
		if f.value != "" || len(f.words) > 0 {
			entry.Content = append(entry.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: f.name}, f.node())
		}
	}
	id := func(n *yaml.Node) string {
		var parts []string
		for _, name := range same {
			parts = append(parts, valueOf(n, name))
		}
		return strings.Join(parts, "\x00")
	}
	i := slices.IndexFunc(to.Content, func(n *yaml.Node) bool { return id(n) == id(entry) })
	if i >= 0 {
		entry.HeadComment, entry.LineComment, entry.FootComment = to.Content[i].HeadComment, to.Content[i].LineComment, to.Content[i].FootComment
		if len(to.Content[i].Content) > 0 { // where a comment above an entry hangs
			entry.Content[0].HeadComment = to.Content[i].Content[0].HeadComment
		}
		to.Content[i] = entry
	} else {
		to.Content = append(to.Content, entry)
	}
	slices.SortStableFunc(to.Content, func(a, b *yaml.Node) int { return strings.Compare(id(a), id(b)) })
}

func (f field) node() *yaml.Node {
	switch {
	case f.words != nil:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
		for _, w := range f.words {
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: w})
		}
		return n
	case f.name == "until":
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!timestamp", Value: f.value}
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: f.value}
}

func valueOf(n *yaml.Node, name string) string {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1].Value
		}
	}
	return ""
}
