package site

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"pavise"
)

// A Document is a pavise.yaml that is edited where it stands: whatever an edit is not
// about stays as it is, byte for byte, with its comments. Nothing is written before
// [Document.Save].
type Document struct {
	file     source
	text     string
	controls []pavise.Control
	to       func(string) error
}

// Open opens a file for editing, which need not be there yet. The controls and to are
// those of [Load].
func Open(name string, controls []pavise.Control, to func(string) error) (*Document, error) {
	file, err := open(name)
	if err != nil {
		return nil, err
	}
	doc := &Document{file: file, text: string(file.before), controls: controls, to: to}
	if _, err := doc.layout(); err != nil {
		return nil, err
	}
	return doc, nil
}

// Text is what the file will say.
func (doc *Document) Text() string { return doc.text }

// Check reads what the file will say, as [Load] does.
func (doc *Document) Check() (*File, error) {
	return load(doc.file.name, []byte(doc.text), doc.controls, doc.to)
}

// layout reads the text as YAML. A file that has nothing in it is none to complain of.
func (doc *Document) layout() (*layout, error) {
	l, err := layoutOf(doc.text)
	if errs, ok := err.(Errors); ok {
		for i := range errs {
			errs[i].File = doc.file.name
		}
	}
	return l, err
}

func layoutOf(text string) (*layout, error) {
	d := &decoder{where: map[any]*yaml.Node{}}
	root := d.parse([]byte(text))
	if root == nil && empty(text) {
		return newLayout(text, nil), nil
	}
	if err := d.sorted(""); err != nil {
		return nil, err
	}
	if root.Kind != yaml.MappingNode {
		return nil, Errors{{Line: root.Line, Column: root.Column, Text: "want a map, got " + got(root)}}
	}
	return newLayout(text, root), nil
}

// empty reports whether there are only comments.
func empty(text string) bool {
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return false
		}
	}
	return true
}

// An UnknownSiteError is that no site has the name that is asked for, nor a host of it.
type UnknownSiteError struct {
	Name    string
	Known   []string // the names of the sites
	Nearest string   // the name or host that may be meant, or ""
}

func (e *UnknownSiteError) Error() string { return fmt.Sprintf("there is no site %s", show(e.Name)) }

// Hint says what may be meant.
func (e *UnknownSiteError) Hint() string {
	switch {
	case e.Nearest != "":
		return "did you mean " + e.Nearest + "?"
	case len(e.Known) == 0:
		return "there is no site yet: pavise site add NAME --host HOST --backends PORT"
	}
	return "there are " + strings.Join(e.Known, ", ")
}

// Site returns the place of the site with the name or one of the hosts, from 0. A name
// counts before a host.
func (doc *Document) Site(name string) (int, error) {
	l, err := doc.layout()
	if err != nil {
		return 0, err
	}
	var titles, words []string
	byHost := -1
	for i, n := range itemsOf(member(l.root, "sites")) {
		var hosts []string
		for _, h := range itemsOf(member(n, "hosts")) {
			hosts = append(hosts, strings.ToLower(h.Value))
		}
		title := ""
		if n := member(n, "name"); n != nil {
			title = n.Value
		} else if len(hosts) > 0 {
			title = hosts[0]
		}
		if title == name && name != "" {
			return i, nil
		}
		if byHost < 0 && slices.Contains(hosts, strings.ToLower(name)) {
			byHost = i
		}
		titles, words = append(titles, title), append(append(words, title), hosts...)
	}
	if byHost >= 0 {
		return byHost, nil
	}
	return 0, &UnknownSiteError{Name: name, Known: titles, Nearest: pavise.Nearest(name, words)}
}

// member is the value of a key, or nil.
func member(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	_, value := entry(n, key)
	return value
}

// itemsOf are the items of a list.
func itemsOf(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// AddException weakens a control at a site, which is named by its name or a host.
func (doc *Document) AddException(site string, x Exception) error {
	i, err := doc.Site(site)
	if err != nil {
		return err
	}
	m := Map{{"control", string(x.Control)}}
	if x.Paths != nil {
		m = append(m, Pair{"paths", Texts(x.Paths)})
	}
	if x.Mode != "" && x.Mode != "off" {
		m = append(m, Pair{"mode", x.Mode})
	}
	m = append(m, Pair{"reason", x.Reason})
	if !x.Until.IsZero() {
		m = append(m, Pair{"until", x.Until})
	}
	return doc.Append(Items{m}, "sites", i, "except")
}
