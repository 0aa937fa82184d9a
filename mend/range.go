package mend

import (
	"strings"
	"unicode"
)

// plainRange is a range without where it is from: "npm:qs@^6.0.0", an alias, is ^6.0.0.
func plainRange(within string) string {
	rest, ok := strings.CutPrefix(within, "npm:")
	if !ok {
		return strings.TrimPrefix(within, "workspace:")
	}
	switch at := strings.LastIndexByte(rest, '@'); {
	case at > 0:
		return rest[at+1:]
	case strings.IndexFunc(rest, unicode.IsLetter) == 0 && rest[0] != 'v' && rest[0] != 'x' || at == 0: // a name alone
		return "*"
	}
	return rest // as yarn writes ranges: "npm:^6.0.0"
}

// raised is a range that asks for at least a version, in the way of one that stood there.
func raised(within, version string) (string, bool) {
	alias, plain := "", within
	if rest, ok := strings.CutPrefix(within, "npm:"); ok {
		plain = plainRange(within)
		alias = strings.TrimSuffix(within, plain)
		if plain == "*" && rest != "*" { // a name alone
			alias = within + "@"
		}
	}
	plain = strings.TrimSpace(plain)
	if strings.ContainsAny(plain, ":/") { // git, file, an address
		return "", false
	}
	switch {
	case strings.HasPrefix(plain, "~"):
		return alias + "~" + version, true
	case plain == "", plain == "latest", strings.ContainsAny(plain, "^ |<>*"):
		return alias + "^" + version, true
	case strings.IndexByte("0123456789=", plain[0]) >= 0, plain[0] == 'v' && len(plain) > 1 && unicode.IsDigit(rune(plain[1])):
		if strings.Count(plain, ".") < 2 || strings.ContainsAny(plain, "xX") { // "4" is any 4
			return alias + "^" + version, true
		}
		return alias + version, true
	}
	return "", false
}
