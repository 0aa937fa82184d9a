package grade

import (
	"net/http"
	"net/url"
	"strings"

	"pavise"
)

// A sight is what the Observatory sees of a site: the home page at the end of its
// redirects, a preflight, and the way from plain http.
type sight struct {
	host      string
	secure    bool // it was looked at over https
	distrust  string
	final     *pavise.Answer
	chain     []*pavise.Answer // to the home page, it included
	preflight *pavise.Answer
	route     []*url.URL // from plain http; empty where nobody listens there
	page      page
}

// maxHops bounds how many redirects are followed.
const maxHops = 10

// look finds in the evidence what the Observatory would have asked for. It is false
// where the home page is answered with an error, or leads to another site.
func look(e *pavise.Evidence) (*sight, bool) {
	s := &sight{host: e.Target.Host(), secure: e.Target.Secure(), distrust: distrust(e)}
	s.chain, _ = follow(e, e.Target.URL+"/")
	if len(s.chain) == 0 {
		return nil, false
	}
	s.final = s.chain[len(s.chain)-1]
	status := s.final.Response.Status
	if status/100 == 3 || status >= 400 && status != http.StatusUnauthorized && status != http.StatusForbidden {
		return nil, false
	}
	s.route = route(e)
	for i := range e.Answers {
		a := &e.Answers[i]
		if r := a.Probe.Request; r != nil && a.Response != nil && r.Method == http.MethodOptions &&
			r.Header.Get("Origin") != "" && r.URL == s.final.Probe.Request.URL {
			s.preflight = a
			break
		}
	}
	if media := s.media(); media == "text/html" || media == "application/xhtml+xml" {
		s.page = readPage(s.final.Response.Body)
		s.page.html = true
	}
	return s, true
}

// follow returns the answers from an address to the end of its redirects, as far as
// they were asked for, and where the last of them leads.
func follow(e *pavise.Evidence, address string) (chain []*pavise.Answer, next string) {
	for range maxHops + 1 {
		a, _ := e.Heard(pavise.Ask(pavise.Request{URL: address}))
		if a == nil {
			return chain, address
		}
		chain = append(chain, a)
		if next = leads(a); next == "" {
			return chain, ""
		}
		address = next
	}
	return chain, next
}

// leads is where a redirect leads; "" is that it is none.
func leads(a *pavise.Answer) string {
	switch a.Response.Status {
	case 301, 302, 303, 307, 308:
	default:
		return ""
	}
	base, err := url.Parse(a.Probe.Request.URL)
	if err != nil {
		return ""
	}
	to, err := base.Parse(a.Response.Header.Get("Location"))
	if err != nil {
		return ""
	}
	to.Fragment = ""
	if to.Path == "" {
		to.Path = "/"
	}
	return to.String()
}

// route is the way from plain http, each address on it.
func route(e *pavise.Evidence) []*url.URL {
	clear := e.Target.Clear
	if !e.Target.Secure() {
		clear = e.Target.URL
	}
	if clear == "" {
		return nil
	}
	chain, next := follow(e, clear+"/")
	if len(chain) == 0 {
		return nil
	}
	var list []*url.URL
	for _, a := range chain {
		if u, err := url.Parse(a.Probe.Request.URL); err == nil {
			list = append(list, u)
		}
	}
	if u, err := url.Parse(next); err == nil && next != "" {
		list = append(list, u)
	}
	return list
}

// distrust is why the chain of certificates is not trusted; "" if it is, or nobody
// wants to know.
func distrust(e *pavise.Evidence) string {
	if e.Target.Untrusted {
		return ""
	}
	for _, a := range e.Answers {
		if h := a.Probe.Handshake; h != nil && h.Address == e.Target.TLS && a.Session != nil && a.Session.Distrust != "" {
			return a.Session.Distrust
		}
	}
	return ""
}

// lines are the values of a header. Only Set-Cookie comes to the Observatory line by
// line; others it reads as one.
func (s *sight) lines(name string) []string {
	values := s.final.Response.Header.Values(name)
	if len(values) < 2 {
		return values
	}
	return []string{strings.Join(values, ", ")}
}

func (s *sight) header(name string) string { return strings.Join(s.lines(name), ", ") }

// media is the type of the home page, as it is written.
func (s *sight) media() string {
	media, _, _ := strings.Cut(s.final.Response.Header.Get("Content-Type"), ";")
	return media
}
