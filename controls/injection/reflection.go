package injection

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/net/html"

	"pavise"
)

// A reflection is how a canary comes back, the worse the greater.
type reflection int

// The reflections. A promising one needs another canary to tell.
const (
	harmless reflection = iota
	promising
	asString
	asScript
	asAttribute
	asElement
)

func (r reflection) String() string {
	return []string{"text", "text in a script", "the end of a string in a script", "script", "an attribute", "an element"}[r]
}

// reflected tells how the n-th canary comes back in a page, as a browser parses it.
// What is no page it does not parse.
func reflected(r *pavise.Response, n int) reflection {
	mark, attribute := fmt.Sprintf("pvsq%d", n), fmt.Sprintf("pvsx%d", n)
	if !isPage(r) || !bytes.Contains(r.Body, []byte(mark)) {
		return harmless
	}
	worst := harmless
	z := html.NewTokenizer(bytes.NewReader(r.Body))
	inScript := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			return worst
		case html.TextToken:
			if inScript {
				worst = max(worst, inCode(string(z.Raw()), mark))
			}
		case html.EndTagToken:
			inScript = false
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			if string(name) == mark {
				return asElement
			}
			inScript = string(name) == "script"
			for more {
				var key, value []byte
				key, value, more = z.TagAttr()
				switch k := string(key); {
				case strings.Contains(k, mark), strings.Contains(k, attribute):
					worst = max(worst, asAttribute)
				case strings.HasPrefix(k, "on"):
					if how := inCode(string(value), mark); how > promising { // there < means nothing
						worst = max(worst, how)
					}
				}
			}
		}
	}
}

// isPage reports whether a browser would parse a response as HTML: what it is said to
// be, or, where nothing is said, what it looks like.
func isPage(r *pavise.Response) bool {
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Content-Disposition")), "attachment") {
		return false
	}
	switch media := r.Media(); media {
	case "text/html", "application/xhtml+xml", "image/svg+xml":
		return true
	case "":
		return !strings.EqualFold(r.Header.Get("X-Content-Type-Options"), "nosniff") && bytes.HasPrefix(bytes.TrimSpace(r.Body), []byte("<"))
	}
	return false
}

// inCode tells how the canary stands in a script: in a string that it ends, in none at
// all, or in one that holds it. Which quote has opened the string says the byte before
// it; a lexer as small as ours is believed only where it agrees with what stands there.
// Where < comes through the end of the script may, too.
func inCode(code, mark string) reflection {
	worst := harmless
	for at := strings.Index(code, mark); at >= 0; at = next(code, mark, at) {
		rest := code[at+len(mark):]
		bait := rest[:min(len(rest), 40)]
		before := strings.TrimRight(code[:at], " ")
		switch {
		case at > 0 && strings.IndexByte("'\"`", code[at-1]) >= 0:
			if ends(bait, code[at-1]) {
				worst = max(worst, asString)
			}
		case within(code[:at]) == 0:
			if before == "" || strings.IndexByte("=(:,[{;+?&|!\n", before[len(before)-1]) >= 0 {
				worst = max(worst, asScript)
			}
		case within(code[:at]) != 'c' && strings.HasPrefix(bait, "'\"`"):
			worst = max(worst, asString)
		}
		if strings.Contains(bait, "<"+mark) {
			worst = max(worst, promising)
		}
	}
	return worst
}

// next is where the mark stands again, behind the canary.
func next(code, mark string, at int) int {
	from := min(len(code), at+len(mark)+40)
	if i := strings.Index(code[from:], mark); i >= 0 {
		return from + i
	}
	return -1
}

// within returns the quote of the string that is open behind a piece of JavaScript, 'c'
// in a comment, 0 in neither.
func within(code string) byte {
	var open byte
	for i := 0; i < len(code); i++ {
		c := code[i]
		switch {
		case open == 'c':
			if end := strings.IndexByte(code[i:], '\n'); end >= 0 {
				i, open = i+end, 0
			} else {
				return 'c'
			}
		case open == '*':
			end := strings.Index(code[i:], "*/")
			if end < 0 {
				return 'c'
			}
			i, open = i+end+1, 0
		case open != 0 && c == '\\':
			i++
		case open != 0:
			if c == open || c == '\n' && open != '`' {
				open = 0
			}
		case c == '\'' || c == '"' || c == '`':
			open = c
		case strings.HasPrefix(code[i:], "//"):
			open, i = 'c', i+1
		case strings.HasPrefix(code[i:], "/*"):
			open, i = '*', i+1
		}
	}
	if open == '*' {
		return 'c'
	}
	return open
}

// ends reports whether the quote stands in the canary as itself, with no backslash
// before it.
func ends(bait string, quote byte) bool {
	for i := 0; i < len(bait); i++ {
		switch {
		case bait[i] == '\\':
			i++
		case bait[i] == quote:
			return true
		case bait[i] == '>' || bait[i] == '\n':
			return false
		}
	}
	return false
}

// around is what stands about a text in a body.
func around(body []byte, text string) string {
	at := bytes.Index(body, []byte(text))
	if at < 0 {
		return ""
	}
	return "… " + strings.ToValidUTF8(string(body[max(0, at-60):min(len(body), at+80)]), "") + " …"
}
