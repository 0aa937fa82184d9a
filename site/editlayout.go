package site

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// A span is where something stands in a text: from its first byte to behind its last.
type span struct{ from, to int }

// A layout knows where the nodes of a text stand, which go.yaml.in/yaml does not tell
// beyond their begin.
type layout struct {
	text           string
	root           *yaml.Node // nil: there is nothing but comments
	lines          []int      // where each begins
	spans          map[*yaml.Node]span
	line           int // the place of the node that was last looked for, as they come in order
	column, offset int
}

func newLayout(text string, root *yaml.Node) *layout {
	l := &layout{text: text, root: root, lines: []int{0}, spans: map[*yaml.Node]span{}}
	for i := range len(text) {
		if text[i] == '\n' {
			l.lines = append(l.lines, i+1)
		}
	}
	if root != nil {
		l.measure(root, -1)
	}
	return l
}

// begin is where a node begins. The mark of order at the begin of a file is no column.
func (l *layout) begin(n *yaml.Node) int {
	line := min(max(n.Line, 1), len(l.lines))
	if line != l.line || n.Column < l.column {
		l.line, l.column, l.offset = line, 1, l.lines[line-1]
		if line == 1 && strings.HasPrefix(l.text, "\ufeff") {
			l.offset = len("\ufeff")
		}
	}
	for ; l.column < n.Column && l.offset < len(l.text); l.column++ {
		_, size := utf8.DecodeRuneInString(l.text[l.offset:])
		l.offset += size
	}
	return l.offset
}

// measure finds where a node ends, which stands in a block at the indent.
func (l *layout) measure(n *yaml.Node, indent int) int {
	s := span{from: l.begin(n)}
	s.to = s.from
	if n.Kind != yaml.ScalarNode && n.Style&yaml.FlowStyle == 0 {
		indent = n.Column - 1
	}
	for _, child := range n.Content {
		s.to = max(s.to, l.measure(child, indent))
	}
	switch {
	case n.Kind == yaml.ScalarNode:
		s.to = l.endOfScalar(n, s.from, indent)
	case n.Style&yaml.FlowStyle != 0 && s.from < len(l.text) && strings.IndexByte("[{", l.text[s.from]) >= 0:
		s.to = l.endOfFlow(max(s.to, s.from+1))
	}
	l.spans[n] = s
	return s.to
}

func (l *layout) endOfScalar(n *yaml.Node, from, indent int) int {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		for i := from + 1; i < len(l.text); i++ {
			switch l.text[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
	case n.Style&yaml.SingleQuotedStyle != 0:
		for i := from + 1; i < len(l.text); i++ {
			switch {
			case l.text[i] != '\'':
			case strings.HasPrefix(l.text[i:], "''"):
				i++
			default:
				return i + 1
			}
		}
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return l.endOfBlock(from, indent)
	default:
		return l.endOfPlain(n.Value, from)
	}
	return len(l.text)
}

// endOfPlain goes as far as there are characters of the value. Between them white space
// alone can differ.
func (l *layout) endOfPlain(value string, from int) int {
	left := len(value) - strings.Count(value, " ") - strings.Count(value, "\n") - strings.Count(value, "\t")
	for left > 0 && from < len(l.text) {
		if strings.IndexByte(" \n\t\r", l.text[from]) < 0 {
			left--
		}
		from++
	}
	return from
}

// endOfBlock is the end of a text behind | or >: its lines are blank or go in deeper
// than what it is in.
func (l *layout) endOfBlock(from, indent int) int {
	end := l.endOfLine(from)
	head, _, _ := strings.Cut(l.text[from:end], "#")
	deep := 0
	if i := strings.IndexAny(head, "123456789"); i >= 0 {
		deep = max(indent, 0) + int(head[i]-'0')
	}
	for next := l.afterLine(end); next < len(l.text); next = l.afterLine(next) {
		line := l.lineAt(next)
		in := len(line) - len(strings.TrimLeft(line, " "))
		blank := strings.Trim(line, " ") == ""
		if !blank && deep == 0 {
			deep = max(in, indent+1)
		}
		switch {
		case blank && strings.Contains(head, "+"), blank && deep > 0 && in > deep, !blank && in >= deep:
			end = next + len(line)
		case !blank:
			return end
		}
	}
	return end
}

// endOfFlow is behind the bracket that closes a list or a map.
func (l *layout) endOfFlow(from int) int {
	for from < len(l.text) {
		switch l.text[from] {
		case ']', '}':
			return from + 1
		case '#':
			from = l.endOfLine(from)
		default:
			from++
		}
	}
	return from
}

// endOfLine is where the line ends in which a place is, before its break.
func (l *layout) endOfLine(at int) int {
	i := strings.IndexByte(l.text[min(at, len(l.text)):], '\n')
	if i < 0 {
		return len(l.text)
	}
	if i > 0 && l.text[at+i-1] == '\r' {
		return at + i - 1
	}
	return at + i
}

// afterLine is where the line after a place begins.
func (l *layout) afterLine(at int) int {
	if i := strings.IndexByte(l.text[min(at, len(l.text)):], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(l.text)
}

// startOfLine is where the line begins in which a place is.
func (l *layout) startOfLine(at int) int { return strings.LastIndexByte(l.text[:at], '\n') + 1 }

// lineAt is the rest of the line that begins at a place, without its break.
func (l *layout) lineAt(at int) string {
	if at >= len(l.text) {
		return ""
	}
	line, _, _ := strings.Cut(l.text[at:], "\n")
	return strings.TrimSuffix(line, "\r")
}

// commentAt is the column, from 0, of the comment that fills a line; -1: it has none.
func commentAt(line string) int {
	in := strings.TrimLeft(line, " \t")
	if strings.HasPrefix(in, "#") {
		return len(line) - len(in)
	}
	return -1
}

// withTail is the end of what ends at a place and begins at the indent, with the lines
// of comments behind it that go in deeper.
func (l *layout) withTail(end, indent int) int {
	end = l.endOfLine(end)
	for next := l.afterLine(end); next < len(l.text); next = l.afterLine(next) {
		line := l.lineAt(next)
		column := commentAt(line)
		if column > indent {
			end = next + len(line)
		} else if column >= 0 || strings.TrimSpace(line) != "" {
			break
		}
	}
	return end
}

// withHead is the begin of the line at a place, with the lines of comments that stand
// directly above it at the same indent.
func (l *layout) withHead(start, indent int) int {
	for start > 0 {
		above := l.startOfLine(start - 1)
		if commentAt(l.lineAt(above)) != indent {
			break
		}
		start = above
	}
	return start
}

// comments are what stands behind # in a part of the text, outside of values.
func (l *layout) comments(part span) []span {
	var scalars []span
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode {
			s := l.spans[n]
			if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 { // a comment may stand behind the mark
				s.from = min(l.endOfLine(s.from), s.to)
			}
			scalars = append(scalars, s)
		}
		for _, child := range n.Content {
			walk(child)
		}
	}
	if l.root != nil {
		walk(l.root)
	}
	var list []span
	for i, next := part.from, 0; i < part.to; {
		for next < len(scalars) && scalars[next].to <= i {
			next++
		}
		if next < len(scalars) && scalars[next].from <= i {
			i = scalars[next].to
			continue
		}
		if l.text[i] == '#' && (i == 0 || strings.IndexByte(" \t\n\r", l.text[i-1]) >= 0 || i == len("\ufeff") && strings.HasPrefix(l.text, "\ufeff")) {
			end := min(l.endOfLine(i), part.to)
			list = append(list, span{i, end})
			i = end
			continue
		}
		i++
	}
	return list
}
