package config

import (
	"errors"
	"strings"
)

// lua skips a block of Lua up to the brace that ends it: braces in its strings and
// comments do not count.
func (w *nginxWords) lua() error {
	for open := 1; w.pos < len(w.text); {
		rest := w.text[w.pos:]
		n := 1
		switch {
		case rest[0] == '{':
			open++
		case rest[0] == '}':
			open--
		case strings.HasPrefix(rest, "--"):
			n = 2 + luaComment(rest[2:])
		case rest[0] == '"' || rest[0] == '\'':
			n = luaString(rest)
		case rest[0] == '[':
			n = max(1, luaLong(rest))
		}
		w.line += strings.Count(rest[:n], "\n")
		w.pos += n
		if open == 0 {
			return nil
		}
	}
	return errors.New("a block of Lua is not closed")
}

func luaComment(rest string) int {
	if n := luaLong(rest); n > 0 {
		return n
	}
	if n := strings.IndexByte(rest, '\n'); n >= 0 {
		return n
	}
	return len(rest)
}

// luaString is the length of a string, with its quotes; a line ends it at the latest.
func luaString(rest string) int {
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case rest[0]:
			return i + 1
		case '\n':
			return i
		}
	}
	return len(rest)
}

// luaLong is the length of what stands in long brackets, [==[ and ]==]; 0 is none.
func luaLong(rest string) int {
	level := len(rest) - len(strings.TrimLeft(strings.TrimPrefix(rest, "["), "=")) - 1
	if !strings.HasPrefix(rest, "[") || !strings.HasPrefix(rest[1+level:], "[") {
		return 0
	}
	closing := "]" + strings.Repeat("=", level) + "]"
	if n := strings.Index(rest, closing); n >= 0 {
		return n + len(closing)
	}
	return len(rest)
}
