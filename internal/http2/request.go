package http2

import (
	"net/http"
	"strings"

	"pavise/internal/http1"
)

// pseudo are the fields that are the request line (RFC 9113 8.3.1).
type pseudo struct {
	method, scheme, authority, path string
	seen                            byte
	over                            bool // another field has come
}

// take takes one of them.
func (p *pseudo) take(f field) *http1.Fault {
	var to *string
	var bit byte
	switch f.name {
	case ":method":
		to, bit = &p.method, 1
	case ":scheme":
		to, bit = &p.scheme, 2
	case ":authority":
		to, bit = &p.authority, 4
	case ":path":
		to, bit = &p.path, 8
	default:
		return http1.Bad("request-line", "The request has a pseudo-header that nobody knows.").Seen(f.name)
	}
	switch {
	case p.over:
		return http1.Bad("request-line", "A pseudo-header stands behind the fields.").Seen(f.name)
	case p.seen&bit != 0:
		return http1.Bad("request-line", "The request has a pseudo-header twice.").Seen(f.name)
	}
	p.seen |= bit
	*to = f.value
	return nil
}

// parse reads a head into the request, as far as it goes, and returns the first
// fault of it.
func (x *stream) parse(k *block) *http1.Fault {
	var p pseudo
	fault := x.fields(k.fields, &p)
	if k.large { // what is wrong may be that the rest is not there
		fault = &http1.Fault{Status: http.StatusRequestHeaderFieldsTooLarge, Rule: "size", Reason: "The head of the request is too long, or has too many fields."}
	}
	first := func(f *http1.Fault) {
		if fault == nil {
			fault = f
		}
	}
	first(x.line(&p))
	first(x.host(&p))
	first(x.framing(k.endStream))
	first(x.expectation(k.endStream))
	return fault
}

// fields reads those of a head.
func (x *stream) fields(list []field, p *pseudo) (fault *http1.Fault) {
	h := make(http.Header, len(list))
	values := make([]string, 0, len(list))
	x.req.Header = h
	for _, f := range list {
		if f.name != "" && f.name[0] == ':' {
			if wrong := p.take(f); wrong != nil && fault == nil {
				fault = wrong
			}
			continue
		}
		p.over = true
		name, value, wrong := x.field(f)
		switch {
		case wrong != nil && fault == nil:
			fault = wrong
		case wrong != nil, name == "":
		case h[name] != nil:
			h[name] = append(h[name], value)
		default:
			values = append(values, value)
			h[name] = values[len(values)-1 : len(values) : len(values)]
		}
	}
	if crumbs := h["Cookie"]; len(crumbs) > 1 {
		h["Cookie"] = []string{strings.Join(crumbs, "; ")} // RFC 9113 8.2.3
	}
	return fault
}

// field reads one line of head or trailer. An empty name is one to drop: with
// underscores it would be another's to many an app.
func (x *stream) field(f field) (name, value string, fault *http1.Fault) {
	strict := x.c.s.Strict
	name, underscore, ok := http1.Canonical(f.name)
	switch {
	case f.name == "":
		return "", "", http1.Bad("fields", "A field has no name.")
	case !ok:
		return "", "", http1.Bad("fields", "The name of a field is no token.")
	case upper(f.name):
		return "", "", http1.Bad("fields", "The name of a field has upper-case letters.").Seen(f.name)
	case underscore && strict && http1.Decides(name):
		return "", "", http1.Bad("fields", "A field is named with underscores like one that decides.").Seen(name)
	case underscore:
		name = ""
	}
	if !http1.Printable(f.value) {
		return "", "", http1.Bad("fields", "The value of a field has a control character in it.").Seen(f.name)
	}
	value = http1.Trim(f.value)
	if strict && len(value) != len(f.value) {
		return "", "", http1.Bad("fields", "The value of a field begins or ends with white space.").Seen(f.name) // RFC 9113 8.2.1
	}
	return name, value, nil
}

// line reads what the request line is made of.
func (x *stream) line(p *pseudo) *http1.Fault {
	r := x.req
	switch {
	case !http1.Method(p.method):
		return http1.Bad("request-line", "The method of the request is none.").Seen(p.method)
	case p.method == http.MethodConnect:
		r.Method = p.method
		return http1.NoTunnel()
	}
	r.Method = p.method
	if p.scheme != "https" && p.scheme != "http" {
		return http1.Bad("request-line", "The request is not of a scheme that is spoken here.").Seen(p.scheme)
	}
	return http1.Path(r, p.path, x.c.s.Strict)
}

// host compares :authority with Host, which may stand for it (RFC 9113 8.3.1).
func (x *stream) host(p *pseudo) *http1.Fault {
	r := x.req
	lines := r.Header["Host"]
	delete(r.Header, "Host")
	has := p.seen&4 != 0
	switch {
	case len(lines) > 1:
		return http1.Bad("host", "The request has more than one Host.")
	case !has && lines == nil:
		return http1.Bad("host", "The request names no host.")
	case lines != nil && !http1.HostName(lines[0]), has && !http1.HostName(p.authority):
		return http1.Bad("host", "The Host of the request is no host name.")
	case !has:
		r.Host = lines[0]
		return nil
	}
	r.Host = p.authority
	if x.c.s.Strict && lines != nil && !strings.EqualFold(lines[0], p.authority) {
		return http1.Bad("host", "The request names one host in :authority and another in Host.")
	}
	return nil
}

// ofConnection are the fields that HTTP/2 does not have (RFC 9113 8.2.2).
var ofConnection = []string{"Connection", "Transfer-Encoding", "Upgrade", "Keep-Alive", "Proxy-Connection"}

// framing reads how long the body is said to be, and which trailers are to come.
func (x *stream) framing(ended bool) *http1.Fault {
	r := x.req
	for _, name := range ofConnection {
		if r.Header[name] != nil {
			return http1.Bad("framing", "The request has a field of a connection, which HTTP/2 does not have.").Seen(name)
		}
	}
	if te := r.Header["Te"]; te != nil && (len(te) > 1 || te[0] != "trailers") {
		return http1.Bad("framing", "The request has a TE that is not for trailers.")
	}
	if !ended {
		r.ContentLength = -1
	}
	if lengths := r.Header["Content-Length"]; lengths != nil {
		if fault := http1.Declared(r, lengths, x.c.s.Strict); fault != nil {
			return fault
		}
		if ended && r.ContentLength != 0 {
			return http1.Bad("framing", "The request has no body, and says that it has one.")
		}
	}
	return http1.Announced(r, x.c.s.limits.MaxFields)
}

// expectation is what a client waits for with its body (RFC 9110 10.1.1).
func (x *stream) expectation(ended bool) *http1.Fault {
	lines := x.req.Header["Expect"]
	if lines == nil {
		return nil
	}
	if len(lines) > 1 || !strings.EqualFold(lines[0], "100-continue") {
		return &http1.Fault{Status: http.StatusExpectationFailed, Rule: "expect", Reason: "The only expectation here is 100-continue."}
	}
	delete(x.req.Header, "Expect") // it is ours to meet
	x.awaits = !ended && x.req.ContentLength != 0
	return nil
}
