package requests

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"pavise"
)

// Host answers for the names of the site alone.
type Host struct{}

// Doc describes the control.
func (Host) Doc() pavise.Doc {
	fix := pavise.Fix{
		Pavise:  pavise.OnByDefault,
		Nginx:   `if ($host !~ "^(www\.)?shop\.example\.com$") { return 421; }`,
		Apache:  "RewriteEngine on\nRewriteCond %{HTTP_HOST} \"!^(www\\.)?shop\\.example\\.com(:[0-9]+)?$\" [NC]\nRewriteRule ^ - [R=421]",
		Express: `app.use((req, res, next) => ["shop.example.com"].includes(req.hostname) ? next() : res.sendStatus(421));`,
	}
	return pavise.Doc{
		ID:       "requests.host",
		Title:    "Host header",
		Why:      "Apps build links, redirects and password mails from the Host header, and caches file pages under it. A name that a stranger chose leads people to the stranger.",
		Enforces: "Answers 421 to a Host that is none of the site's, and 400 to one that is no host name.",
		Verifies: "The home page is asked for under the name " + strangeHost + ": the site must not answer, and must not repeat the name.",
		Refuses:  true,
		Rules: []pavise.Rule{
			{ID: "requests.host.unknown", Title: "The site answers to its own names alone", Severity: pavise.Low, CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:N/I:L/A:N",
				References: []string{"RFC 9110 7.2", "RFC 9110 15.5.20", "CWE-20"}, Fix: fix},
			{ID: "requests.host.reflected", Title: "A Host header never comes back in a response", Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:N/I:L/A:N",
				References: []string{"PCI DSS 4.0.1 6.2.4", "RFC 9110 7.2", "CWE-20"}, Fix: fix},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Host) Validate() error { return nil }

// Enforce refuses every name but those of the site.
func (Host) Enforce(env pavise.Env) (pavise.Hooks, error) {
	site := env.Site
	if len(site.Hosts) == 0 {
		return pavise.Hooks{}, errors.New("requests.host: the site has no hosts, so every request would be refused")
	}
	if err := nameable(site.Hosts); err != nil {
		return pavise.Hooks{}, err
	}
	return pavise.Hooks{Admit: func(x *pavise.Exchange) error {
		host := x.Request.Host
		if site.Owns(host, x.Secure) {
			return nil
		}
		refusal := &pavise.Refusal{Status: http.StatusMisdirectedRequest, Rule: "requests.host.unknown",
			Reason: "This server does not answer for that host name and port.", Saw: "Host: " + clip(host)}
		if name, _ := pavise.SplitHost(host); len(name) <= 253 {
			refusal.Mend = "if the name is yours, add " + name + " to hosts"
		}
		if !wellFormed(host) { // RFC 9112 3.2: an invalid Host is answered 400
			refusal.Mend = ""
			refusal.Status, refusal.Reason = http.StatusBadRequest, "The request names no host, or not as a host is named."
		}
		return refusal
	}}, nil
}

// nameable reports the hosts that no request can name, as it is read here.
func nameable(hosts []string) error {
	var errs []error
	for _, host := range hosts {
		_, notIP := netip.ParseAddr(host)
		if notIP != nil && (!wellFormed(host) || strings.Contains(host, ":") || host != strings.ToLower(host)) {
			errs = append(errs, fmt.Errorf("requests.host: no request can name %.80q: write a host in lower case, without scheme and port, and its port into Site.HTTPS", host))
		}
	}
	return errors.Join(errs...)
}

func wellFormed(hostport string) bool {
	host, _ := pavise.SplitHost(hostport)
	return host != "" && strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-._:") == ""
}

// strangeHost is a name that belongs to nobody (RFC 2606 3).
const strangeHost = "unknown-host.example"

func hostProbes(e *pavise.Evidence) (home, strange pavise.Probe) {
	return e.Target.Home(), pavise.Ask(pavise.Request{URL: e.Target.URL + "/", Host: strangeHost})
}

// Probes asks for the home page under the site's name and under another.
func (Host) Probes(e *pavise.Evidence) []pavise.Probe {
	home, strange := hostProbes(e)
	return []pavise.Probe{home, strange}
}

// Check compares what the site says under its own name and under another.
func (Host) Check(e *pavise.Evidence) []pavise.Finding {
	home, strange := hostProbes(e)
	asked, why := heard(e, strange)
	if why == "" && asked[0].Response.Status == http.StatusTooManyRequests {
		why = "the site answers 429: too many requests"
	}
	if why != "" {
		return Host{}.Doc().All(pavise.Unlooked, e.Target.URL, why)
	}
	return []pavise.Finding{checkUnknown(e, home, asked[0]), checkReflected(asked[0])}
}

func checkUnknown(e *pavise.Evidence, home pavise.Probe, asked *pavise.Answer) pavise.Finding {
	const rule = "requests.host.unknown"
	r := asked.Response
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: asked.Probe.Request.URL, Want: "421, or another site's page",
		Saw: fmt.Sprintf("Host %s is answered %d", strangeHost, r.Status), Proof: asked.Proof()}
	if r.Status == http.StatusMisdirectedRequest || r.Status == http.StatusBadRequest {
		return f
	}
	known, why := heard(e, home)
	if why != "" {
		return pavise.Unlooked(rule, f.Where, "the home page to compare with: "+why)
	}
	switch same := samePage(known[0].Response, r, e.Target.Host()); {
	case !same:
		f.Saw += ", not with the site's page"
	case r.Status >= 400:
		return pavise.Unlooked(rule, f.Where, fmt.Sprintf("the home page itself is answered %d", r.Status))
	default:
		f.Outcome = pavise.Fail
		f.Saw += ", like the site's own name"
	}
	return f
}

func checkReflected(asked *pavise.Answer) pavise.Finding {
	r := asked.Response
	f := pavise.Finding{Rule: "requests.host.reflected", Outcome: pavise.Fail, Where: asked.Probe.Request.URL,
		Want: "no response that repeats the Host header", Proof: asked.Proof()}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if value := strings.Join(r.Header[name], ", "); strings.Contains(strings.ToLower(value), strangeHost) {
			f.Saw = name + ": " + clip(value)
			return f
		}
	}
	if bytes.Contains(bytes.ToLower(r.Body), []byte(strangeHost)) {
		f.Saw = "the body names " + strangeHost
		return f
	}
	f.Outcome, f.Saw = pavise.Pass, "Host "+strangeHost+" does not come back"
	return f
}
