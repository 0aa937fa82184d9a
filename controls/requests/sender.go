package requests

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pavise"
)

// senders knows from which origins requests may come.
type senders struct {
	site    pavise.Site
	trusted []string
}

// owns reports whether an origin is the one under which the client knows the
// site. A Host that is none of the site's has no own origin (DNS rebinding).
func (s senders) owns(origin string, x *pavise.Exchange) bool {
	return slices.Contains(s.site.Hosts, x.Host) && origin == s.site.Origin(x.Host, x.Port, x.Secure)
}

// What a refused client is told. The log says what was seen.
const (
	sentTwice   = "The request says more than once where it comes from."
	sentByOther = "The request was sent by a page of another site. Open this site itself and try again."
	sentByBoth  = "The request says two different things about the page that sent it."
	sentByNone  = "The request has a visitor's credentials but does not say which page sent it. A program leaves the cookie out, or sends Origin."
)

// fault says what is wrong with the sender of a request that may act; "" if
// nothing is. Browsers write both headers themselves and no page can change
// them (Fetch Metadata 2.3, RFC 6454 7.3). Referer is no substitute: it can be
// left out at the attacker's wish.
func (s senders) fault(x *pavise.Exchange) string {
	r := x.Request
	sites, origins := r.Header["Sec-Fetch-Site"], r.Header["Origin"]
	if len(sites) > 1 || len(origins) > 1 {
		return sentTwice
	}
	own, foreign := false, false
	if len(origins) == 1 {
		if slices.Contains(s.trusted, origins[0]) {
			return ""
		}
		own = s.owns(origins[0], x)
		foreign = !own && origins[0] != "null"
	}
	switch {
	case len(sites) == 1 && sites[0] != "same-origin" && sites[0] != "none":
		return sentByOther
	case len(sites) == 1 && foreign:
		return sentByBoth // no browser does
	case len(sites) == 1, own:
		// With Sec-Fetch-Site, Origin null is the site's own page under
		// Referrer-Policy: no-referrer (Fetch Standard, Origin header).
		return ""
	case len(origins) == 1:
		return sentByOther
	case ambient(r) && silent(r):
		return sentByNone
	}
	return ""
}

// silent reports whether an old browser could have sent a request for the page
// of another site without saying so: a form's POST or a WebSocket. Forms know no
// other method (HTML Standard 4.10.18.6), and scripts never reach another site
// with one unless Origin says where they are from (Fetch Standard 3.1). So a PUT
// or DELETE that says nothing is a program's: npm, WebDAV, a backup.
func silent(r *http.Request) bool { return r.Method == http.MethodPost || upgrades(r) }

// ambient reports whether a request bears what a browser adds by itself.
// Bearer tokens and their like it does not add: only a program has those.
func ambient(r *http.Request) bool {
	if len(r.Header["Cookie"]) > 0 {
		return true
	}
	for _, v := range r.Header["Authorization"] {
		switch scheme, _, _ := strings.Cut(v, " "); strings.ToLower(scheme) {
		case "basic", "digest", "negotiate", "ntlm":
			return true
		}
	}
	return false
}

// validateTrust reports every origin that a control must not trust.
func validateTrust(control string, origins []string) error {
	var errs []error
	for _, origin := range origins {
		if mistake := originMistake(origin); mistake != "" {
			errs = append(errs, fmt.Errorf("%s: trust%s", control, mistake))
		}
	}
	return errors.Join(errs...)
}

// originMistake says what a browser would never write as an Origin, or nobody
// should trust.
func originMistake(origin string) string {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme == "" || !wellFormed(u.Host) || origin != strings.ToLower(u.Scheme+"://"+u.Host) {
		return fmt.Sprintf(" must name origins such as https://pay.example.com, not %q", origin)
	}
	if u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80" {
		return fmt.Sprintf(": browsers leave out the usual port, so write %q", strings.TrimSuffix(origin, ":"+u.Port()))
	}
	if u.Scheme == "http" && !pavise.Local(u.Hostname()) {
		return fmt.Sprintf(" must not name %q: in the clear anybody on the line can speak for it", origin)
	}
	return ""
}
