package javascript

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// unquote returns what a string says.
func unquote(literal string) string {
	if len(literal) > 1 && literal[len(literal)-1] == literal[0] {
		return unescape(literal[1 : len(literal)-1])
	}
	return unescape(strings.TrimLeft(literal, `"'`))
}

// unescape returns what stands in a string or template.
func unescape(s string) string {
	if !strings.ContainsRune(s, '\\') {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			i++
			continue
		}
		text, size := escape(s[i+1:])
		b.WriteString(text)
		i += size + 1
	}
	return b.String()
}

// escape returns what stands behind a backslash, and how many bytes say so.
func escape(s string) (text string, size int) {
	switch c := s[0]; c {
	case 'n':
		return "\n", 1
	case 'r':
		return "\r", 1
	case 't':
		return "\t", 1
	case 'b':
		return "\b", 1
	case 'f':
		return "\f", 1
	case 'v':
		return "\v", 1
	case '0':
		return "\x00", 1
	case '\n':
		return "", 1
	case '\r':
		if strings.HasPrefix(s, "\r\n") {
			return "", 2
		}
		return "", 1
	case 'x':
		return hexEscape(s, 1, 3)
	case 'u':
		if end := strings.IndexByte(s[:min(len(s), 12)], '}'); strings.HasPrefix(s, "u{") && end > 0 {
			text, _ := hexEscape(s, 2, end)
			return text, end + 1
		}
		return hexEscape(s, 1, 5)
	}
	_, size = utf8.DecodeRuneInString(s)
	return s[:size], size
}

func hexEscape(s string, from, to int) (text string, size int) {
	if to > len(s) {
		return s[:1], 1
	}
	n, err := strconv.ParseUint(s[from:to], 16, 32)
	if err != nil || n > utf8.MaxRune {
		return s[:1], 1
	}
	return string(rune(n)), to
}
