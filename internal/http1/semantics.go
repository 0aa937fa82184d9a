package http1

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// What follows is for internal/http2 and internal/upstream: what a request means (RFC 9110), how a target
// is spelt, which names an app must not hear and how long a client is waited for is
// one thing for all, and only the framing differs.

// Bad is a fault of the request, answered with 400.
func Bad(rule, reason string) *Fault { return bad(rule, reason) }

// Seen adds what was seen: a name, a method.
func (f *Fault) Seen(what string) *Fault { return f.saw(what) }

// Slow is the fault of a body that does not come, or too slowly.
func Slow() *Fault { return slow(slowBody) }

// PlainRefusal is what a server without Refuse answers.
func PlainRefusal(w http.ResponseWriter, r *http.Request, f *Fault) { plainRefusal(w, r, f) }

// NoTunnel is the fault of CONNECT.
func NoTunnel() *Fault { return noTunnel() }

// Path reads a target that has neither scheme nor authority: a path, or * for
// OPTIONS. What it makes of it stands in r.
func Path(r *http.Request, target string, strict bool) *Fault {
	if fault := legible(target, strict); fault != nil {
		return fault
	}
	if target == "" || target[0] != '/' && (target != "*" || r.Method != http.MethodOptions) {
		return bad("request-line", "The target of the request is neither a path nor an address.")
	}
	return path(r, target)
}

// path reads what begins with a slash, or is *.
func path(r *http.Request, target string) *Fault {
	r.RequestURI = target
	if origin(target, r.URL) {
		return nil
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return bad("request-line", "The target of the request is not spelt as an address is.")
	}
	r.URL = u
	return nil
}

// Declared reads the one Content-Length into the request.
func Declared(r *http.Request, lines []string, strict bool) *Fault { return declared(r, lines, strict) }

// Announced notes which trailers are to come, and not more than most.
func Announced(r *http.Request, most int) *Fault { return announced(r, most) }

// Method reports whether it can be one.
func Method(s string) bool { return len(s) <= 32 && token(s) }

// Token reports whether it is one (RFC 9110 5.6.2).
func Token(s string) bool { return token(s) }

// Canonical returns a name as http.Header has it; ok is false where it is no token.
func Canonical(name string) (key string, underscore, ok bool) { return canonical(name) }

// Printable reports whether a value has no control character but the tab.
func Printable(value string) bool { return printable(value) }

// Trim takes optional white space off.
func Trim(s string) string { return trim(s) }

// Has reports whether a list has the token in it, in any letter case.
func Has(lines []string, word string) bool { return has(lines, word) }

// Decimal reads a number of bytes.
func Decimal(s string) (n int64, ok bool) { return decimal(s) }

// HostName reports whether it is a name or an address with or without a port.
func HostName(s string) bool { return wellFormed(s) }

// Trails reports whether a field of a request may come behind the body.
func Trails(name string) bool { return trails(name) }

// MayTrail reports whether a field of a response may.
func MayTrail(name string) bool { return mayTrail(name) }

// Complete gives the limits that are 0 their defaults.
func (l Limits) Complete() Limits { return l.withDefaults() }

// A Pace is how long a client may still be waited for.
type Pace struct{ pace }

// Begin is what a client begins with.
func (l *Limits) Begin() Pace { return Pace{l.pace()} }

// Left is what is left of it.
func (p *Pace) Left() time.Duration { return p.left }

// TooSlow adds what came of one wait, and judges.
func (p *Pace) TooSlow(l *Limits, n int, took time.Duration) bool { return p.tooSlow(l, n, took) }

// A Deadline is the one that a connection has now.
type Deadline struct{ deadline }

// Set sets it, unless the one there is near enough.
func (d *Deadline) Set(now time.Time, wait time.Duration, set func(time.Time) error) {
	d.set(now, wait, set)
}

// Forget is called when somebody else has set one.
func (d *Deadline) Forget() { d.at = time.Time{} }

// A Life is the context of a request on a connection that is read all the while.
type Life struct{ life }

// Begin gives it the values of the connection's.
func (l *Life) Begin(base context.Context) { l.base = base }

// End ends it. Whoever is told of that must not wait, nor touch the response.
func (l *Life) End() { l.end() }

// TimedOut reports whether an error is that a deadline was over.
func TimedOut(err error) bool { return timedOut(err) }

// CutLine takes the first line off a head, without its end.
func CutLine(s string) (line, rest string, ok bool) { return cutLine(s) }

// AppendField appends the lines of a field. No value can end its line.
func AppendField(b []byte, name string, lines []string) []byte { return fieldLines(b, name, lines) }

// MaxChunkLine bounds the line of one chunk.
const MaxChunkLine = maxChunkLine

// ChunkSize reads the line of a chunk: its size, and how long what follows that is.
func ChunkSize(line []byte) (size int64, extension int, fault *Fault) { return chunkSize(line) }
