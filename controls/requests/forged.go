package requests

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"pavise"
)

// A trial is one request, sent as the site's own page sends it and as pages
// elsewhere would.
type trial struct {
	own   pavise.Probe
	other []pavise.Probe
}

func (t trial) probes() []pavise.Probe { return append([]pavise.Probe{t.own}, t.other...) }

// attacker is an origin that belongs to nobody (RFC 2606 3).
const attacker = "https://attacker.example"

// newTrial dresses a request for each sender. Of an address there are no
// sibling hosts, which browsers call the same site.
func newTrial(e *pavise.Evidence, r pavise.Request, header http.Header) trial {
	as := func(origin, site string) pavise.Probe {
		sent := r
		sent.Header = header.Clone()
		sent.Header["Origin"], sent.Header["Sec-Fetch-Site"] = []string{origin}, []string{site}
		return pavise.Ask(sent)
	}
	t := trial{own: as(e.Target.URL, "same-origin"), other: []pavise.Probe{as(attacker, "cross-site")}}
	if host := e.Target.Host(); pavise.Named(host) {
		t.other = append(t.other, as("https://sibling."+host, "same-site"))
	}
	return t
}

// formTrial posts the login form empty: no account is touched. Without a form
// it posts to an address that does not exist.
func formTrial(e *pavise.Evidence) (t trial, form bool) {
	action, form := loginForm(e)
	return newTrial(e, pavise.Request{Method: http.MethodPost, URL: action},
		http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}), form
}

func loginForm(e *pavise.Evidence) (action string, found bool) {
	for _, a := range e.Site() {
		for _, f := range a.Response.Forms {
			if f.Password && strings.EqualFold(f.Method, http.MethodPost) && strings.HasPrefix(f.Action, e.Target.URL+"/") && !pavise.Acts(f.Action) {
				return f.Action, true
			}
		}
	}
	return e.Target.NoPage(), false
}

// socketTrial opens the first WebSocket that a page or script names.
func socketTrial(e *pavise.Evidence) (t trial, found bool) {
	for _, a := range e.Site() {
		for _, address := range a.Response.Sockets {
			if strings.HasPrefix(address, e.Target.URL+"/") {
				return newTrial(e, pavise.Request{URL: address}, http.Header{
					"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"},
					"Sec-Websocket-Key": {"cGF2aXNlLXByb2JlLTAwMQ=="}, // any 16 bytes (RFC 6455 4.1)
				}), true
			}
		}
	}
	return trial{}, false
}

// checkForm passes if what the site takes from its own page it refuses from
// every other.
func checkForm(e *pavise.Evidence) pavise.Finding {
	const rule = "requests.origin.form"
	t, form := formTrial(e)
	where := t.own.Request.URL
	answers, why := heard(e, t.probes()...)
	if why != "" {
		return pavise.Unlooked(rule, where, why)
	}
	own := answers[0].Response
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: where, Want: "403 to what a page of another site sends"}
	for _, a := range answers[1:] {
		f.Proof = a.Proof()
		f.Saw = fmt.Sprintf("POST from %s is answered %d, from the site's own page %d", sender(a), a.Response.Status, own.Status)
		switch {
		case form && refuses(own, a.Response), a.Response.Status == http.StatusForbidden && own.Status != http.StatusForbidden:
		case !form:
			return pavise.Skipped(rule, where, "no login form was found, and an address that does not exist answers everybody alike")
		case !takes(own):
			return pavise.Unlooked(rule, where, fmt.Sprintf("the login form answers %d to the site's own page", own.Status))
		case a.Response.Status == own.Status && target(a.Response) == target(own):
			f.Outcome = pavise.Fail
			return f
		default:
			return pavise.Unlooked(rule, where, f.Saw)
		}
	}
	return f
}

// sender is the origin that a probe bore.
func sender(a *pavise.Answer) string { return a.Probe.Request.Header.Get("Origin") }

// takes reports whether the app looked at the form at all.
func takes(own *pavise.Response) bool {
	switch own.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusTooManyRequests:
		return false
	}
	return own.Status <= http.StatusInternalServerError
}

// target is where a redirect leads, without what it says there.
func target(r *pavise.Response) string {
	to, _, _ := strings.Cut(r.Header.Get("Location"), "?")
	return to
}

// refuses reports whether a request was turned away for its sender, or for want
// of a token, which no other site has either.
func refuses(own, other *pavise.Response) bool {
	switch status := other.Status; {
	case status == http.StatusTooManyRequests:
		return false
	case status >= 400 && status < 500 && status != own.Status:
		return true
	case status == http.StatusForbidden || status == 419: // 419 is Laravel's
		return true
	case status == http.StatusBadRequest || status == http.StatusUnprocessableEntity:
		return wantsToken(other.Body)
	}
	return false
}

// wantsToken knows the pages by which frameworks say that a token is missing.
func wantsToken(body []byte) bool {
	body = bytes.ToLower(body)
	for _, word := range []string{"csrf", "xsrf", "forgery", "authenticity token", "change you wanted was rejected"} {
		if bytes.Contains(body, []byte(word)) {
			return true
		}
	}
	return false
}

// checkSocket passes if a socket that opens for the site's own page stays shut
// for every other.
func checkSocket(e *pavise.Evidence) pavise.Finding {
	const rule = "requests.origin.websocket"
	t, found := socketTrial(e)
	if _, why := e.Heard(e.Target.Home()); !found && why != "" {
		return pavise.Unlooked(rule, e.Target.URL, "the home page: "+why)
	}
	if !found {
		return pavise.Skipped(rule, e.Target.URL, "no WebSocket is named in page or script")
	}
	where := t.own.Request.URL
	answers, why := heard(e, t.probes()...)
	if why != "" {
		return pavise.Unlooked(rule, where, why)
	}
	own := answers[0].Response.Status
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: where, Want: "403 to a handshake that a page of another site begins"}
	for _, a := range answers[1:] {
		status := a.Response.Status
		f.Proof = a.Proof()
		f.Saw = fmt.Sprintf("a handshake from %s is answered %d, from the site's own page %d", sender(a), status, own)
		switch {
		case status == http.StatusSwitchingProtocols:
			f.Outcome = pavise.Fail
			return f
		case own != http.StatusSwitchingProtocols && (status != http.StatusForbidden || own == http.StatusForbidden):
			return pavise.Unlooked(rule, where, fmt.Sprintf("the WebSocket does not open for the site's own page either: %d", own))
		}
	}
	return f
}
