// Package redact takes out of what a stranger sent, before it is written or sent anywhere,
// what may be a secret or the number of a payment card.
package redact

import "strings"

// How much of what a stranger sent is written.
const (
	maxPath    = 1024
	maxQuery   = 512
	maxReferer = 512
)

const hidden = "***"

// Clip bounds a text.
func Clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// Path is a path without what may be a secret in it: card numbers, mail addresses, session
// ids, long tokens.
func Path(s string) string {
	s = Clip(s, maxPath)
	if i := strings.Index(strings.ToLower(s), ";jsessionid="); i >= 0 {
		s = s[:i+len(";jsessionid=")] + hidden
	}
	if !strings.Contains(s, "@") && !hasLong(s) {
		return Cards(s)
	}
	parts := strings.Split(s, "/")
	for i, part := range parts {
		if strings.Contains(part, "@") || tokenLike(part, longToken) {
			parts[i] = hidden
		}
	}
	return Cards(strings.Join(parts, "/"))
}

// longToken is how long a segment of a path is that nobody has given a name: an id of a
// thing has 36 at most.
const longToken = 40

func hasLong(s string) bool {
	for run, i := 0, 0; i < len(s); i++ {
		if run++; s[i] == '/' {
			run = 0
		}
		if run >= longToken {
			return true
		}
	}
	return false
}

// tokenLike reports whether a text is long, has a digit and is of the letters that tokens
// are made of.
func tokenLike(s string, least int) bool {
	if len(s) < least || strings.HasPrefix(s, "eyJ") && strings.Count(s, ".") == 2 { // a JWT
		return len(s) >= least
	}
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			digits++
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_', c == '-', c == '=', c == '+', c == '~', c == '%':
		default:
			return false
		}
	}
	return digits > 0
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
	for item := range strings.SplitSeq(Clip(raw, maxQuery), "&") {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		name, value, has := strings.Cut(item, "=")
		if tokenLike(name, 20) || strings.Contains(name, "@") || strings.Contains(name, "%40") {
			name = hidden
		}
		b.WriteString(name)
		switch {
		case !has:
		case m == QueryNames || secretName(name) || strings.Contains(value, "@") || strings.Contains(value, "%40") || tokenLike(value, 20):
			b.WriteString("=" + hidden)
		default:
			b.WriteString("=" + value)
		}
	}
	return Cards(b.String())
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
	scheme, rest, found := strings.Cut(Clip(s, maxReferer), "://")
	if !found {
		return Path(scheme)
	}
	host, after, slash := strings.Cut(rest, "/")
	host = host[strings.LastIndex(host, "@")+1:]
	if !slash {
		return scheme + "://" + host
	}
	return scheme + "://" + host + Path("/"+after)
}
