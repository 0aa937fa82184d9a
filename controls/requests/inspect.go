package requests

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"pavise"
)

// maxInspected is how much of a body is looked at.
const maxInspected = 64 << 10

// inspected is the start of a body, and how to read it.
type inspected struct {
	kind     string // "form", "multipart" or "JSON"
	boundary string
	text     []byte
	whole    bool
}

// What a client is told whose body could mean one thing here and another there.
const (
	manyTypes  = "The request does not say in one way what its body is."
	oddCharset = "Forms and JSON are taken in UTF-8."
	tooDeep    = "The JSON is nested too deeply."
)

// readBody takes the start off a body that has parameters, and puts it back; nil
// is a body without. Fault is why nobody can judge it.
func readBody(x *pavise.Exchange, notes *notes) (body *inspected, fault string) {
	r := x.Request
	lines := r.Header["Content-Type"]
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 || len(lines) == 0 {
		return nil, ""
	}
	t := readType(lines[0])
	if len(lines) > 1 || t.twice {
		return nil, manyTypes
	}
	switch body = (&inspected{kind: kindOf(t.media), boundary: t.boundary}); {
	case body.kind == "":
		return nil, ""
	case body.kind == "multipart" && body.boundary == "":
		notes.once(x, "a multipart body without boundary was not inspected")
		return nil, ""
	case !asciiBased(t.charset):
		return nil, oddCharset
	}
	body.take(x)
	if !body.whole {
		notes.once(x, "of a body of more than 64 KiB the rest was not inspected")
	}
	switch {
	case len(r.Header["Content-Encoding"]) > 0: // read as it stands: apps that know no codings do so too
		notes.once(x, "a body with a Content-Encoding was inspected as it stands, not decoded")
	case body.kind == "JSON" && wide(body.text):
		return nil, oddCharset
	}
	return body, ""
}

// take reads the start of the body. The app gets it again, byte for byte, and then
// the rest, or the error that it would have met.
func (b *inspected) take(x *pavise.Exchange) {
	from := x.Request.Body
	text, err := readStart(from, x.Request.ContentLength, maxInspected)
	b.text = text
	b.whole = err == nil && (len(text) < maxInspected || int64(len(text)) == x.Request.ContentLength)
	replaceBody(x, &replayed{start: text, err: err, rest: from})
}

// readStart reads at most so much of a body. Whatever length it is said to have, it
// needs as much memory as was sent.
func readStart(from io.Reader, length int64, most int) ([]byte, error) {
	const small = 4 << 10
	if length < 0 || length > small {
		length = small
	}
	text := make([]byte, 0, length+1) // with room to meet the end in
	for len(text) < most {
		text = slices.Grow(text, 1)
		n, err := from.Read(text[len(text):min(cap(text), most)])
		text = text[:len(text)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			return text, err
		}
	}
	return text, nil
}

// A replayed is a body of which the start was read before, or all up to an error.
type replayed struct {
	start []byte
	err   error
	rest  io.ReadCloser
}

func (b *replayed) Read(p []byte) (n int, err error) {
	switch {
	case len(b.start) > 0:
		n = copy(p, b.start)
		b.start = b.start[n:]
		return n, nil
	case b.err != nil:
		return 0, b.err
	}
	return b.rest.Read(p)
}

func (b *replayed) Close() error { return b.rest.Close() }

// wide knows JSON in UTF-16 or UTF-32 by its byte order mark, or by the zeros that
// text has there and nowhere else (RFC 8259 8.1).
func wide(text []byte) bool {
	return bytes.HasPrefix(text, []byte{0xfe, 0xff}) || bytes.HasPrefix(text, []byte{0xff, 0xfe}) ||
		bytes.IndexByte(text[:min(len(text), 4)], 0) >= 0
}

// body takes down the parameters of a body, nil being none.
func (a *parameters) body(b *inspected, separators string) (fault string) {
	switch {
	case b == nil || a.conflict != "":
	case b.kind == "form":
		text := string(b.text)
		if !b.whole { // the last may be half
			text = text[:strings.LastIndexAny(text, separators)+1]
		}
		a.query(text, "form", separators)
	case b.kind == "multipart":
		a.multipart(b)
	default:
		return a.json(b.text)
	}
	return ""
}

func (a *parameters) multipart(b *inspected) {
	parts := multipart.NewReader(bytes.NewReader(b.text), b.boundary)
	for a.conflict == "" {
		part, err := parts.NextPart()
		if err != nil {
			return
		}
		value, err := io.ReadAll(part)
		lines := part.Header["Content-Disposition"]
		if err != nil || part.FileName() != "" && !slices.ContainsFunc(lines, extended) {
			continue
		}
		for _, line := range lines {
			for _, name := range partNames(line) {
				a.add("form", name, string(value), false)
			}
		}
	}
}

// extended reports whether a part is a file to those alone who know extended names
// of one (RFC 7578 4.2), and a parameter to others.
func extended(line string) bool { return strings.Contains(strings.ToLower(line), "filename*") }

// partNames reads the name out of a Content-Disposition. One that is not written as
// it should be some apps read all the same, so there every name counts that any of
// them may find.
func partNames(line string) []string {
	if _, attributes, err := mime.ParseMediaType(line); err == nil {
		return []string{attributes["name"]}
	}
	var list []string
	lower := strings.ToLower(line)
	if strings.Contains(lower, "filename") {
		return nil
	}
	for at := 0; ; {
		i := strings.Index(lower[at:], "name")
		if i < 0 || len(lower) != len(line) {
			return list
		}
		at += i + len("name")
		value, ok := strings.CutPrefix(strings.TrimLeft(line[at:], " \t"), "=")
		if !ok {
			continue
		}
		value = strings.TrimLeft(value, " \t")
		ends := "; \t"
		if value != "" && (value[0] == '"' || value[0] == '\'') {
			value, ends = value[1:], value[:1]
		}
		if end := strings.IndexAny(value, ends); end >= 0 {
			value = value[:end]
		}
		list = append(list, value)
	}
}

// maxNesting is deeper than any honest JSON, and less than any parser takes.
const maxNesting = 200

// json takes down the members of the outermost object.
func (a *parameters) json(text []byte) (fault string) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if isObject(text) && nested(text) > maxNesting {
		return tooDeep
	}
	for name, value := range members(text) {
		if a.conflict != "" {
			break
		}
		a.add("JSON", name, scalar(value), false)
	}
	return ""
}

func isObject(text []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{"))
}

// members are those of the outermost object, as far as it can be read. What is an
// array there has no names.
func members(text []byte) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		if !isObject(text) {
			return
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.Token() // the bracket
		for d.More() {
			name, err := d.Token()
			var value json.RawMessage
			if err != nil || d.Decode(&value) != nil || !yield(name.(string), value) {
				return
			}
		}
	}
}

// scalar is a value as a form would have it: "1" and 1 are the same.
func scalar(value json.RawMessage) string {
	var s string
	if value[0] == '"' && utf8.Valid(value) && json.Unmarshal(value, &s) == nil {
		return s
	}
	return string(value)
}

// nested is how deep brackets stand in one another, outside of strings.
func nested(text []byte) (deepest int) {
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}
