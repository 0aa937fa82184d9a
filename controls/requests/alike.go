package requests

import (
	"bytes"
	"net/url"
	"strings"

	"pavise"
)

// samePage reports whether the site itself answered. A default virtual host
// with a page of its own, and a redirect to the site's name, are no fault.
func samePage(home, strange *pavise.Response, host string) bool {
	if home.Status != strange.Status {
		return false
	}
	if home.Status >= 300 && home.Status < 400 {
		to := onward(strange, strangeHost)
		return to != "" && to == onward(home, host)
	}
	return alike(home.Body, strange.Body)
}

// onward is where a redirect leads on the same host; "" if it leads elsewhere.
func onward(r *pavise.Response, host string) string {
	u, err := url.Parse(r.Header.Get("Location"))
	if err != nil || u.Host != "" && !strings.EqualFold(u.Hostname(), host) {
		return ""
	}
	return u.RequestURI()
}

// sameAnswer reports whether two requests to one host were answered alike.
func sameAnswer(a, b *pavise.Response) bool {
	if a.Status != b.Status {
		return false
	}
	if a.Status >= 300 && a.Status < 400 {
		return a.Header.Get("Location") == b.Header.Get("Location")
	}
	return alike(a.Body, b.Body)
}

// alike reports whether two bodies are one page but for what changes from one
// visit to the next: four of five words are the same, tags counted as words.
func alike(a, b []byte) bool {
	left, right := words(a), words(b)
	count := make(map[string]int, len(left))
	for _, w := range left {
		count[string(w)]++
	}
	common := 0
	for _, w := range right {
		if count[string(w)] > 0 {
			count[string(w)]--
			common++
		}
	}
	return 5*2*common >= 4*(len(left)+len(right))
}

func words(b []byte) [][]byte {
	return bytes.FieldsFunc(b, func(r rune) bool {
		return r <= ' ' || r == '<' || r == '>' || r == ',' || r == ';' || r == '"'
	})
}
