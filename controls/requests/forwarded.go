package requests

import (
	"net/http"
	"strings"
)

// forwarded reads Forwarded (RFC 7239 4). A line that is not written as it should
// be is no hop at all: where a quote is open, what a client wrote could hide what
// a proxy has added.
func forwarded(h http.Header, name string) hops {
	return func(yield func(hop, bool) bool) {
		lines := h[name]
		for i := len(lines) - 1; i >= 0; i-- {
			elements, ok := parseForwarded(lines[i])
			if !ok {
				yield(hop{}, false)
				return
			}
			for j := len(elements) - 1; j >= 0; j-- {
				addr, ok := parseHop(elements[j].node)
				if !yield(hop{addr, elements[j].proto}, ok) {
					return
				}
			}
		}
	}
}

type forwardedElement struct{ node, proto string }

// parseForwarded reads a line of elements, each of name=value pairs.
func parseForwarded(line string) ([]forwardedElement, bool) {
	list := []forwardedElement{{}}
	for rest := line; ; {
		name, after, ok := strings.Cut(strings.TrimLeft(rest, " \t"), "=")
		value, after, closed := pairValue(after)
		if !ok || !closed || !isToken(name) {
			return nil, false
		}
		e, field := &list[len(list)-1], (*string)(nil)
		switch strings.ToLower(name) {
		case "for":
			field = &e.node
		case "proto":
			field = &e.proto
		}
		if field != nil {
			if *field != "" { // RFC 7239 4: each once in an element
				return nil, false
			}
			*field = value
		}
		after = strings.TrimLeft(after, " \t")
		if after == "" {
			return list, true
		}
		switch after[0] {
		case ',':
			list = append(list, forwardedElement{})
		case ';':
		default:
			return nil, false
		}
		rest = after[1:]
	}
}

// pairValue takes a token or a quoted string off the front of a line.
func pairValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, ",; \t")
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:], !strings.Contains(s[:end], `"`) && end > 0
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}

// isToken reports whether s is a token (RFC 9110 5.6.2).
func isToken(s string) bool {
	return s != "" && strings.Trim(s, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
