package http1

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
)

// readHead returns the head of the next request, its end included, and how many
// lines it has. The first byte of it is in the buffer.
func (c *conn) readHead() (head string, lines int, err error) {
	in, l := &c.inward, &c.s.limits
	if err := c.emptyLine(); err != nil {
		return "", 0, err
	}
	for at := 0; ; { // at is where the line begins
		i := bytes.IndexByte(in.buf[in.r+at:in.w], '\n')
		switch {
		case i < 0 && in.buffered() >= l.MaxHeaderBytes, at+i >= l.MaxHeaderBytes:
			return in.string(at), lines, tooLong(lines)
		case lines > l.MaxFields+1:
			return in.string(at), lines, &Fault{Status: http.StatusRequestHeaderFieldsTooLarge, Rule: "size", Reason: "The request has too many fields."}
		case i < 0:
			if err := c.fillHead(); err != nil {
				return in.string(at), lines, err
			}
			continue
		}
		line := in.buf[in.r+at : in.r+at+i]
		crlf := i > 0 && line[i-1] == '\r'
		if c.s.Strict && !crlf { // RFC 9112 2.2 lets a reader take it, and so two readers differ
			return in.string(at), lines, bad("line-endings", "A line of the request ends in a bare LF.")
		}
		at += i + 1
		if i == 0 || crlf && i == 1 {
			head = in.string(at)
			in.r += at
			return head, lines, nil
		}
		lines++
	}
}

// string is the next so many bytes.
func (in *input) string(n int) string { return string(in.buf[in.r : in.r+n]) }

func tooLong(lines int) *Fault {
	if lines == 0 {
		return &Fault{Status: http.StatusRequestURITooLong, Rule: "size", Reason: "The target of the request is too long."}
	}
	return &Fault{Status: http.StatusRequestHeaderFieldsTooLarge, Rule: "size", Reason: "The head of the request is too long."}
}

// emptyLine skips the one CRLF that may come before a request (RFC 9112 2.2), and
// refuses at once what begins as no method does, TLS say.
func (c *conn) emptyLine() error {
	in := &c.inward
	if in.buf[in.r] == '\r' {
		for in.buffered() < 2 {
			if err := c.fillHead(); err != nil {
				return err
			}
		}
		if in.buf[in.r+1] == '\n' {
			in.r += 2
			for in.buffered() == 0 {
				if err := c.fillHead(); err != nil {
					return err
				}
			}
		}
	}
	if lower[in.buf[in.r]] == 0 {
		return bad("request-line", "The request does not begin with a method.")
	}
	return nil
}

// parse reads a head into the request.
func (x *exchange) parse(head string, lines int) *Fault {
	line, rest, _ := cutLine(head)
	fault := x.requestLine(line)
	if wrong := x.readFields(rest, lines-1); fault == nil { // also of a broken line: whoever answers looks at who sent it
		fault = wrong
	}
	if fault != nil {
		return fault
	}
	if fault := x.host(); fault != nil {
		return fault
	}
	if fault := x.framing(); fault != nil {
		return fault
	}
	x.persistence()
	return x.expectation()
}

// cutLine takes the first line off, without its end.
func cutLine(s string) (line, rest string, ok bool) {
	i := strings.IndexByte(s, '\n')
	if i < 0 {
		return "", "", false
	}
	line, rest = s[:i], s[i+1:]
	if i > 0 && line[i-1] == '\r' {
		line = line[:i-1]
	}
	return line, rest, true
}

// requestLine reads METHOD SP target SP version (RFC 9112 3).
func (x *exchange) requestLine(line string) *Fault {
	method, rest, _ := strings.Cut(line, " ")
	if len(method) > 32 || !token(method) {
		return bad("request-line", "The method of the request is none.").saw(method)
	}
	x.req.Method = method
	end := strings.LastIndexByte(rest, ' ')
	if end < 0 {
		return bad("request-line", "The request names no version of HTTP.")
	}
	target, version := rest[:end], rest[end+1:]
	if fault := x.version(version); fault != nil {
		return fault
	}
	if target == "" || strings.IndexByte(target, ' ') >= 0 {
		return bad("request-line", "The request line is not method, target and version with one space between.")
	}
	return x.target(target)
}

