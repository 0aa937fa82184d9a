package site

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// parse returns the one document of a file, or nil if there is none to read.
func (d *decoder) parse(data []byte) *yaml.Node {
	d.lines = bytes.Count(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) + 1
	if len(data) > MaxSize {
		d.failAt(1, 1, "", "the file is larger than %d bytes", MaxSize)
		return nil
	}
	if !d.readable(data) {
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		d.failAt(1, 1, "", "yaml: %v", err)
		return nil
	}
	var document, second yaml.Node
	if err := loader.Load(&document); err != nil && err != io.EOF {
		d.syntax(data, err)
		return nil
	}
	if len(document.Content) == 0 || document.Content[0].Tag == "!!null" {
		d.failAt(1, 1, d.least, "the file is empty")
		return nil
	}
	switch err := loader.Load(&second); {
	case err == nil:
		d.fail(&second, "delete the line ---", "a second document begins here")
	case err != io.EOF:
		d.syntax(data, err)
	}
	d.plain(document.Content[0])
	return document.Content[0]
}

// readable reports whether the file is UTF-8 without what no editor shows. A
// lone CR, U+0085, U+2028 and U+2029 are line breaks for YAML alone, so that
// neither line numbers nor what is seen would be right.
func (d *decoder) readable(data []byte) bool {
	line, column := 1, 1
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		newline := r == '\n' || r == '\r' && bytes.HasPrefix(data[1:], []byte("\n"))
		switch {
		case r == utf8.RuneError && size == 1:
			d.failAt(line, column, "", "the file is not UTF-8: byte 0x%02x", data[0])
			return false
		case !newline && r != '\t' && (unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp)):
			d.failAt(line, column, "", "the invisible character U+%04X must not stand in the file", r)
			return false
		case r == '\n':
			line, column = line+1, 1
		default:
			column++
		}
		data = data[size:]
	}
	return true
}

// syntax notes why the file is not YAML, as a person would say it.
func (d *decoder) syntax(data []byte, err error) {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		d.failAt(1, 1, "", "yaml: %v", err)
		return
	}
	line, column := e.Mark.Line, e.Mark.Column
	text := ""
	if lines := strings.Split(string(data), "\n"); line > 0 && line <= len(lines) {
		text = lines[line-1]
	}
	indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
	switch tab := strings.IndexByte(indent, '\t'); {
	case tab >= 0:
		d.failAt(line, tab+1, "use spaces", "yaml: a tab cannot indent")
	case line > d.lines && e.ContextMark.Line > 0:
		d.failAt(e.ContextMark.Line, e.ContextMark.Column, "", "yaml: what begins here has no end")
	default:
		said, hint := inWords(e)
		d.failAt(line, column, hint, "yaml: %s", said)
	}
}

// inWords says in other words what the parser says.
func inWords(e *yaml.LoadError) (text, hint string) {
	switch {
	case strings.HasPrefix(e.Message, "unknown anchor"):
		return aliases, "put text that begins with * in quotes"
	case strings.HasPrefix(e.Message, "found character that cannot start"):
		return "text cannot begin with this character", "put it in quotes"
	case strings.HasPrefix(e.Message, "mapping values are not allowed"):
		return `": " cannot stand here`, `put text with ": " in it in quotes, and indent what belongs together alike`
	case strings.HasPrefix(e.Message, "found incompatible YAML"):
		return "this version of YAML is not supported", "delete the line"
	case strings.HasPrefix(e.ContextMsg, "while parsing a block"):
		return fmt.Sprintf("this does not continue what begins on line %d", e.ContextMark.Line), "indent what belongs together alike"
	case strings.HasPrefix(e.ContextMsg, "while parsing a flow"):
		return fmt.Sprintf("%s, in what begins on line %d", strings.Replace(e.Message, "did not find expected", "want", 1), e.ContextMark.Line), ""
	}
	return e.Message, ""
}

const aliases = "anchors and aliases are not supported"

// plain notes what YAML can do and a configuration should not: an alias would
// let one line stand for a million, and a tag would change what a value means.
func (d *decoder) plain(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode:
		d.fail(n, "write the value out", "%s", aliases)
	case n.Style&yaml.TaggedStyle != 0:
		d.fail(n, "delete it", "the tag %s is not supported", show(n.Tag))
	}
	for _, child := range n.Content {
		d.plain(child)
	}
}
