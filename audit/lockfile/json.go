package lockfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxNesting bounds how deep values stand in one another.
const maxNesting = 200

// A fault is what is wrong with a file, and where.
type fault struct {
	line int
	why  string
}

func (f *fault) Error() string { return f.why }

// A jsonReader reads JSON (RFC 8259) once, from its beginning to its end, and keeps
// nothing of what nobody asks for. Its first error stays, and then it reads no more.
type jsonReader struct {
	data  []byte
	at    int
	loose bool // comments, and a comma after the last (JSONC)
	depth int
	err   error

	counted, line int // how far lines were counted
}

func newJSON(data []byte, loose bool) *jsonReader {
	return &jsonReader{data: bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), loose: loose, line: 1}
}

// here is the line of what is read next.
func (r *jsonReader) here() int {
	if r.at > r.counted {
		r.line += bytes.Count(r.data[r.counted:r.at], []byte("\n"))
		r.counted = r.at
	}
	return r.line
}

func (r *jsonReader) fail(format string, args ...any) {
	if r.err != nil {
		return
	}
	why := fmt.Sprintf(format, args...)
	if rest := r.data[min(r.at, len(r.data)):]; bytes.HasPrefix(rest, []byte("<<<<<<<")) || bytes.HasPrefix(rest, []byte("=======")) {
		why = "a merge was not finished: both sides stand there"
	}
	r.err = &fault{r.here(), why}
}

// peek is the first byte of what comes next, 0 at the end or after an error.
func (r *jsonReader) peek() byte {
	for r.err == nil && r.at < len(r.data) {
		switch c := r.data[r.at]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			r.at++
		case c == '/' && r.loose:
			r.comment()
		default:
			return c
		}
	}
	return 0
}

func (r *jsonReader) comment() {
	rest := r.data[r.at:]
	end, close := -1, ""
	switch {
	case bytes.HasPrefix(rest, []byte("//")):
		close = "\n"
	case bytes.HasPrefix(rest, []byte("/*")):
		close = "*/"
	default:
		r.fail("a comment begins with // or /*")
		return
	}
	if end = bytes.Index(rest[2:], []byte(close)); end < 0 {
		r.at = len(r.data)
		return
	}
	r.at += 2 + end + len(close)
}

// object reads an object: each is called before each value, and reads it or leaves it.
// Where there is something else it is passed over.
func (r *jsonReader) object(each func(key string)) {
	if r.peek() != '{' {
		r.skip()
		return
	}
	r.members('}', func() {
		if r.peek() != '"' {
			r.fail("the name of a member is a string in double quotes")
			return
		}
		key := r.text()
		if r.peek() != ':' {
			r.fail("a colon belongs after the name %q", clip(key))
			return
		}
		r.at++
		r.value(func() { each(key) })
	})
}

// list reads a list, as object reads objects.
func (r *jsonReader) list(each func()) {
	if r.peek() != '[' {
		r.skip()
		return
	}
	r.members(']', func() { r.value(each) })
}

// members reads what stands between brackets, with commas between.
func (r *jsonReader) members(end byte, member func()) {
	if r.depth++; r.depth > maxNesting {
		r.fail("values stand more than %d deep in one another", maxNesting)
		return
	}
	r.at++
	for first := true; r.err == nil; first = false {
		c := r.peek()
		if !first && c != end {
			if c != ',' {
				r.fail("a comma or %q is missing", string(end))
				return
			}
			r.at++
			if c = r.peek(); c == end && !r.loose {
				r.fail("no comma belongs before %q", string(end))
			}
		}
		if c == end {
			r.at++
			r.depth--
			return
		}
		member()
	}
}

// value has something read one value, and passes over it if it did not.
func (r *jsonReader) value(read func()) {
	r.peek()
	from := r.at
	if read(); r.at == from {
		r.skip()
	}
}

// skip passes over a value.
func (r *jsonReader) skip() {
	switch c := r.peek(); {
	case r.err != nil:
	case c == '{':
		r.object(func(string) {})
	case c == '[':
		r.list(func() {})
	case c == '"':
		r.raw()
	default:
		r.word()
	}
}

// word reads a number, true, false or null.
func (r *jsonReader) word() string {
	from := r.at
	for r.at < len(r.data) && (r.data[r.at] >= '0' && r.data[r.at] <= '9' || r.data[r.at] >= 'a' && r.data[r.at] <= 'z' || strings.IndexByte("+-.E", r.data[r.at]) >= 0) {
		r.at++
	}
	word := string(r.data[from:r.at])
	if word == "" || !json.Valid([]byte(word)) {
		r.at = from
		r.fail("a value is missing")
	}
	return word
}

// text reads a string; "" where there is something else, which is passed over.
func (r *jsonReader) text() string {
	if r.peek() != '"' {
		r.skip()
		return ""
	}
	raw := r.raw()
	if r.err != nil {
		return ""
	}
	if inner := raw[1 : len(raw)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		r.fail("a string is not written as JSON has it")
	}
	return s
}

// raw is a string as it stands, with its quotes.
func (r *jsonReader) raw() []byte {
	from := r.at
	for i := from + 1; i < len(r.data); i++ {
		switch r.data[i] {
		case '\\':
			i++
		case '"':
			r.at = i + 1
			return r.data[from:r.at]
		case '\n':
			r.fail("a string does not end")
			return nil
		}
	}
	r.fail("a string does not end")
	return nil
}

// scalar is a string, number or bool as text.
func (r *jsonReader) scalar() string {
	switch c := r.peek(); {
	case c == '"':
		return r.text()
	case c == '{' || c == '[' || r.err != nil:
		r.skip()
		return ""
	}
	return r.word()
}

// truth reads true; everything else is false.
func (r *jsonReader) truth() bool { return r.scalar() == "true" }

// texts are the strings of a list.
func (r *jsonReader) texts() []string {
	var list []string
	r.list(func() {
		if s := r.text(); s != "" {
			list = append(list, s)
		}
	})
	return list
}

// document reads the one object that the file is.
func (r *jsonReader) document(each func(key string)) error {
	if r.peek() != '{' {
		r.fail("an object was expected")
		return r.err
	}
	r.object(each)
	if r.err == nil && (r.peek() != 0 || r.at < len(r.data)) {
		r.fail("something stands after the end")
	}
	return r.err
}

func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}
