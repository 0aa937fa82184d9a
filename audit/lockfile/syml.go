package lockfile

import (
	"bytes"
	"encoding/json"
	"strings"
)

// maxLine bounds one line of what yarn writes.
const maxLine = 64 << 10

// A symlReader reads the indented lines that yarn writes, of both forms: names in front
// of a value or a block, and no more of YAML than that.
type symlReader struct {
	data []byte
	line int
	err  error
}

// A symlLine is one line: how far it is indented, its names, and the value of the last,
// where it has one.
type symlLine struct {
	indent int
	names  []string
	value  string
}

func (r *symlReader) fail(why string) (symlLine, bool) {
	r.err = &fault{r.line, why}
	return symlLine{}, false
}

// next reads a line that says something.
func (r *symlReader) next() (symlLine, bool) {
	for len(r.data) > 0 && r.err == nil {
		line, rest, _ := bytes.Cut(r.data, []byte("\n"))
		r.data = rest
		r.line++
		text := strings.TrimRight(string(line[:min(len(line), maxLine+1)]), " \r")
		inner := strings.TrimLeft(text, " ")
		switch {
		case len(text) > maxLine:
			return r.fail("the line is longer than any that yarn writes")
		case inner == "" || inner[0] == '#' || inner == ":": // the last stands below a long name
			continue
		case strings.HasPrefix(inner, "<<<<<<<"), strings.HasPrefix(inner, "======="):
			return r.fail("a merge was not finished: both sides stand there")
		}
		return r.parse(len(text)-len(inner), strings.TrimPrefix(inner, "? "))
	}
	return symlLine{}, false
}

func (r *symlReader) parse(indent int, rest string) (symlLine, bool) {
	l := symlLine{indent: indent}
	for {
		name, after, ok := symlToken(rest)
		if !ok {
			return r.fail("a name or a value is not written as yarn has it")
		}
		l.names = append(l.names, name)
		switch {
		case after == "" || after == ":":
			return l, true
		case strings.HasPrefix(after, ", "):
			rest = after[2:]
			continue
		case strings.HasPrefix(after, ": "):
			after = after[2:]
		case after[0] != ' ':
			return r.fail("a name or a value is not written as yarn has it")
		}
		l.value = strings.TrimSpace(after)
		if strings.HasPrefix(l.value, `"`) && json.Unmarshal([]byte(l.value), &l.value) != nil {
			return r.fail("a value is not written as yarn has it")
		}
		return l, true
	}
}

// symlToken takes a name, in quotes or up to what may stand behind one.
func symlToken(s string) (name, rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		for i := 1; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case '"':
				return name, s[i+1:], json.Unmarshal([]byte(s[:i+1]), &name) == nil
			}
		}
		return "", "", false
	}
	for i := range len(s) {
		switch s[i] {
		case ' ':
			return s[:i], s[i:], i > 0
		case ',', ':':
			if i+1 == len(s) || s[i+1] == ' ' {
				return s[:i], s[i:], i > 0
			}
		}
	}
	return s, "", s != ""
}
