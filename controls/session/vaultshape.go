package session

import (
	"encoding/base64"
	"net/url"
	"strings"
	"unicode/utf8"
)

// shapeOf returns which framework writes session cookies of that shape, "" if none is
// known to.
func shapeOf(value string) string {
	value = decoded(value)
	switch {
	case strings.HasPrefix(value, "s:") && strings.Contains(value, "."):
		return "express-session"
	case strings.HasPrefix(value, "j:{"):
		return "Express"
	case railsLike(value):
		return "Rails or Rack"
	case strings.HasPrefix(value, ".eJ") && strings.Count(value, ".") == 3:
		return "Flask"
	case strings.HasPrefix(value, "eyJpdiI6"):
		return "Laravel"
	case strings.HasPrefix(value, "eyJ") && strings.Count(value, ".") == 2:
		return "a JSON Web Token"
	case strings.HasPrefix(value, "CfDJ8"):
		return "ASP.NET Core"
	}
	return ""
}

// railsLike reports whether a value is parts in Base64 with -- between: data and the
// digits of a MAC, or data, nonce and tag, whose length is no multiple of three.
func railsLike(value string) bool {
	if !strings.Contains(value, "--") {
		return false
	}
	const digits = "0123456789abcdef"
	parts := strings.Split(value, "--")
	for _, part := range parts {
		if len(part) < 16 || strings.Trim(part, digits+"ABCDEFGHIJKLMNOPQRSTUVWXYZghijklmnopqrstuvwxyz+/=") != "" {
			return false
		}
	}
	last := parts[len(parts)-1]
	return len(parts) == 2 && len(last) >= 40 && strings.Trim(last, digits) == "" ||
		len(parts) == 3 && len(last) == 24 && strings.HasSuffix(last, "==")
}

// readable returns what can be read in a value by anybody, "" if nothing can.
func readable(value string) string {
	value = decoded(value)
	if what := structured(value); what != "" {
		return what
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(value, "."), ".") {
		part, _, _ = strings.Cut(part, "--")
		if b, ok := unbased(part); ok {
			if what := structured(b); what != "" {
				return what + " in Base64"
			}
			if strings.HasPrefix(b, "\x04\x08") && railsLike(value) {
				return "a Ruby object in Base64"
			}
			if strings.HasPrefix(value, ".") && (strings.HasPrefix(b, "\x78\x9c") || strings.HasPrefix(b, "\x78\xda")) { // RFC 1950 2.2
				return "packed JSON in Base64"
			}
		}
	}
	return ""
}

// structured knows the forms in which languages write down data.
func structured(s string) string {
	s = strings.TrimSpace(s)
	switch {
	case len(s) < 2:
		return ""
	case s[0] == '{' && strings.HasSuffix(s, "}") && strings.Contains(s, `"`) && utf8.ValidString(s), strings.HasPrefix(s, `j:{`):
		if strings.HasPrefix(s, `{"iv":`) { // Laravel's envelope around what is sealed
			return ""
		}
		return "JSON"
	case strings.HasPrefix(s, "a:") && strings.Contains(s, ":{"), strings.HasPrefix(s, "O:") && strings.Contains(s, `:"`):
		return "PHP data"
	}
	return ""
}

func decoded(value string) string {
	value = strings.Trim(value, `"`)
	if plain, err := url.QueryUnescape(strings.ReplaceAll(value, "+", "%2B")); err == nil {
		return plain
	}
	return value
}

// unbased takes Base64 off, of either alphabet.
func unbased(s string) (string, bool) {
	if s = strings.TrimRight(s, "="); len(s) < 4 {
		return "", false
	}
	s = strings.NewReplacer("+", "-", "/", "_").Replace(s)
	b, err := base64.RawURLEncoding.DecodeString(s)
	return string(b), err == nil
}

// bearsData reports whether the value of a cookie is data rather than an id: then it
// is another one whenever the data is.
func bearsData(value string) bool {
	return len(value) > 128 || strings.HasPrefix(value, "eyJ") || strings.HasPrefix(value, "e30") ||
		strings.HasPrefix(value, ".eJ") || railsLike(value)
}
