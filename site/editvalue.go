package site

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// A Map is a map to write, in the order of its keys. Values are text, numbers, true or
// false, days, and Map, List and Items of these.
type Map []Pair

// A Pair is a key of a map to write, and its value.
type Pair struct {
	Key   string
	Value any
}

// Get returns the value of a key, or nil.
func (m Map) Get(key string) any {
	for _, p := range m {
		if p.Key == key {
			return p.Value
		}
	}
	return nil
}

// Put sets a key in the order of first use; nil removes it.
func (m *Map) Put(key string, v any) {
	i := slices.IndexFunc(*m, func(p Pair) bool { return p.Key == key })
	switch {
	case v == nil && i >= 0:
		*m = slices.Delete(*m, i, i+1)
	case v == nil:
	case i >= 0:
		(*m)[i].Value = v
	default:
		*m = append(*m, Pair{key, v})
	}
}

// Short is the map, or the one value of it that may stand alone.
func (m Map) Short(alone string) any {
	if len(m) == 1 && m[0].Key == alone {
		return m[0].Value
	}
	return m
}

// To is how backends are written: one by itself, several as a list, and none as nil.
func To(at, weights []string) any {
	var items List
	for i := range at {
		if i < len(weights) && weights[i] != "" && weights[i] != "1" {
			items = append(items, Map{{"at", at[i]}, {"weight", Plain(weights[i])}})
		} else {
			items = append(items, at[i])
		}
	}
	if len(items) == 0 {
		return nil
	}
	if one, ok := items[0].(string); ok && len(items) == 1 {
		return one
	}
	return items
}

// A List is a list to write, on one line if it is short.
type List []any

// Items is a list to write, each of its items on lines of its own.
type Items []any

// Texts is a list of texts.
func Texts(texts []string) List {
	list := make(List, len(texts))
	for i := range texts {
		list[i] = texts[i]
	}
	return list
}

// A Plain is text that stands without quotes, as it was found.
type Plain string

// scalar is how a value that is neither map nor list reads.
func scalar(v any) string {
	if day, ok := v.(time.Time); ok {
		return day.Format(time.DateOnly)
	}
	return fmt.Sprint(v)
}

// quoted is a scalar as it is written: in quotes only where it needs them.
func quoted(v any) string {
	text := scalar(v)
	switch v.(type) {
	case string:
		if tag := plainTag(text); (tag == "!!str" || tag == "!!int" || tag == "!!float") && strings.IndexAny(text, ":-?") != 0 {
			return text
		}
	case Plain:
		if text == "" || plainTag(text) != "" {
			return text
		}
	default:
		return text
	}
	return inQuotes(text)
}

