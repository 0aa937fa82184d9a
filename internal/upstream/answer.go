package upstream

import (
	"bytes"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pavise/internal/http1"
)

// An Answer is what a server says to a request. It must be closed, and not be used
// after that.
type Answer struct {
	Status int
	// Length is that of the body; -1 if only its end will tell.
	Length int64
	// Trailer has the fields behind the body, once that has been read.
	Trailer http.Header

	l       *link
	method  string
	left    int64 // of the body, or of the chunk
	begun   bool  // a chunk has been read, and its CRLF has not
	last    bool  // the chunk of size 0 has been read
	trailed int   // bytes of trailers so far
	err     error // what ended the body too soon
	keep    bool  // the connection can go on behind it
	ended   bool
}

// errMalformed and its like say what is wrong with an answer and quote nothing of
// it: there may be a cookie in that.
func malformed(what string) error { return errors.New("the app's answer is malformed: " + what) }

var (
	errLongHead  = errors.New("the head of the app's answer is too long")
	errManyHeads = errors.New("the app sent too many interim answers")
	errManyLines = errors.New("the head of the app's answer has too many lines")
)

// hear reads heads until the last one.
func (l *link) hear(h http.Header, inform func(int, http.Header)) error {
	for range maxInterim + 1 {
		head, err := l.head()
		if err != nil {
			return err
		}
		line, rest, _ := http1.CutLine(head)
		a := &l.answer
		minor, err := a.statusLine(line)
		if err != nil {
			return err
		}
		if a.Status >= 200 || a.Status == http.StatusSwitchingProtocols {
			own, err := answerFields(h, rest)
			if err != nil {
				return err
			}
			return a.framing(h, own, minor)
		}
		if err := l.interim(rest, inform); err != nil {
			return err
		}
	}
	return errManyHeads
}

// interim is an answer before the last one (RFC 9110 15.2).
func (l *link) interim(fields string, inform func(int, http.Header)) error {
	if l.upload != nil {
		l.upload.allow()
	}
	h := http.Header{}
	_, err := answerFields(h, fields)
	if status := l.answer.Status; err == nil && status != http.StatusContinue && inform != nil {
		inform(status, h)
	}
	return err
}

// head reads up to the empty line. A line may end in a bare LF (RFC 9112 2.2): what
// becomes of it is written anew.
func (l *link) head() (string, error) {
	most := l.client.maxHeaderBytes()
	for at := 0; ; { // at is where the line begins
		i := bytes.IndexByte(l.buf[l.r+at:l.w], '\n')
		if i < 0 {
			if l.w-l.r >= most || l.w == len(l.buf) && !l.grow(most) {
				return "", errLongHead
			}
			if err := l.fill(); err != nil {
				return "", unexpectedIn(err, l.w-l.r)
			}
			continue
		}
		line := l.buf[l.r+at : l.r+at+i]
		at += i + 1
		if at > most {
			return "", errLongHead
		}
		if len(line) == 0 || len(line) == 1 && line[0] == '\r' {
			head := string(l.buf[l.r : l.r+at])
			l.r += at
			return head, nil
		}
	}
}

// unexpectedIn tells the end of a connection in the middle from one before a byte.
func unexpectedIn(err error, had int) error {
	if had > 0 {
		return unexpected(err)
	}
	return err
}

// statusLine reads HTTP/1.x SP status SP reason (RFC 9112 4).
func (a *Answer) statusLine(line string) (minor int, err error) {
	version, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	switch version {
	case "HTTP/1.1":
		minor = 1
	case "HTTP/1.0":
	default:
		return 0, malformed("it does not begin with HTTP/1.1")
	}
	status, err := strconv.ParseUint(code, 10, 16)
	if err != nil || len(code) != 3 {
		return 0, malformed("it has no status")
	}
	if status < 100 {
		return 0, errors.New("the app answered with the status " + code)
	}
	a.Status = int(status)
	return minor, nil
}

// hop are the fields of an answer that belong to the connection with the server.
type hop struct{ connection, codings, trailer, upgrade, keepAlive, others []string }

// field is where one of them is kept, or nil.
func (o *hop) field(name string) *[]string {
	switch name {
	case "Connection":
		return &o.connection
	case "Transfer-Encoding":
		return &o.codings
	case "Trailer":
		return &o.trailer
	case "Upgrade":
		return &o.upgrade
	case "Keep-Alive":
		return &o.keepAlive
	}
	if hopByHop(name) {
		return &o.others
	}
	return nil
}

// maxLines bounds how many lines a head may have: each more of one field costs as
// much as all before it.
const maxLines = 2000

