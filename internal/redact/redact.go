// Package redact takes out of what a stranger sent, before it is written or sent anywhere,
// what may be a secret or the number of a payment card.
package redact

import (
	"path"
	"slices"
	"strings"
)

// How much of what a stranger sent is written.
const (
	maxPath    = 1024
	maxQuery   = 512
	maxReferer = 512
)

const hidden = "***"

// mark ends a text that was clipped.
const mark = "…"

// Clip bounds a text.
func Clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + mark
}

// Path is a path without what may be a secret in it: card numbers, mail addresses, session
// ids, long tokens. It is looked for before the path is cut: of half a secret nobody sees
// that it is one.
func Path(s string) string {
	if i := afterSession(s); i >= 0 {
		s = s[:i] + hidden
	}
	return Cards(Clip(segments(s), maxPath))
}

// afterSession is where a session id begins in a path; -1 where there is none.
func afterSession(s string) int {
	const name = ";jsessionid="
	for i := range len(s) - len(name) + 1 {
		if s[i] == ';' && strings.EqualFold(s[i:i+len(name)], name) { // as long as that, and so ASCII
			return i + len(name)
		}
	}
	return -1
}

// segments is a path without those segments that may be a secret, as far as it is written.
func segments(s string) string {
	clean := true
	for part := range strings.SplitSeq(s, "/") {
		clean = clean && !secretSegment(part)
	}
	if clean {
		return s
	}
	var b strings.Builder
	slash := ""
	for part := range strings.SplitSeq(s, "/") {
		if b.Len() > maxPath {
			break
		}
		if secretSegment(part) {
			part = hidden
		}
		b.WriteString(slash)
		b.WriteString(part)
		slash = "/"
	}
	return b.String()
}

// secretSegment reports whether a segment of a path may be a secret: it is of mail, or a part
// of it is a token, or several that are signed together, as in ImFkYSI:1tEabc:SIGNATURE.
func secretSegment(s string) bool {
	if mail(s) {
		return true
	}
	if len(s) < longToken || asset(s) {
		return false
	}
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return other(r) && !strings.ContainsRune(".:,!", r) }) {
		if tokenLike(part, longToken) {
			return true
		}
	}
	return false
}

// assets are how files end that pages are made of: long digests stand in their names.
var assets = []string{".js", ".mjs", ".css", ".map", ".wasm", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".ico", ".png", ".jpg", ".jpeg", ".gif",
	".svg", ".webp", ".avif", ".mp4", ".webm"}

func asset(s string) bool { return slices.Contains(assets, strings.ToLower(path.Ext(s))) }

// mail reports whether there may be an address of mail in a text.
func mail(s string) bool { return strings.Contains(s, "@") || strings.Contains(s, "%40") }

// longToken is how long a segment of a path is that nobody has given a name: an id of a
// thing has 36 at most.
const longToken = 37

// tokenLike reports whether a text of the letters that tokens are made of is long, and has a
// digit.
func tokenLike(s string, least int) bool {
	return len(s) >= least && strings.ContainsAny(s, "0123456789")
}

// other reports whether no token has this letter.
func other(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("_-=+~%", r)
}

// secretItem reports whether a name in a query or a value there may be a secret: it is of
// mail, or a part of it is a token, as in ?/reset/TOKEN.
func secretItem(s string) bool {
	for part := range strings.FieldsFuncSeq(s, other) {
		if tokenLike(part, 20) {
			return true
		}
	}
	return mail(s)
}

// A QueryMode is what is written of a query.
type QueryMode string

// The modes.
const (
	QueryOff    QueryMode = "off"
	QueryNames  QueryMode = "names"
	QueryMasked QueryMode = "masked"
)

// Of is a query as the mode has it written.
func (m QueryMode) Of(raw string) string {
	if raw == "" || m == QueryOff {
		return ""
	}
	var b strings.Builder
	for item := range strings.SplitSeq(raw, "&") {
		if b.Len() > maxQuery {
			break
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		name, value, has := strings.Cut(item, "=")
		if secretItem(name) {
			name = hidden
		}
		b.WriteString(name)
		switch {
		case !has:
		case m == QueryNames || secretName(name) || secretItem(value):
			b.WriteString("=" + hidden)
		default:
			b.WriteString("=" + value)
		}
	}
	return Cards(Clip(b.String(), maxQuery))
}

// secretNames stand in the names of parameters whose values are nobody's business.
var secretNames = []string{"pass", "pwd", "token", "secret", "key", "auth", "sess", "sid", "code", "state", "otp", "pin", "mail", "card",
	"cvv", "cvc", "pan", "sig", "jwt", "nonce", "ticket", "cred", "saml", "hash", "user", "phone", "iban"}

func secretName(name string) bool {
	name = strings.ToLower(name)
	if strings.Contains(name, "%") { // an escape hides what it says
		return true
	}
	for _, s := range secretNames {
		if strings.Contains(name, s) {
			return true
		}
	}
	return false
}

// Referer is where a request came from, without query and fragment.
func Referer(s string) string {
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		s = s[:i]
	}
	scheme, rest, found := strings.Cut(s, "://")
	if !found {
		return Path(s)
	}
	host, after, slash := strings.Cut(rest, "/")
	s = scheme + "://" + host[strings.LastIndex(host, "@")+1:]
	if slash {
		s += Path("/" + after)
	}
	return Cards(Clip(s, maxReferer))
}
