package pavise

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// Shows reports whether a response shows what one response has and another, to
// somebody else, has not: the page of an account, say, and what a stranger is told in
// its place. It is not known where the two do not differ, or the response is neither.
// What others bear is on every page, and counts for nothing.
func (r *Response) Shows(own, stranger *Response, others ...*Response) (shows, known bool) {
	alike := own.Status == stranger.Status && own.leads() == stranger.leads()
	switch as := r.Status == own.Status && r.leads() == own.leads(); {
	case !as && own.Status == http.StatusOK && r.refuses():
		return false, true
	case !alike && r.Status == stranger.Status && r.leads() == stranger.leads():
		return false, true
	case !as, alike && own.leads() != "":
		return false, false
	case own.leads() != "":
		return true, true
	}
	all, there := 0, r.words()
	but := stranger.words()
	for _, o := range others {
		maps.Copy(but, o.words())
	}
	found := 0
	for word := range own.words() {
		if but[word] {
			continue
		}
		if all++; there[word] {
			found++
		}
	}
	switch {
	case all == 0:
		return false, false
	case 5*found >= 4*all:
		return true, true
	}
	return false, 5*found <= 2*all
}

// refuses reports whether it is an answer instead of what was asked for.
func (r *Response) refuses() bool {
	return slices.Contains([]int{401, 403, 404, 410}, r.Status) || r.leads() != ""
}

// leads is where a redirect leads, without what it says there.
func (r *Response) leads() string {
	if r.Status < 300 || r.Status > 399 {
		return ""
	}
	to, _, _ := strings.Cut(r.Header.Get("Location"), "?")
	return to
}

// words are those of the body, but for the marks of secrets and what is a random
// token: they change from one visit to the next.
func (r *Response) words() map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(string(r.Body), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '~' && r != '_' }) {
		if !strings.Contains(w, "~") && len(w) < 24 {
			words[strings.ToLower(w)] = true
		}
	}
	return words
}
