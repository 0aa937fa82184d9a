package pavise

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Nowhere are probes for addresses that no site has, of several kinds: how they are
// answered shows what an address that is there must differ from. Their names are new
// in each scan, and the same whenever its evidence is judged.
func (e *Evidence) Nowhere() []Probe {
	sum := sha256.Sum256([]byte(e.Target.URL + e.Taken.String()))
	name := "pavise-" + hex.EncodeToString(sum[:6])
	var probes []Probe
	for _, path := range []string{name, "." + name, name + ".json", name + ".php"} {
		probes = append(probes, Ask(Request{URL: e.Target.URL + "/" + path}))
	}
	return probes
}

// Missing reports whether an answer is what the site says of addresses that it does
// not have, whatever the status: many apps answer 200 with one page to every path.
func (e *Evidence) Missing(a Answer) bool {
	if a.Response == nil || a.Probe.Request == nil {
		return false
	}
	switch a.Response.Status {
	case http.StatusNotFound, http.StatusGone:
		return true
	}
	for _, p := range e.Nowhere() {
		if known := e.Answer(p); known != nil && known.Response != nil && sameKind(known, &a) {
			return true
		}
	}
	return false
}

// Calibrated says why nobody can tell a page that is there from one that is not; ""
// if it can be told.
func (e *Evidence) Calibrated() (why string) {
	for _, p := range e.Nowhere() {
		a, why := e.Heard(p)
		switch {
		case a == nil:
			return "an address that is not there: " + why
		case a.Response.Status == http.StatusTooManyRequests:
			return "an address that is not there is answered 429"
		}
	}
	return ""
}

// manyBarred is how many ordinary requests in a row, to the last, must have been refused
// for the asker, not the address, to be what is refused.
const manyBarred = 10

// Barred says from when on the site has refused whatever was asked for, perhaps from
// the first request; "" if it has not. Of what was refused so nobody knows what is there.
func (e *Evidence) Barred() (why string) {
	refused, at := 0, ""
	for _, a := range slices.Backward(e.Answers) {
		if !a.Ordinary(e.Target) || a.Response == nil {
			continue
		}
		switch a.Response.Status {
		case http.StatusForbidden, http.StatusNotAcceptable, http.StatusServiceUnavailable, http.StatusTooManyRequests:
			refused++
			at = fmt.Sprintf("%s on the site answers %d", a.Probe.Request.URL, a.Response.Status)
			continue
		}
		break
	}
	if refused < manyBarred {
		return ""
	}
	return "from " + at + " to whatever is asked for; open a window for the address that you scan from, if Pavise guards it: pavise window open"
}

// Ordinary reports whether a browser on the site might have asked so.
func (a Answer) Ordinary(t Target) bool {
	r := a.Probe.Request
	return r != nil && r.Method == "" && r.Host == "" && r.As == "" && r.Header == nil && r.Body == "" && r.Times <= 1 && t.Owns(r.URL)
}

// sameKind reports whether two answers differ in no more than the address that they
// are for.
func sameKind(a, b *Answer) bool {
	r, s := a.Response, b.Response
	if r.Status != s.Status {
		return false
	}
	if r.Status >= 300 && r.Status < 400 {
		return unaddressed(a, r.Header.Get("Location")) == unaddressed(b, s.Header.Get("Location"))
	}
	if r.Media() != s.Media() {
		return false
	}
	n := min(len(r.Body), len(s.Body))
	if !r.Cut && !s.Cut {
		n = max(len(r.Body), len(s.Body))
	}
	return Alike(r.Body[:min(n, len(r.Body))], s.Body[:min(n, len(s.Body))])
}

// unaddressed takes out of a text the path that was asked for.
func unaddressed(a *Answer, text string) string {
	u, err := url.Parse(a.Probe.Request.URL)
	if err != nil || len(u.EscapedPath()) < 2 {
		return text
	}
	return strings.ReplaceAll(text, u.EscapedPath()[1:], "")
}

// Alike reports whether two bodies are one page but for what changes from one
// visit to the next: four of five words are the same, tags counted as words.
func Alike(a, b []byte) bool {
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
