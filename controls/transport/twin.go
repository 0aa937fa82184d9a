package transport

import (
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"pavise"
)

// twin is the name that people type for the same site: with www where it has none,
// without where it has; "" where there is no such name, as for shop.example.com.
func twin(host string) string {
	bare := strings.TrimPrefix(host, "www.")
	domain, err := publicsuffix.EffectiveTLDPlusOne(bare)
	if !pavise.Named(host) || err != nil || domain != bare {
		return ""
	}
	if bare == host {
		return "www." + host
	}
	return bare
}

// twinProbe asks the twin in the clear.
func twinProbe(t pavise.Target) (pavise.Probe, bool) {
	u, err := url.Parse(t.Clear)
	other := twin(t.Host())
	if err != nil || t.Clear == "" || other == "" {
		return pavise.Probe{}, false
	}
	u.Host = strings.Replace(u.Host, u.Hostname(), other, 1)
	u.Path = "/"
	return pavise.Ask(pavise.Request{URL: u.String()}), true
}

// checkTwin passes where the twin leads to https at once, by either name, or serves
// nothing.
func checkTwin(e *pavise.Evidence) pavise.Finding {
	const rule = "transport.redirect.www"
	p, ok := twinProbe(e.Target)
	if !ok {
		return pavise.Skipped(rule, e.Target.URL, "its name has no twin with or without www")
	}
	if a := e.Answer(p); a != nil && a.Closed {
		return pavise.Skipped(rule, p.Request.URL, "nobody is there")
	}
	return checkRedirect(e, p, rule, "a redirect to https on "+e.Target.Host()+" or its twin", func(e *pavise.Evidence, r *pavise.Response) bool {
		u := location(r)
		return r.Status >= 400 || u != nil && (strings.EqualFold(u.Hostname(), e.Target.Host()) || strings.EqualFold(u.Hostname(), twin(e.Target.Host())))
	})
}
