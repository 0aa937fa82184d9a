package javascript

import (
	"strings"
	"unicode/utf8"
)

// A token is one word of source. Its text is the source between start and end.
type token struct {
	kind       tokenKind
	start, end int
	line       bool // a line ended before it
}

type tokenKind uint8

const (
	endToken      tokenKind = iota
	nameToken               // also keywords, and #private
	numberToken             // also bigints
	stringToken             // with its quotes
	templateToken           // the first ` alone: the parser reads what follows
	markToken               // an operator or bracket
)

// marks are the operators of more than one byte, the longest first.
var marks = [...]string{">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=", "<=", ">=",
	"&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**"}

// scan reads the token at an offset, or behind the space and the comments there. Any
// offset may be read again, which is how the parser tries two readings. A slash is always
// an operator: only the parser knows where a regular expression may stand.
func scan(src string, at int, types bool) token {
	at, line := space(src, at)
	t := token{start: at, end: at, line: line}
	if at >= len(src) {
		return t
	}
	switch c := src[at]; {
	case isName(c) || c == '\\' || c == '#':
		t.kind, t.end = nameToken, nameEnd(src, at+1)
	case c >= '0' && c <= '9', c == '.' && at+1 < len(src) && src[at+1] >= '0' && src[at+1] <= '9':
		t.kind, t.end = numberToken, numberEnd(src, at)
	case c == '"' || c == '\'':
		t.kind, t.end = stringToken, stringEnd(src, at)
	case c == '`':
		t.kind, t.end = templateToken, at+1
	default:
		t.kind, t.end = markToken, at+markLength(src[at:], types)
	}
	return t
}

// space skips white space and comments, and says whether a line ended therein.
func space(src string, at int) (end int, line bool) {
	for at < len(src) {
		switch c := src[at]; {
		case c == '\n' || c == '\r':
			line = true
			at++
		case c == ' ' || c == '\t' || c == '\v' || c == '\f':
			at++
		case strings.HasPrefix(src[at:], "//"), at == 0 && strings.HasPrefix(src, "#!"):
			at += lineLength(src[at:])
		case strings.HasPrefix(src[at:], "/*"):
			length := strings.Index(src[at+2:], "*/")
			if length < 0 {
				return len(src), true
			}
			line = line || strings.ContainsAny(src[at:at+2+length], "\n\r")
			at += length + 4
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(src[at:])
			if r != '\u2028' && r != '\u2029' && r != '\u00a0' && r != '\ufeff' {
				return at, line
			}
			line = line || r == '\u2028' || r == '\u2029'
			at += size
		default:
			return at, line
		}
	}
	return at, line
}

func lineLength(src string) int {
	if n := strings.IndexAny(src, "\n\r"); n >= 0 {
		return n
	}
	return len(src)
}

// isName reports whether a byte may begin a name: of other alphabets every letter is
// taken for one.
func isName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '$' || c == '_' || c >= utf8.RuneSelf
}

func nameEnd(src string, at int) int {
	for at < len(src) && (isName(src[at]) || src[at] >= '0' && src[at] <= '9' || src[at] == '\\') {
		switch {
		case strings.HasPrefix(src[at:], `\u{`):
			at += 3
			for at < len(src) && src[at] != '}' && isHex(src[at]) {
				at++
			}
			at = min(at+1, len(src))
		case src[at] >= utf8.RuneSelf:
			if end, _ := space(src, at); end > at { // a space of another alphabet
				return at
			}
			_, size := utf8.DecodeRuneInString(src[at:])
			at += size
		default:
			at++
		}
	}
	return at
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func numberEnd(src string, at int) int {
	begin, point := at, false
	for at < len(src) {
		c := src[at]
		if c == '.' && point { // 1..toFixed()
			break
		}
		point = point || c == '.'
		signed := (c == '+' || c == '-') && at > begin && (src[at-1] == 'e' || src[at-1] == 'E') &&
			!strings.HasPrefix(src[begin:], "0x") && !strings.HasPrefix(src[begin:], "0X")
		if !signed && c != '.' && c != '_' && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') {
			break
		}
		at++
	}
	return at
}

// stringEnd ends a string that nobody closed at the end of its line.
func stringEnd(src string, at int) int {
	quote := src[at]
	for at++; at < len(src); at++ {
		switch src[at] {
		case quote:
			return at + 1
		case '\\':
			if at++; strings.HasPrefix(src[min(at, len(src)):], "\r\n") {
				at++
			}
		case '\n', '\r':
			return at
		}
	}
	return len(src)
}

// markLength is 1 for > among types, where >> closes two lists.
func markLength(src string, types bool) int {
	if types && src[0] == '>' {
		return 1
	}
	for _, m := range marks {
		if src[0] != m[0] || !strings.HasPrefix(src, m) {
			continue
		}
		if m == "?." && len(src) > 2 && src[2] >= '0' && src[2] <= '9' {
			continue // a ? .5 : b
		}
		return len(m)
	}
	return 1
}

// regexEnd is where the regular expression that begins at an offset ends, and whether
// there is one: it ends on its line.
func regexEnd(src string, at int) (int, bool) {
	class := false
	for at++; at < len(src); at++ {
		switch c := src[at]; {
		case c == '\n' || c == '\r':
			return at, false
		case c == '\\':
			at++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			return nameEnd(src, at+1), true
		}
	}
	return len(src), false
}

// skip returns the offset behind the bracket that closes the one at an offset, without
// reading what stands between. It is for types, and for what is nested too deep.
func skip(src string, at int, types bool) int {
	var open []byte
	for at < len(src) {
		if n := len(open); n > 0 && open[n-1] == '`' {
			var hole bool
			if at, hole = templatePart(src, at); hole {
				open = append(open, '}')
			} else {
				open = open[:n-1]
			}
			if len(open) == 0 {
				return at
			}
			continue
		}
		t := scan(src, at, types)
		at = t.end
		if t.kind == endToken {
			break
		}
		switch c := src[t.start]; {
		case t.kind == templateToken:
			open = append(open, '`')
		case t.kind != markToken:
		case c == '(' || c == '[' || c == '{' || types && c == '<' && t.end == t.start+1:
			open = append(open, closing(c))
		case len(open) > 0 && c == open[len(open)-1]:
			open = open[:len(open)-1]
		case types && (c == ')' || c == ']' || c == '}'): // a < that was none
			return t.start
		}
		if len(open) == 0 {
			return at
		}
	}
	return len(src)
}

func closing(c byte) byte {
	switch c {
	case '(':
		return ')'
	case '[':
		return ']'
	case '<':
		return '>'
	}
	return '}'
}

// templatePart returns where a part of a template ends, behind ` or ${, and whether a
// hole begins there.
func templatePart(src string, at int) (end int, hole bool) {
	for ; at < len(src); at++ {
		switch {
		case src[at] == '\\':
			at++
		case src[at] == '`':
			return at + 1, false
		case src[at] == '$' && at+1 < len(src) && src[at+1] == '{':
			return at + 2, true
		}
	}
	return len(src), false
}
