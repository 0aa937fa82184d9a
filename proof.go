package pavise

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
)

// A Proof lets anybody see it again.
type Proof struct {
	Command  string `json:"command,omitempty"` // a line for the shell
	Sent     string `json:"sent,omitempty"`
	Received string `json:"received,omitempty"`
}

// Proof shows an answer to a request: the line that asks again, and the head
// of what came back.
func (a Answer) Proof() Proof {
	var p Proof
	switch r := a.Probe.Request; {
	case r != nil:
		p = Proof{Command: r.curl(a.Response, false), Sent: cmp.Or(r.Method, http.MethodGet) + " " + r.URL}
		if r.As != "" {
			p.Sent += " as " + r.As
		}
	case a.Probe.Journey != nil:
		return a.travel()
	case a.Probe.Raw != nil:
		p = shell(a.Probe.Raw.Sent, connect(a.Probe.Raw.Address, a.Probe.Raw.Name))
	case a.Probe.Slow != nil:
		p = shell(a.Probe.Slow.Sent, "(time "+connect(a.Probe.Slow.Address, a.Probe.Slow.Name)+")")
	}
	if res := a.Response; res != nil {
		var b strings.Builder
		fmt.Fprintf(&b, "%s %d %s\n", res.Proto, res.Status, http.StatusText(res.Status))
		for _, name := range sortedNames(res.Header) {
			for _, v := range res.Header[name] {
				fmt.Fprintf(&b, "%s: %s\n", name, mask(name, v))
			}
		}
		p.Received = b.String()
	}
	return p
}

// Shown is the proof of an answer whose body tells: the line shows that, too.
func (a Answer) Shown() Proof {
	p := a.Proof()
	switch {
	case a.Probe.Request != nil:
		p.Command = a.Probe.Request.curl(a.Response, true)
	case a.Probe.Journey != nil:
		p.Command = strings.Replace(p.Command, " -o /dev/null", "", 1)
	}
	return p
}

// curlVersions are curl's options for a version of HTTP that a probe asks for.
var curlVersions = map[string]string{HTTP1: " --http1.1", HTTP2: " --http2", HTTP3: " --http3-only"}

// curl is the shell line that sends the request again and shows what the rules
// look at: the head of the response, and the body where it may be what is wrong.
// Values of cookies and credentials are masked, and must be put in by hand.
func (r Request) curl(got *Response, body bool) string {
	var b strings.Builder
	body = body || r.Keep > 0 || r.Host != "" || r.As != "" || got != nil && got.Status >= 400
	if body {
		b.WriteString("curl -ski")
	} else {
		b.WriteString("curl -sk -o /dev/null -D -")
	}
	b.WriteString(curlVersions[r.Proto])
	if r.Header.Get("Upgrade") != "" { // only HTTP/1.1 has it, and what is upgraded stays open
		b.WriteString(" --http1.1 -m 10")
	}
	if r.Method != "" && r.Method != http.MethodGet {
		b.WriteString(" -X " + quote(r.Method))
	}
	if r.Host != "" {
		b.WriteString(" -H " + quote("Host: "+r.Host))
	}
	for _, name := range sortedNames(r.Header) {
		for _, v := range r.Header[name] {
			b.WriteString(" -H " + r.numbered(name+": "+mask(name, v)))
		}
	}
	if r.As != "" {
		b.WriteString(" -b " + quote("SESSION OF "+r.As))
	}
	if r.Body != "" || r.Method == http.MethodPost && r.Announce == 0 { // an empty body is announced, too
		b.WriteString(" --data-binary " + r.numbered(r.Body))
	}
	if strings.ContainsAny(r.URL, "[]{}") {
		b.WriteString(" -g") // to curl they would be a pattern
	}
	if r.Announce > 0 {
		fmt.Fprintf(&b, " -m 10 -H 'Expect: 100-continue' -H 'Content-Length: %d'", r.Announce)
	}
	b.WriteString(" --path-as-is " + quote(r.URL))
	if r.Keep > 0 { // a dump may be long
		fmt.Fprintf(&b, " | head -c %d", r.Keep)
	}
	if r.Times > 1 {
		return fmt.Sprintf("for n in $(seq %d); do %s; done", r.Times, b.String())
	}
	return b.String()
}

