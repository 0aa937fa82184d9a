package leaks

import (
	"encoding/json"
	"iter"
	"strings"
)

// removed stands where a whole string was a trace.
const removed = "[removed]"

// cutTraces takes the traces out of valid JSON: each string ends where a trace
// begins, and every other byte stays.
func cutTraces(text []byte) (cut []byte, found bool) {
	if !marked(text) {
		return text, false
	}
	rest := 0
	for literal, start := range literals(text) {
		whole := unquote(literal)
		kept := withoutTrace(whole)
		if kept == whole {
			continue
		}
		quoted, _ := json.Marshal(kept) // a string: cannot fail
		cut = append(append(cut, text[rest:start]...), quoted...)
		rest = start + len(literal)
	}
	return append(cut, text[rest:]...), rest > 0
}

// withoutTrace returns the message that stands before a trace.
func withoutTrace(s string) string {
	at := findTrace(s)
	if at.frame == "" {
		return s
	}
	kept := strings.TrimSpace(s[:at.at])
	if kept == "" || findTrace(kept).frame != "" {
		return removed
	}
	return kept
}

// literals walks over the string literals of a JSON text, with their quotes, and
// tells where each begins. One that is cut off goes to the end.
func literals(text []byte) iter.Seq2[[]byte, int] {
	return func(yield func([]byte, int) bool) {
		for i := 0; i < len(text); i++ {
			if text[i] != '"' {
				continue
			}
			start := i
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			if !yield(text[start:min(i+1, len(text))], start) {
				return
			}
		}
	}
}

// unquote decodes a string literal; one that is none it returns as it stands.
func unquote(literal []byte) string {
	var s string
	if json.Unmarshal(literal, &s) != nil {
		return string(literal)
	}
	return s
}
