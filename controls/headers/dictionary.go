package headers

import (
	"slices"
	"strings"
)

// A member is one key of a structured dictionary, with its value as written.
type member struct{ key, value string }

// dictionary reads a structured dictionary as far as is needed to know its
// members (RFC 9651 4.2.2). It fails where a browser drops the whole header.
func dictionary(s string) ([]member, bool) {
	var list []member
	for s = strings.Trim(s, " "); s != ""; {
		m, rest, ok := readMember(s)
		if !ok {
			return nil, false
		}
		list = append(list, m)
		if s = strings.TrimLeft(rest, " \t"); s == "" {
			break
		}
		if s, ok = strings.CutPrefix(s, ","); !ok {
			return nil, false
		}
		if s = strings.TrimLeft(s, " \t"); s == "" {
			return nil, false // a comma at the end
		}
	}
	return list, true
}

// names reports whether a dictionary says something about a key.
func names(list []member, key string) bool {
	return slices.ContainsFunc(list, func(m member) bool { return m.key == key })
}

// complete appends to a dictionary the members of ours that it does not name.
func complete(dict string, theirs, ours []member) string {
	var b strings.Builder
	b.Grow(len(dict) + 32*len(ours)) // room for most
	b.WriteString(strings.TrimSpace(dict))
	for _, m := range ours {
		if names(theirs, m.key) {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(m.key)
		b.WriteByte('=')
		b.WriteString(m.value)
	}
	return b.String()
}

func readMember(s string) (m member, rest string, ok bool) {
	n := span(s, keyByte)
	if n == 0 || s[0] != '*' && (s[0] < 'a' || s[0] > 'z') {
		return member{}, "", false
	}
	m.key, rest, ok = s[:n], s[n:], true
	if value, has := strings.CutPrefix(rest, "="); has {
		if rest, ok = skipValue(value); !ok {
			return member{}, "", false
		}
		m.value = value[:len(value)-len(rest)]
	}
	rest, ok = skipParameters(rest)
	return m, rest, ok
}

// skipValue passes over an item or an inner list.
func skipValue(s string) (rest string, ok bool) {
	rest, list := strings.CutPrefix(s, "(")
	if !list {
		return skipItem(s)
	}
	for {
		rest = strings.TrimLeft(rest, " ")
		if after, end := strings.CutPrefix(rest, ")"); end {
			return after, true
		}
		if rest, ok = skipItem(rest); !ok {
			return "", false
		}
		if rest, ok = skipParameters(rest); !ok || rest == "" || rest[0] != ' ' && rest[0] != ')' {
			return "", false
		}
	}
}

// skipItem passes over a string, a token, a number, a boolean or the like.
func skipItem(s string) (rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		return skipString(s[1:])
	}
	n := span(s, tokenByte)
	// Only these begin an item: a quote of the old Feature-Policy does not.
	return s[n:], n > 0 && (letter(s[0]) || strings.IndexByte("*:?@-0123456789", s[0]) >= 0)
}

func skipString(s string) (rest string, ok bool) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return s[i+1:], true
		case c == '\\':
			if i++; i == len(s) || s[i] != '"' && s[i] != '\\' {
				return "", false
			}
		case c < ' ' || c > '~':
			return "", false
		}
	}
	return "", false
}

func skipParameters(s string) (rest string, ok bool) {
	for {
		after, more := strings.CutPrefix(s, ";")
		if !more {
			return s, true
		}
		after = strings.TrimLeft(after, " ")
		n := span(after, keyByte)
		if s = after[n:]; n == 0 {
			return "", false
		}
		if value, has := strings.CutPrefix(s, "="); has {
			if s, ok = skipItem(value); !ok {
				return "", false
			}
		}
	}
}

func span(s string, is func(byte) bool) int {
	n := 0
	for n < len(s) && is(s[n]) {
		n++
	}
	return n
}

func keyByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("_-.*", c) >= 0
}

func tokenByte(c byte) bool {
	return letter(c) || c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~:/?@=", c) >= 0
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