// numbered is a word for the shell in which {n} is the number of the time, where there
// are several. What stands around it is quoted apart: each in its own way.
func (r Request) numbered(word string) string {
	if r.Times <= 1 || !strings.Contains(word, "{n}") {
		return quote(word)
	}
	parts := strings.Split(word, "{n}")
	for i := range parts {
		parts[i] = quote(parts[i])
	}
	return strings.Join(parts, `"$n"`)
}

// shell shows bytes that are sent as they are.
func shell(sent, to string) Proof {
	return Proof{Command: "printf %s " + quote(sent) + " | " + to, Sent: fmt.Sprintf("%q", sent)}
}

// connect is the shell command that speaks to an address: by TLS where it has a name.
func connect(address, name string) string {
	if name == "" {
		host, port, _ := net.SplitHostPort(address)
		return "nc " + quote(host) + " " + quote(port)
	}
	return OpenSSL(address, name, "-quiet")
}

// OpenSSL is the shell command that speaks TLS with an address, asking for a name, "" for
// none.
func OpenSSL(address, name, options string) string {
	line := "openssl s_client"
	if options != "" {
		line += " " + options
	}
	line += " -connect " + Quote(address)
	if Named(name) || name == "localhost" { // RFC 6066 3: no addresses
		line += " -servername " + Quote(name)
	}
	return line
}

// mask takes the values out of cookies and credentials: a report is no place for
// a session, even one that was made for the scan.
func mask(name, value string) string {
	switch name {
	case "Set-Cookie":
		pair, attrs, more := strings.Cut(value, ";")
		if more {
			attrs = ";" + attrs
		}
		return maskPair(pair) + attrs
	case "Cookie":
		pairs := strings.Split(value, ";")
		for i, pair := range pairs {
			pairs[i] = maskPair(pair)
		}
		return strings.Join(pairs, ";")
	case "Authorization", "Proxy-Authorization":
		scheme, _, _ := strings.Cut(value, " ")
		return scheme + " VALUE"
	}
	return value
}

func maskPair(pair string) string {
	name, _, _ := strings.Cut(pair, "=")
	return name + "=VALUE"
}

func sortedNames(h http.Header) []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Quote makes one word for the shell of what may hold anything. A plain one stays as
// it is.
func Quote(s string) string {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("@_+=:,.-", c)
	}
	if s == "" || strings.ContainsFunc(s, func(c rune) bool { return !plain(c) }) {
		return quote(s)
	}
	return s
}

// quote makes one word for the shell. What only fills it, a header of 48 KiB say, the
// line makes itself: nobody can copy it otherwise.
func quote(s string) string {
	if before, n, after := filling(s); n > 0 {
		word := fmt.Sprintf(`"$(printf %%%ds | tr ' ' %c)"`, n, s[before])
		if before > 0 {
			word = quote(s[:before]) + word
		}
		if after != "" {
			word += quote(after)
		}
		return word
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return ansiQuote(s)
		}
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// filling is where a letter begins to stand many times in a row, how often, and what
// comes after.
func filling(s string) (before, n int, after string) {
	const many = 256
	for before < len(s) {
		n := 1
		for before+n < len(s) && s[before+n] == s[before] {
			n++
		}
		if n >= many && 'a' <= s[before] && s[before] <= 'z' {
			return before, n, s[before+n:]
		}
		before += n
	}
	return 0, 0, ""
}

// ansiQuote writes bytes that a terminal must not see raw as $'…' escapes.
func ansiQuote(s string) string {
	var b strings.Builder
	b.WriteString("$'")
	for i := range len(s) {
		switch c := s[i]; {
		case c < 0x20 || c >= 0x7f || c == '\'' || c == '\\': // a shell that knows no $'…' takes \' for the end (CWE-78)
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('\'')
	return b.String()
}