func (x *exchange) version(version string) *Fault {
	r := x.req
	switch version {
	case "HTTP/1.1":
		return nil // as it was made
	case "HTTP/1.0":
		r.Proto, r.ProtoMinor = version, 0
		return nil
	}
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	if len(version) == 8 && strings.HasPrefix(version, "HTTP/") && digit(version[5]) && version[6] == '.' && digit(version[7]) {
		return &Fault{Status: http.StatusHTTPVersionNotSupported, Rule: "request-line", Reason: "HTTP/1.1 and HTTP/1.0 are spoken here.", Saw: version}
	}
	return bad("request-line", "The request names no version of HTTP.").saw(version)
}

// readFields reads the fields of a head, most of whose values share its memory.
func (x *exchange) readFields(s string, most int) *Fault {
	h := x.fields
	values := slices.Grow(x.values[:0], max(most, 0))
	defer func() { x.values = values }()
	last := "" // the field that a folded line goes on with; "" where it was dropped
	for first := true; ; first = false {
		line, rest, _ := cutLine(s)
		if line == "" {
			return nil
		}
		s = rest
		if line[0] == ' ' || line[0] == '\t' {
			if fault := x.fold(h, last, line, first); fault != nil {
				return fault
			}
			continue
		}
		name, value, fault := x.c.field(line)
		if fault != nil {
			return fault
		}
		if last = name; name == "" {
			continue
		}
		if had := h[name]; had != nil {
			h[name] = append(had, value)
			continue
		}
		values = append(values, value)
		h[name] = values[len(values)-1 : len(values) : len(values)]
	}
}

// fold joins a line that goes on with a field to it, where that may be mended: a
// reader that does not know it sees two fields (RFC 9112 5.2).
func (x *exchange) fold(h http.Header, name, line string, first bool) *Fault {
	switch {
	case first:
		return bad("fields", "White space stands before the first field.")
	case x.c.s.Strict:
		return bad("fields", "A field of the request is folded.")
	case !printable(line):
		return bad("fields", "The value of a field has a control character in it.").saw(name)
	case name == "Transfer-Encoding" || name == "Content-Length" || name == "Host":
		return bad("fields", "A field that decides is folded.").saw(name)
	case name != "":
		lines := h[name]
		lines[len(lines)-1] = trim(lines[len(lines)-1] + " " + trim(line))
	}
	return nil
}

// field reads one line of head or trailer. An empty name is one to drop: with
// underscores it would be another's to many an app.
func (c *conn) field(line string) (name, value string, fault *Fault) {
	colon := strings.IndexByte(line, ':')
	if colon < 0 {
		return "", "", bad("fields", "A line of the request is no field.")
	}
	name, underscore, ok := canonical(line[:colon])
	switch {
	case colon == 0:
		return "", "", bad("fields", "A field has no name.")
	case !ok && (line[colon-1] == ' ' || line[colon-1] == '\t'):
		return "", "", bad("fields", "White space stands before the colon of a field.").saw(strings.TrimRight(line[:colon], " \t")) // RFC 9112 5.1
	case !ok:
		return "", "", bad("fields", "The name of a field is no token.")
	case underscore && c.s.Strict && Decides(name):
		return "", "", bad("fields", "A field is named with underscores like one that decides.").saw(name)
	case underscore:
		name = ""
	}
	value = line[colon+1:]
	if !printable(value) {
		return "", "", bad("fields", "The value of a field has a control character in it.").saw(line[:colon])
	}
	if name == "Transfer-Encoding" || name == "Content-Length" {
		return name, strings.Trim(value, " "), nil // not all readers take a tab for a space
	}
	return name, trim(value), nil
}
