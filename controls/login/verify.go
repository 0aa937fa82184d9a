package login

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"pavise"
)

// guesses is one more than what PCI DSS 4.0.1 8.3.4 allows.
const guesses = 11

// trials are the probes of the two rules. Each tries an account of its own, and no
// scan that of another, so that none is refused for what came before.
func trials(e *pavise.Evidence) (account, forwarded pavise.Probe, found bool) {
	action, form, found := loginForm(e)
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"},
		"Origin": {e.Target.URL}, "Sec-Fetch-Site": {"same-origin"}}
	name := fmt.Sprintf("pavise-nobody-%d", e.Taken.Unix())
	try := func(name string, header http.Header) pavise.Probe {
		// each time another password: the same again is no guess, also to other guards
		body := url.Values{cmp.Or(form.Account, "username"): {name}}.Encode() + "&" +
			url.Values{cmp.Or(form.Secret, "password"): {"not-the-password-"}}.Encode() + "{n}"
		return pavise.Ask(pavise.Request{Method: http.MethodPost, URL: action, Header: header, Body: body, Times: guesses,
			Leaves: "failed login of " + name})
	}
	forged := header.Clone() // the addresses belong to nobody (RFC 5737)
	for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "True-Client-Ip", "Cf-Connecting-Ip"} {
		forged.Set(name, "203.0.113.{n}")
	}
	forged.Set("Forwarded", "for=203.0.113.{n}")
	return try(name+"@example.com", header), try(name+"-else@example.com", forged), found
}

// loginForm finds a form that asks for one password: with it and the address of
// another page nobody is registered, and no password changed. Where the asker has
// named the page it is the form of that.
func loginForm(e *pavise.Evidence) (action string, form pavise.Form, found bool) {
	for _, a := range e.Site() {
		if e.Target.Login != "" && a.Probe.Request.URL != e.Target.Login {
			continue
		}
		for _, f := range a.Response.Forms {
			lower := strings.ToLower(f.Action)
			other := strings.Contains(lower, "regist") || strings.Contains(lower, "signup") || strings.Contains(lower, "sign-up") || strings.Contains(lower, "password")
			if f.Password && strings.EqualFold(f.Method, http.MethodPost) && strings.HasPrefix(f.Action, e.Target.URL+"/") && !other && !pavise.Acts(f.Action) {
				return f.Action, f, true
			}
		}
	}
	return "", pavise.Form{}, false
}

// Probes tries logins that fail, on the asker's own site alone.
func (Guard) Probes(e *pavise.Evidence) []pavise.Probe {
	account, forwarded, found := trials(e)
	if e.Target.Agreed == "" || !found {
		return nil
	}
	return []pavise.Probe{account, forwarded}
}

// Check looks whether the last of the logins was refused.
func (g Guard) Check(e *pavise.Evidence) []pavise.Finding {
	account, forwarded, found := trials(e)
	page := e.Target.Home()
	if e.Target.Login != "" {
		page = pavise.Ask(pavise.Request{URL: e.Target.Login})
	}
	_, why := e.Heard(page)
	switch {
	case e.Target.Agreed == "":
		return g.Doc().All(pavise.Skipped, e.Target.URL, e.Target.Inactive())
	case !found && why != "":
		return g.Doc().All(pavise.Unlooked, page.Request.URL, "the page: "+why)
	case !found:
		return g.Doc().All(pavise.Skipped, e.Target.URL, "no form with a password was found: --login /login names its page")
	}
	return []pavise.Finding{
		checkTrial(e, "login.guard.account", account),
		checkTrial(e, "login.guard.forwarded", forwarded),
	}
}

func checkTrial(e *pavise.Evidence, rule string, p pavise.Probe) pavise.Finding {
	where := p.Request.URL
	a, why := e.Heard(p)
	if why != "" {
		return pavise.Unlooked(rule, where, why)
	}
	all := append(a.Response.Before[:len(a.Response.Before):len(a.Response.Before)], a.Response.Status)
	first, last := all[0], all[len(all)-1]
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: where, Want: "429 by the eleventh; behind Pavise see login.guard: {routes: [{path: " + path(where) + "}]}", Proof: a.Proof(),
		Saw: fmt.Sprintf("login %d in a row is answered %d, the first %d", len(all), last, first)}
	switch {
	case first == http.StatusTooManyRequests:
		return pavise.Unlooked(rule, where, "the first login is answered 429 already: earlier scans, or wrong passwords from this address, have used up what it may")
	case first == http.StatusForbidden || first == http.StatusNotFound || first == http.StatusMethodNotAllowed || first == 419 || first >= 500:
		return pavise.Unlooked(rule, where, fmt.Sprintf("the first login is answered %d already", first))
	case last == http.StatusTooManyRequests, last != first && (last == http.StatusForbidden || last == http.StatusLocked), saysLocked(a.Response.Body):
		return f
	case len(all) < guesses || last >= 500:
		return pavise.Unlooked(rule, where, f.Saw)
	}
	f.Outcome = pavise.Fail
	return f
}

// path is the path of an address.
func path(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Path
	}
	return address
}

// saysLocked knows the words of apps that refuse with a page like any other.
func saysLocked(body []byte) bool {
	body = bytes.ToLower(body)
	for _, words := range []string{"too many", "temporarily locked", "account is locked", "account has been locked", "temporarily blocked"} {
		if bytes.Contains(body, []byte(words)) {
			return true
		}
	}
	return false
}
