package pavise

import (
	"net/url"
	"strings"
)

// PlainCookieName returns a name without what is no visible ASCII at its ends, and
// percent-decoded: so some servers read it (CVE-2020-7070, CVE-2020-8184).
func PlainCookieName(name string) string {
	name = trimInvisible(name)
	if strings.IndexByte(name, '%') >= 0 {
		if decoded, err := url.PathUnescape(name); err == nil {
			return trimInvisible(decoded)
		}
	}
	return name
}

func trimInvisible(s string) string {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
		}
	}
	return s
}

// AppendFolded appends the name of a cookie as PHP reads it, with _ for dots, blanks
// and brackets (CVE-2022-31629), in lower case, as ASP.NET compares it.
func AppendFolded(b []byte, name string) []byte {
	for i := range len(name) {
		b = append(b, fold(name[i]))
	}
	return b
}

// AlikeCookies reports whether a lenient server may take two names for the same.
func AlikeCookies(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if fold(a[i]) != fold(b[i]) {
			return false
		}
	}
	return true
}

func fold(c byte) byte {
	switch {
	case c == '.' || c == ' ' || c == '[':
		return '_'
	case 'A' <= c && c <= 'Z':
		return c + 'a' - 'A'
	}
	return c
}
