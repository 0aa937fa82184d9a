package grade

import (
	"bytes"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/publicsuffix"
)

// A page is what the Observatory reads in the home page.
type page struct {
	html     bool
	policies []string // of meta elements
	referrer string   // likewise, the last
	scripts  []script
	base     *url.URL
}

// A script is an element that loads or holds one.
type script struct {
	src       string // "" is one within the page
	integrity string
}

// maxElements bounds what is read of a page.
const maxElements = 100_000

func readPage(body []byte) page {
	var p page
	root, err := html.ParseWithOptions(bytes.NewReader(body), html.ParseOptionEnableScripting(false))
	if err != nil {
		return p // as the parser of a browser, it takes everything
	}
	left := maxElements
	p.walk(root, &left)
	return p
}

// walk takes in the elements in their order. What a template holds is not in the page.
func (p *page) walk(n *html.Node, left *int) {
	for ; n != nil && *left > 0; n = n.NextSibling {
		*left--
		if n.Type == html.ElementNode {
			p.element(n)
		}
		if n.Type != html.ElementNode || n.Data != "template" {
			p.walk(n.FirstChild, left)
		}
	}
}

func (p *page) element(n *html.Node) {
	get := func(name string) string {
		for _, a := range n.Attr {
			if a.Key == name && a.Namespace == "" {
				return a.Val
			}
		}
		return ""
	}
	switch n.Data {
	case "base":
		if u, err := url.Parse(get("href")); err == nil && p.base == nil && u.IsAbs() {
			p.base = u
		}
	case "meta":
		content := get("content")
		switch {
		case content == "":
		case strings.EqualFold(strings.TrimSpace(get("http-equiv")), "content-security-policy"):
			p.policies = append(p.policies, content)
		case get("http-equiv") == "" && strings.EqualFold(strings.TrimSpace(get("name")), "referrer"):
			p.referrer = content
		}
	case "script":
		p.scripts = append(p.scripts, script{p.address(get("src")), get("integrity")})
	}
}

// address is a source as a browser tells it of a page that has no address of its own:
// what is not absolute stays as it is written.
func (p *page) address(src string) string {
	u, err := url.Parse(strings.TrimSpace(src))
	switch {
	case src == "" || err != nil:
		return src
	case p.base != nil:
		return p.base.ResolveReference(u).String()
	case u.IsAbs():
		return u.String()
	}
	return src
}

// The ladder of what scripts come to, the best first: the last that applies counts.
var scriptMarks = []mark{
	{5, "scripts have integrity"},
	{5, "foreign scripts have integrity"},
	{-20, "a foreign script comes in the clear, or by //, though with integrity"},
	{-5, "a foreign script has no integrity"},
	{-50, "a foreign script comes in the clear, or by //, and has no integrity"},
}

const (
	ownWithIntegrity = iota
	foreignWithIntegrity
	inClearWithIntegrity
	withoutIntegrity
	inClearWithoutIntegrity
)

func (s *sight) integrity() mark {
	if !s.page.html || len(s.page.scripts) == 0 {
		return mark{}
	}
	worst, foreign := -1, false
	for _, x := range s.page.scripts {
		if x.src == "" {
			continue
		}
		own, secure := s.origin(x.src)
		switch {
		case own && x.integrity != "" && secure && worst < 0:
			worst = ownWithIntegrity
		case own:
		case x.integrity != "" && !secure:
			worst = max(worst, inClearWithIntegrity)
		case x.integrity == "" && secure:
			worst = max(worst, withoutIntegrity)
		case x.integrity == "":
			worst = max(worst, inClearWithoutIntegrity)
		}
		foreign = foreign || !own
	}
	switch {
	case worst >= 0:
		return scriptMarks[worst]
	case foreign:
		return scriptMarks[foreignWithIntegrity]
	}
	return mark{}
}

// origin tells of a script whether it is of the site's domain, and whether it comes by
// https. What begins with // is neither.
func (s *sight) origin(src string) (own, secure bool) {
	switch {
	case strings.HasPrefix(src, "//") && len(src) > 2 && src[2] != '/':
		return false, false
	case strings.HasPrefix(src, "http://"), strings.HasPrefix(src, "https://"):
		u, err := url.Parse(src)
		return err == nil && domain(u.Hostname()) == domain(s.host), strings.HasPrefix(src, "https://")
	}
	return true, s.secure
}

// domain is the one that can be registered; "" where there is none. Suffixes that a
// company has listed for itself are domains like others.
func domain(host string) string {
	host = strings.ToLower(host)
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	suffix, icann := publicsuffix.PublicSuffix(host)
	for !icann && strings.Contains(suffix, ".") {
		_, rest, _ := strings.Cut(suffix, ".")
		suffix, icann = publicsuffix.PublicSuffix(rest)
	}
	before, ok := strings.CutSuffix(host, "."+suffix)
	if !ok {
		return ""
	}
	return before[strings.LastIndex(before, ".")+1:] + "." + suffix
}