// answerFields adds the fields of a head, but for those of the connection.
func answerFields(h http.Header, s string) (own hop, err error) {
	lines := strings.Count(s, "\n")
	if lines > maxLines {
		return own, errManyLines
	}
	values := make([]string, 0, lines)
	var last *string // the value that a folded line goes on with
	for {
		line, rest, _ := http1.CutLine(s)
		if line == "" {
			own.dropNamed(h)
			return own, nil
		}
		s = rest
		if line[0] == ' ' || line[0] == '\t' { // RFC 9112 5.2
			if last == nil || !http1.Printable(line) {
				return own, malformed("a line is folded that may not be")
			}
			*last = http1.Trim(*last + " " + http1.Trim(line))
			continue
		}
		name, value, err := answerField(line)
		if err != nil {
			return own, err
		}
		values = append(values, value)
		one := values[len(values)-1 : len(values) : len(values)]
		last = &one[0]
		if kept := own.field(name); kept != nil {
			*kept = append(*kept, value)
			last = &(*kept)[len(*kept)-1]
		} else if had := h[name]; had != nil {
			had = append(had[:len(had):len(had)], value)
			h[name], last = had, &had[len(had)-1]
		} else {
			h[name] = one
		}
	}
}

// dropNamed takes away what Connection names (RFC 9110 7.6.1).
func (o *hop) dropNamed(h http.Header) {
	for _, line := range o.connection {
		for item := range strings.SplitSeq(line, ",") {
			if item = http1.Trim(item); !strings.EqualFold(item, "close") && !strings.EqualFold(item, "keep-alive") {
				delete(h, http.CanonicalHeaderKey(item))
			}
		}
	}
}

// answerField reads one line. White space before the colon goes (RFC 9112 5.1).
func answerField(line string) (name, value string, err error) {
	colon := strings.IndexByte(line, ':')
	if colon < 0 {
		return "", "", malformed("a line of its head is no field")
	}
	name, _, ok := http1.Canonical(strings.TrimRight(line[:colon], " \t"))
	if !ok || !http1.Printable(line[colon+1:]) {
		return "", "", malformed("a field has a byte in it that none may have")
	}
	return name, http1.Trim(line[colon+1:]), nil
}

// framing decides where the body ends (RFC 9112 6.3), and whether another request
// can follow it.
func (a *Answer) framing(h http.Header, own hop, minor int) error {
	codings, lengths := own.codings, h["Content-Length"]
	a.keep = !http1.Has(own.connection, "close") && (minor > 0 || http1.Has(own.connection, "keep-alive"))
	a.l.announced(own.keepAlive)
	a.Length = -1
	if len(lengths) > 0 {
		n, err := oneLength(lengths)
		if err != nil {
			return err
		}
		h["Content-Length"], a.Length = lengths[:1:1], n
	}
	if codings != nil && (lengths != nil || minor == 0 || len(codings) > 1 || !strings.EqualFold(codings[0], "chunked")) {
		return malformed("its Transfer-Encoding is not chunked alone")
	}
	switch {
	case a.Status == http.StatusSwitchingProtocols:
		h["Connection"], h["Upgrade"] = []string{"Upgrade"}, own.upgrade
		a.keep, a.Length, a.ended = false, 0, true
	case a.Status == http.StatusNoContent: // RFC 9110 8.6: and HTTP/2 would announce what does not come
		delete(h, "Content-Length")
		a.Length, a.ended = -1, true
	case a.method == http.MethodHead || a.Status == http.StatusNotModified:
		a.ended = true
	case codings != nil:
		if own.trailer != nil {
			h["Trailer"] = own.trailer
		}
		a.Length, a.left = -1, 0
		return nil
	case a.Length >= 0:
		a.left, a.ended = a.Length, a.Length == 0
	default: // the end of the connection ends it
		a.left, a.keep = math.MaxInt64, false
	}
	return nil
}

// oneLength reads the length that all lines agree upon (RFC 9110 8.6).
func oneLength(lines []string) (int64, error) {
	n, ok := http1.Decimal(lines[0])
	ok = ok && n < math.MaxInt64 // which stands for no length here
	for _, line := range lines[1:] {
		ok = ok && line == lines[0]
	}
	if !ok {
		return 0, malformed("its Content-Length is no number of bytes")
	}
	return n, nil
}

// announced heeds for how long the server says that it keeps the connection open:
// a request must not meet the end of it.
func (l *link) announced(keepAlive []string) {
	l.idle = l.client.idle()
	for _, line := range keepAlive {
		for item := range strings.SplitSeq(line, ",") {
			if text, ok := strings.CutPrefix(http1.Trim(item), "timeout="); ok {
				if seconds, ok := http1.Decimal(text); ok {
					l.idle = min(l.idle, time.Duration(min(seconds, 3600))*time.Second-time.Second)
				}
			}
		}
	}
}