// plainTag is what a text is taken for on one line with others, where it stands for itself
// without quotes, else "".
func plainTag(text string) string {
	var n yaml.Node
	if strings.ContainsFunc(text, unprintable) || yaml.Unmarshal([]byte("["+text+"]"), &n) != nil || len(n.Content) != 1 || len(n.Content[0].Content) != 1 {
		return ""
	}
	item := n.Content[0].Content[0]
	if item.Kind != yaml.ScalarNode || item.Style != 0 || item.Value != text {
		return ""
	}
	return item.Tag
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

func inQuotes(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case !unicode.IsPrint(r) && r > 0xffff:
			fmt.Fprintf(&b, `\U%08X`, r)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// flow writes a value on one line.
func flow(v any) string {
	switch v := v.(type) {
	case Map:
		pairs := make([]string, len(v))
		for i, p := range v {
			pairs[i] = quoted(p.Key) + ": " + flow(p.Value)
		}
		return "{" + strings.Join(pairs, ", ") + "}"
	case List:
		items := make([]string, len(v))
		for i := range v {
			items[i] = flow(v[i])
		}
		return "[" + strings.Join(items, ", ") + "]"
	case Items:
		return flow(List(v))
	}
	return quoted(v)
}

// wide is how long a map or list on one line may be.
const wide = 80

// inline is a value as it stands behind its key, if it fits there.
func inline(v any) (text string, fits bool) {
	if items, ok := v.(Items); ok && len(items) > 0 {
		return "", false
	}
	text = flow(v)
	switch v.(type) {
	case Map, List:
		return text, len(text) <= wide
	}
	return text, true
}

// A printer writes values as blocks.
type printer struct{ newline string }

// pair writes a key and its value, where the key stands at the indent. The first line
// has no indent, and the last no end.
func (p printer) pair(key string, v any, indent int) string {
	return quoted(key) + ":" + p.behind(v, indent)
}

// behind writes what follows the colon of a key.
func (p printer) behind(v any, indent int) string {
	if text, ok := inline(v); ok {
		return " " + text
	}
	return p.start(indent+2) + p.block(v, indent+2)
}

func (p printer) start(indent int) string { return p.newline + strings.Repeat(" ", indent) }

// block writes a map or a list, which has something in it, on lines of its own.
func (p printer) block(v any, indent int) string {
	var lines []string
	switch v := v.(type) {
	case Map:
		for _, pair := range v {
			lines = append(lines, p.pair(pair.Key, pair.Value, indent))
		}
	case List:
		for _, item := range v {
			lines = append(lines, "- "+flow(item))
		}
	case Items:
		for _, item := range v {
			lines = append(lines, p.item(item, indent))
		}
	}
	return strings.Join(lines, p.start(indent))
}

// item writes an item of a list, with its dash at the indent.
func (p printer) item(v any, indent int) string {
	if m, ok := v.(Map); ok && len(m) > 0 {
		return "- " + p.block(m, indent+2)
	}
	return "- " + flow(v)
}

// Value reads a value as it is written in YAML.
func Value(text string) (any, error) {
	d := &decoder{where: map[any]*yaml.Node{}}
	root := d.parse([]byte(text))
	if err := d.sorted("it"); err != nil {
		return nil, err
	}
	return valueOf(root), nil
}

// Value returns what stands somewhere in the file, to be changed and set again.
func (doc *Document) Value(at ...any) (any, bool) {
	l, err := doc.layout()
	if err != nil || l.root == nil {
		return nil, false
	}
	n, left := find(l.root, at)
	if len(left) > 0 {
		return nil, false
	}
	return valueOf(n), true
}

// valueOf is a node as a value to write.
func valueOf(n *yaml.Node) any {
	return built(n, func(n *yaml.Node) any {
		if n.Style == 0 {
			return Plain(n.Value)
		}
		return n.Value
	})
}

// built is a node as Map and List, and what is neither as scalar has it.
func built(n *yaml.Node, scalar func(*yaml.Node) any) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := Map{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m = append(m, Pair{flowKey(n.Content[i]), built(n.Content[i+1], scalar)})
		}
		return m
	case yaml.SequenceNode:
		list := List{}
		for _, item := range n.Content {
			list = append(list, built(item, scalar))
		}
		return list
	}
	return scalar(n)
}

// Flow writes a value on one line.
func Flow(v any) string { return flow(v) }

// Same reports whether two values mean the same.
func Same(a, b any) bool { return equal(meaning(a), meaning(b)) }

// SiteKeys are the keys of a site, and PathKeys those of one of its paths, in the order
// of the documentation.
func SiteKeys() []string { return names(keysAt(where{"sites", 0})) }

// PathKeys are the keys of a path of a site.
func PathKeys() []string { return names(keysAt(where{"sites", 0, "paths", 0})) }

// FileKeys are the keys of a file beside its sites.
func FileKeys() []string {
	return slices.DeleteFunc(names(keysAt(nil)), func(key string) bool { return key == "sites" })
}

// modelOf is what a node means: Map, List, text, or nil for nothing.
func modelOf(n *yaml.Node) any {
	if n == nil {
		return nil
	}
	return built(n, func(n *yaml.Node) any {
		if n.Tag == "!!null" && n.Value == "" {
			return nil
		}
		return n.Value
	})
}

// flowKey is the text of a key; a key that is no text stands for itself.
func flowKey(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode {
		return n.Value
	}
	return fmt.Sprintf("%#v", modelOf(n))
}

// meaning is what a value to write will mean when it is read.
func meaning(v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case Map:
		m := Map{}
		for _, p := range v {
			m = append(m, Pair{p.Key, meaning(p.Value)})
		}
		return m
	case List:
		list := List{}
		for _, item := range v {
			list = append(list, meaning(item))
		}
		return list
	case Items:
		return meaning(List(v))
	}
	return scalar(v)
}

// equal compares what two values mean.
func equal(a, b any) bool { return fmt.Sprintf("%#v", a) == fmt.Sprintf("%#v", b) }
