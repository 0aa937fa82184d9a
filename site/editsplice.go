package site

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// An edit puts a text in the place of a part of another.
type edit struct {
	span
	text string
}

var errByHand = errors.New("this cannot be edited here")

func (l *layout) printer() printer {
	if strings.Contains(l.text, "\r\n") {
		return printer{"\r\n"}
	}
	return printer{"\n"}
}

// flowing reports whether a node is written between brackets.
func (l *layout) flowing(n *yaml.Node) bool { return n.Style&yaml.FlowStyle != 0 }

// inserting puts keys into a map, before the pair at a place.
func (l *layout) inserting(n *yaml.Node, i int, v Map) edit {
	p := l.printer()
	if n == nil { // there are only comments
		text := p.block(v, 0) + p.newline
		if l.text != "" && !strings.HasSuffix(l.text, "\n") {
			text = p.newline + text
		}
		return edit{span{len(l.text), len(l.text)}, text}
	}
	if l.flowing(n) {
		return l.inFlow(n, 2*i, flow(v))
	}
	indent := n.Column - 1
	text := p.block(v, indent)
	if i == 0 {
		at := l.spans[n.Content[0]].from
		return edit{span{at, at}, text + p.start(indent)}
	}
	at := l.withTail(l.spans[n.Content[2*i-1]].to, indent)
	return edit{span{at, at}, p.start(indent) + text}
}

// inFlow puts what stands between the brackets of a text before the child at a place, or
// behind the last.
func (l *layout) inFlow(n *yaml.Node, i int, text string) edit {
	text = text[1 : len(text)-1]
	switch {
	case len(n.Content) == 0:
		at := l.spans[n].from + 1
		return edit{span{at, at}, text}
	case i < len(n.Content):
		at := l.spans[n.Content[i]].from
		return edit{span{at, at}, text + ", "}
	}
	at := l.spans[n.Content[len(n.Content)-1]].to
	return edit{span{at, at}, ", " + text}
}

// appending puts items behind the last of a list. Where there is a blank line between
// the last two, there is one before each.
func (l *layout) appending(n *yaml.Node, items []any) edit {
	if l.flowing(n) {
		return l.inFlow(n, len(n.Content), flow(List(items)))
	}
	p, indent := l.printer(), n.Column-1
	between := p.start(indent)
	last := n.Content[len(n.Content)-1]
	if dash, ok := l.dash(n, len(n.Content)-1); ok && l.blankAbove(l.withHead(l.startOfLine(dash), indent)) {
		between = p.newline + between
	}
	text := ""
	for _, item := range items {
		text += between + p.item(item, indent)
	}
	at := l.withTail(l.spans[last].to, indent)
	return edit{span{at, at}, text}
}

// blankAbove reports whether the line above the one that begins at a place is blank.
func (l *layout) blankAbove(start int) bool {
	return start > 0 && strings.TrimSpace(l.lineAt(l.startOfLine(start-1))) == ""
}

// dash is where the dash of an item stands, in a list that is no flow.
func (l *layout) dash(n *yaml.Node, i int) (int, bool) {
	if i == 0 {
		return l.spans[n].from, true
	}
	for start := l.startOfLine(l.spans[n.Content[i]].from); start >= l.spans[n.Content[i-1]].to-1 && start >= 0; {
		line := l.lineAt(start)
		if in := len(line) - len(strings.TrimLeft(line, " ")); in == n.Column-1 && strings.HasPrefix(line[in:], "-") {
			return start + in, true
		}
		if start == 0 {
			break
		}
		start = l.startOfLine(start - 1)
	}
	return 0, false
}

// removing takes a pair or an item away.
func (l *layout) removing(n *yaml.Node, i int) (edit, error) {
	step := 1
	if n.Kind == yaml.MappingNode {
		step = 2
	}
	first, last := n.Content[i*step], n.Content[i*step+step-1]
	part := span{l.spans[first].from, max(l.spans[first].to, l.spans[last].to)}
	var next *span
	if (i+1)*step < len(n.Content) {
		s := l.spans[n.Content[(i+1)*step]]
		next = &s
	}
	if l.flowing(n) {
		return l.outOfFlow(part, next, i)
	}
	indent := n.Column - 1
	if step == 1 {
		at, ok := l.dash(n, i)
		if !ok {
			return edit{}, errByHand
		}
		part.from = at
		if next != nil {
			at, ok := l.dash(n, i+1)
			if !ok {
				return edit{}, errByHand
			}
			next.from = at
		}
	}
	start := l.startOfLine(part.from)
	if strings.Trim(l.text[start:part.from], " \ufeff") == "" {
		return l.outOfLines(start, part.to, indent, n == l.root && i == 0, next == nil), nil
	}
	end := l.withTail(part.to, indent) // behind the dash of what it is in
	if next != nil && strings.TrimSpace(l.text[end:next.from]) == "" {
		return edit{span{part.from, next.from}, ""}, nil
	}
	return edit{span{part.from, end}, ""}, nil
}

