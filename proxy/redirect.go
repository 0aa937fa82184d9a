package proxy

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pavise"
)

// redirect leads all requests of a route elsewhere.
type redirect struct {
	site      pavise.Site
	to        string // without a slash at its end where the path is kept
	ours      bool   // a path of the host that was asked
	keep      bool
	permanent bool
	route     *route
}

func newRedirect(conf *Redirect, site *Site, face pavise.Site, of *route) (*redirect, error) {
	u, err := url.Parse(conf.To)
	ours := err == nil && u.Scheme == "" && u.Host == "" && strings.HasPrefix(conf.To, "/") && !strings.HasPrefix(conf.To, "//")
	if err != nil || !ours && (u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		return nil, fmt.Errorf("%s: %q is no address to lead to", site.Hosts[0], conf.To)
	}
	r := &redirect{site: face, to: conf.To, ours: ours, keep: conf.KeepPath, permanent: conf.Permanent, route: of}
	if r.keep {
		r.to = strings.TrimRight(conf.To, "/")
	}
	return r, nil
}

func (d *redirect) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	to := d.to
	if d.ours { // always from an origin on: what begins with // would be another host
		host, port := pavise.SplitHost(r.Host)
		to = d.site.Origin(host, port, true) + to
	}
	if d.keep {
		u := r.URL
		if d.route.strip {
			u = stripped(u, d.route.begin)
		}
		to += target(u)
	}
	lead(w, r, to, d.permanent)
}

// remembered is how long a browser goes by what has moved for good: an owner's mistake
// must not last for ever.
const remembered = 24 * time.Hour

// lead answers with a redirect: with one that keeps the method where that matters
// (RFC 9110 15.4).
func lead(w http.ResponseWriter, r *http.Request, to string, permanent bool) {
	safe := r.Method == http.MethodGet || r.Method == http.MethodHead
	answer := &pavise.Refusal{Location: to, Reason: "What was asked for is at another address."}
	switch {
	case permanent && safe:
		answer.Status, answer.Lasts = http.StatusMovedPermanently, remembered
	case permanent:
		answer.Status, answer.Lasts = http.StatusPermanentRedirect, remembered
	case safe:
		answer.Status = http.StatusFound
	default:
		answer.Status = http.StatusTemporaryRedirect
	}
	answer.Answer(w, r)
}

// target is the path and query to ask for; of "OPTIONS *" it is the root.
func target(u *url.URL) string {
	if uri := u.RequestURI(); strings.HasPrefix(uri, "/") {
		return uri
	}
	return "/"
}

// stripped is an address without the first segments of its path, as many as the begin has
// that the path is known to have.
func stripped(u *url.URL, begin string) *url.URL {
	short := *u
	short.Path = rooted(u.Path[min(len(begin), len(u.Path)):])
	if u.RawPath != "" {
		raw := u.RawPath
		for range strings.Count(begin, "/") {
			_, raw, _ = strings.Cut(strings.TrimPrefix(raw, "/"), "/")
			raw = "/" + raw
		}
		short.RawPath = rooted(raw)
	}
	return &short
}

// rooted begins with one slash: with two it would name a host.
func rooted(path string) string { return "/" + strings.TrimLeft(path, "/") }
