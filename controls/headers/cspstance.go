package headers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"pavise"
)

// A stance is all that a page says of itself: the policies that browsers
// enforce, and those that they only report.
type stance struct {
	enforced, reported []cspPolicy
	texts              []string // of all, as written
	groups             []string // of addresses that take reports
}

func stanceOf(a pavise.Answer) stance {
	h := a.Response.Header
	s := stance{enforced: parsePolicies(h[cspHeader]), reported: parsePolicies(h[cspReportHeader])}
	s.texts = slices.AppendSeq(s.texts, policyTexts(h[cspHeader]))
	s.texts = slices.AppendSeq(s.texts, policyTexts(h[cspReportHeader]))
	for _, text := range metaPolicies(a.Response.Body) {
		s.texts = append(s.texts, text)
		// HTML Standard, http-equiv content-security-policy: these mean nothing there.
		p := slices.DeleteFunc(parsePolicy(text), func(d directive) bool {
			return d.name == "frame-ancestors" || d.name == "report-uri" || d.name == "sandbox"
		})
		if len(p) > 0 {
			s.enforced = append(s.enforced, p)
		}
	}
	s.groups = reportGroups(h)
	return s
}

// reportGroups reads Reporting-Endpoints, and Report-To, which came before it and
// is a list of JSON objects without its brackets.
func reportGroups(h http.Header) []string {
	var groups []string
	list, _ := dictionary(strings.Join(h[endpointsHeader], ", "))
	for _, m := range list {
		groups = append(groups, m.key)
	}
	var older []struct{ Group string }
	if json.Unmarshal([]byte("["+strings.Join(h["Report-To"], ",")+"]"), &older) == nil {
		for _, g := range older {
			groups = append(groups, cmp.Or(g.Group, "default"))
		}
	}
	return groups
}

// stances keeps what the pages say, so that each is read once for all rules.
type stances map[*pavise.Response]stance

func (said stances) of(a pavise.Answer) stance {
	s, ok := said[a.Response]
	if !ok {
		s = stanceOf(a)
		said[a.Response] = s
	}
	return s
}

// all returns the policies of both kinds.
func (s stance) all() []cspPolicy { return slices.Concat(s.enforced, s.reported) }

// maxMeta is how many policies in the head of one page are looked at.
const maxMeta = 16

// inHead are the elements that do not end the head of a page (HTML Standard, the
// "in head" insertion mode).
var inHead = []string{"base", "head", "html", "link", "meta", "noscript", "script", "style", "template", "title"}

// metaPolicies reads the policies in the head of a page: elsewhere browsers pass
// over them.
func metaPolicies(body []byte) []string {
	if !bytes.Contains(bytes.ToLower(body), []byte("content-security-policy")) {
		return nil
	}
	var list []string
	z := html.NewTokenizer(bytes.NewReader(body))
	for len(list) < maxMeta {
		switch z.Next() {
		case html.ErrorToken:
			return list
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "head" {
				return list
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			if !slices.Contains(inHead, t.Data) {
				return list
			}
			if policy, ok := metaPolicy(t); ok {
				list = append(list, policy)
			}
		}
	}
	return list
}

func metaPolicy(t html.Token) (policy string, ok bool) {
	if t.Data != "meta" {
		return "", false
	}
	for _, a := range t.Attr {
		switch a.Key {
		case "http-equiv":
			ok = strings.EqualFold(a.Val, cspHeader)
		case "content":
			policy = a.Val
		}
	}
	return policy, ok && policy != ""
}