// outOfLines takes whole lines away, and a blank one with them where two would meet. The
// comment at the top of a file is about the file.
func (l *layout) outOfLines(start, to, indent int, top, last bool) edit {
	from, end := start, l.afterLine(l.withTail(to, indent))
	if !top {
		from = l.withHead(start, indent)
	}
	above := from == 0 || l.blankAbove(from)
	switch {
	case last && above && from > 0 && strings.TrimSpace(l.text[end:]) == "":
		from = l.startOfLine(from - 1)
	case !last && (above || !l.dashed(from)) && strings.TrimSpace(l.lineAt(end)) == "" && end < len(l.text):
		end = l.afterLine(end)
	}
	return edit{span{from, end}, ""}
}

// dashed reports whether something of the same kind may stand above a line: it is no
// key that opens a block.
func (l *layout) dashed(start int) bool {
	return start == 0 || !strings.HasSuffix(strings.TrimSpace(l.lineAt(l.startOfLine(start-1))), ":")
}

// outOfFlow takes a child out from between brackets, with one comma.
func (l *layout) outOfFlow(part span, next *span, i int) (edit, error) {
	if len(l.comments(part)) > 0 {
		return edit{}, errByHand
	}
	if next != nil {
		if len(l.comments(span{part.to, next.from})) > 0 {
			return edit{}, errByHand
		}
		return edit{span{part.from, next.from}, ""}, nil
	}
	before := strings.LastIndexByte(l.text[:part.from], ',')
	if before < 0 || strings.Contains(l.text[before:part.from], "#") {
		return edit{}, errByHand
	}
	return edit{span{before, part.to}, ""}, nil
}

// replacing writes another value for a pair or an item. Comments inside of the old one
// are kept, below.
func (l *layout) replacing(n *yaml.Node, i int, v any) (edit, error) {
	p, indent := l.printer(), n.Column-1
	var old *yaml.Node
	var from int
	text := ""
	switch {
	case n.Kind == yaml.MappingNode:
		old = n.Content[2*i+1]
		key := l.spans[n.Content[2*i]].to
		colon := strings.IndexByte(l.text[key:], ':')
		if colon < 0 || strings.TrimSpace(l.text[key:key+colon]) != "" {
			return edit{}, errByHand
		}
		from = key + colon + 1
		text = p.behind(v, indent)
	case !l.flowing(n):
		old = n.Content[i]
		dash, ok := l.dash(n, i)
		if !ok {
			return edit{}, errByHand
		}
		from = dash + 1
		text = strings.TrimPrefix(p.item(v, indent), "-")
	default:
		old = n.Content[i]
		from = l.spans[old].from
	}
	to := max(from, l.spans[old].to)
	if l.flowing(n) {
		lead := " "
		if n.Kind == yaml.SequenceNode {
			lead = ""
		}
		if len(l.comments(span{from, to})) > 0 {
			return edit{}, errByHand
		}
		return edit{span{from, to}, lead + flow(v)}, nil
	}
	return l.keeping(span{from, to}, text, indent), nil
}

// keeping puts a text in the place of a part, with the comments that were in it: one
// behind the key stays there, the others follow on lines of their own.
func (l *layout) keeping(part span, text string, indent int) edit {
	first, rest, block := strings.Cut(text, l.printer().newline)
	if block || l.endOfLine(part.from) < part.to {
		part.to = l.endOfLine(part.to)
	}
	beside, below := "", ""
	for _, c := range l.comments(part) {
		if c.from < l.endOfLine(part.from) {
			beside = " " + l.text[c.from:c.to]
		} else {
			below += l.printer().start(indent+2) + strings.TrimRight(l.text[c.from:c.to], " \t")
		}
	}
	if block {
		rest = l.printer().newline + rest
	}
	return edit{part, first + beside + rest + below}
}

// placeFor is where a key stands in a map in the order of the documentation: behind the
// last one of those that come before it.
func placeFor(key string, n *yaml.Node, at where) int {
	count := len(n.Content) / 2
	order := names(keysAt(at))
	mine := slices.Index(order, key)
	if mine < 0 {
		return count
	}
	place := 0
	for i := range count {
		if theirs := slices.Index(order, n.Content[2*i].Value); theirs >= 0 && theirs < mine {
			place = i + 1
		}
	}
	return place
}

// keysAt are the keys that a map can have, as far as that can be said.
func keysAt(at where) []field {
	t := reflect.TypeFor[File]()
	for _, step := range at {
		switch key, ok := step.(string); {
		case !ok && t.Kind() == reflect.Slice:
			t = t.Elem()
		case ok && t.Kind() == reflect.Struct:
			known, _ := fieldsOf(t)
			i := slices.Index(names(known), key)
			if i < 0 {
				return nil
			}
			t = t.FieldByIndex(known[i].index).Type
		default:
			return nil
		}
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	known, _ := fieldsOf(t)
	return known
}
