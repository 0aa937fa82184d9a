package cookies

import (
	"encoding/base32"
	"strings"

	"pavise"
)

// token reports whether the name is one that every server may send
// (RFC 6265 4.1.1, RFC 9110 5.6.2).
func token(name string) bool {
	return possible(name) && !strings.ContainsAny(name, `()<>@,:\"/[]?{}`)
}

// possible reports whether a cookie can have the name: some frameworks use names
// that are no tokens, such as express:sess.
func possible(name string) bool {
	return name != "" && printable(name) && !strings.ContainsAny(name, " =;")
}

// cutPrefix takes one of the prefixes off that browsers guard (RFC 6265bis
// 4.1.3); without one the prefix is "".
func cutPrefix(name string) (prefix, bare string) {
	for _, prefix := range [...]string{hostPrefix, securePrefix} {
		if bare, ok := strings.CutPrefix(name, prefix); ok {
			return prefix, bare
		}
	}
	return "", name
}

// guarded reports whether a name has such a prefix in any letter case, as
// newer browsers see it.
func guarded(name string) bool { return hasPrefix(name, strings.EqualFold) }

// looksGuarded reports whether a lenient server may see such a prefix.
func looksGuarded(name string) bool { return hasPrefix(name, pavise.AlikeCookies) }

func hasPrefix(name string, same func(a, b string) bool) bool {
	return len(name) >= len(hostPrefix) && same(name[:len(hostPrefix)], hostPrefix) ||
		len(name) >= len(securePrefix) && same(name[:len(securePrefix)], securePrefix)
}

// ordinary reports whether nobody can take the name for another: nearly every
// name is, so this is asked first.
func ordinary(name string) bool {
	for i := range len(name) {
		if c := name[i]; !visible(c) || c == '%' || c == '.' || c == '[' {
			return false
		}
	}
	return true
}

func visible(c byte) bool { return ' ' < c && c <= '~' }

const (
	madeUp = "sess-"
	// veil is mixed into the letters of a made-up name, so that nothing but
	// Pavise reads the framework off it. It hides, and is no secret.
	veil = "tall enough to stand behind, broad enough for two"
)

// maxCode is more letters than the name of any framework takes.
const maxCode = 64

var letters = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// madeUpName is the public name for a default session name that nobody chose
// another for: one for each app's name, the same on every node and after every
// start, and reversible. It says "sess" so that scanners know what to look at.
// It must never change, or everybody is logged out.
func madeUpName(app string) string {
	if pavise.DefaultSessionName(app) == "" {
		return ""
	}
	return madeUp + letters.EncodeToString(mix([]byte(app)))
}

// appName takes a made-up name back: "" if it is none.
func appName(public string) string {
	code, ok := strings.CutPrefix(public, madeUp)
	if !ok || len(code) > maxCode {
		return ""
	}
	var raw, again [maxCode]byte
	n, err := letters.Decode(raw[:], []byte(code))
	if err != nil {
		return ""
	}
	letters.Encode(again[:], raw[:n])
	if string(again[:letters.EncodedLen(n)]) != code { // only one spelling is ours
		return ""
	}
	if app := string(mix(raw[:n])); pavise.DefaultSessionName(app) != "" {
		return app
	}
	return ""
}

func mix(b []byte) []byte {
	for i := range b {
		b[i] ^= veil[i%len(veil)]
	}
	return b
}
