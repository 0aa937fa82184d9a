package login

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/net/html"

	"pavise"
)

// A telling is what a failed login tells, without the name it was for.
type telling struct{ status, to, text string }

func newTelling(steps []pavise.Response, names ...string) telling {
	var pairs []string
	for _, name := range names {
		pairs = append(pairs, name, "NAME")
	}
	without := strings.NewReplacer(pairs...)
	t := telling{status: fmt.Sprint(steps[0].Status), to: without.Replace(steps[0].Header.Get("Location"))}
	for _, s := range steps {
		t.text += text(&s, without) + " "
	}
	return t
}

// text is what a person reads of a page: no tags, and no numbers or marks of secrets,
// which change by themselves.
func text(r *pavise.Response, without *strings.Replacer) string {
	body := string(r.Body)
	if r.HTML() {
		body = visible(r.Body)
	}
	words := strings.FieldsFunc(without.Replace(body), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsDigit(r) })
	kept := words[:0]
	for _, w := range words {
		if !strings.Contains(w, "~") {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

func visible(body []byte) string {
	var b strings.Builder
	z := html.NewTokenizer(bytes.NewReader(body))
	hidden := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.StartTagToken:
			name, _ := z.TagName()
			hidden = string(name) == "script" || string(name) == "style"
		case html.EndTagToken:
			hidden = false
		case html.TextToken:
			if !hidden {
				b.Write(z.Text())
				b.WriteByte(' ')
			}
		}
	}
}

// differ says in what the first two, which are alike, differ from the last two. It is
// sure that they do not where nothing changes by itself.
func differ(told [4]telling) (saw string, sure bool) {
	sure = true
	for _, part := range []struct {
		words string
		of    func(telling) string
	}{
		{"a wrong password is answered %s, an unknown account %s", func(t telling) string { return t.status }},
		{"a wrong password leads to %q, an unknown account to %q", func(t telling) string { return t.to }},
		{"a wrong password tells %q, an unknown account %q", func(t telling) string { return t.text }},
	} {
		known, again, unknown, also := part.of(told[0]), part.of(told[1]), part.of(told[2]), part.of(told[3])
		switch {
		case known != again || unknown != also:
			sure = false
		case known != unknown:
			known, unknown = apart(known, unknown)
			return fmt.Sprintf(part.words, known, unknown), true
		}
	}
	return "", sure
}

// apart shortens two texts to where they differ.
func apart(a, b string) (string, string) {
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	at = strings.LastIndexByte(a[:at], ' ') + 1
	return pavise.Clip(a[at:], 80), pavise.Clip(b[at:], 80)
}
