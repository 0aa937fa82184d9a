package transport

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pavise"
)

// Redirect sends every request in the clear to the same address over https.
type Redirect struct{}

// Doc describes the control.
func (Redirect) Doc() pavise.Doc {
	fix := pavise.Fix{
		Pavise:  pavise.OnByDefault,
		Nginx:   "server { listen 80; server_name shop.example.com; return 308 https://$server_name$request_uri; }",
		Apache:  "<VirtualHost *:80>\n  ServerName shop.example.com\n  Redirect 308 / https://shop.example.com/\n</VirtualHost>",
		Express: `app.use((req, res, next) => req.secure ? next() : res.redirect(308, "https://shop.example.com" + req.originalUrl));`,
	}
	twinFix := fix
	twinFix.Nginx = "server { listen 80; server_name shop.example.com www.shop.example.com; return 308 https://$host$request_uri; }"
	twinFix.Apache = "<VirtualHost *:80>\n\tServerName shop.example.com\n\tServerAlias www.shop.example.com\n\tRedirect permanent / https://shop.example.com/\n</VirtualHost>"
	return pavise.Doc{
		ID:       "transport.redirect",
		Title:    "Redirect to https",
		Why:      "What travels in the clear can be read and changed by anybody on the line: passwords, cookies, card numbers.",
		Enforces: "Answers every request over plain http with 308 to the same host, path and query over https, before the app sees it.",
		Verifies: "The first answer of the plain http port, at the home page, at a path with a query, and by the name with or without www that people also type.",
		Rules: []pavise.Rule{
			{ID: "transport.redirect.https", Title: "Plain http leads to https on the same host at once", Severity: pavise.Medium,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N",
				References: []string{"PCI DSS 4.0.1 4.2.1", "ASVS 5.0 12.2.1", "CWE-319"}, Fix: fix},
			{ID: "transport.redirect.permanent", Title: "The redirect is permanent", Severity: pavise.Low,
				References: []string{"RFC 9110 15.4.9", "CWE-319"}, Fix: fix},
			{ID: "transport.redirect.path", Title: "The redirect keeps path and query", Severity: pavise.Low,
				References: []string{"RFC 9110 15.4.9"}, Fix: fix},
			{ID: "transport.redirect.www", Title: "The name with or without www leads to https at once, too", Severity: pavise.Medium,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N",
				References: []string{"PCI DSS 4.0.1 4.2.1", "ASVS 5.0 12.2.1", "CWE-319"}, Fix: twinFix},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Redirect) Validate() error { return nil }

// Enforce redirects by 308, which keeps method and body (RFC 9110 15.4.9).
func (Redirect) Enforce(env pavise.Env) (pavise.Hooks, error) {
	site := env.Site
	if len(site.Hosts) == 0 {
		return pavise.Hooks{}, errors.New("transport.redirect: the site has no hosts, so there is nowhere to lead to")
	}
	return pavise.Hooks{Admit: func(x *pavise.Exchange) error {
		if x.Secure {
			return nil
		}
		host := x.Host
		if !slices.Contains(site.Hosts, host) {
			host = site.Hosts[0] // never to a name that a stranger chose
		}
		return &pavise.Refusal{Status: http.StatusPermanentRedirect, Rule: "transport.redirect.https",
			Reason: "This site is served over https alone.", Location: site.Origin(host, x.Port, false) + target(x.Request)}
	}}, nil
}

// target is the path and query to ask for again; of "OPTIONS *" it is the root.
func target(r *http.Request) string {
	if uri := r.URL.RequestURI(); strings.HasPrefix(uri, "/") {
		return uri
	}
	return "/"
}

const redirectPath = "/pavise/a%20path?with=a&query=1"

func redirectProbes(e *pavise.Evidence) (home, deep pavise.Probe) {
	return pavise.Ask(pavise.Request{URL: e.Target.Clear + "/"}),
		pavise.Ask(pavise.Request{URL: e.Target.Clear + redirectPath})
}

// Probes asks the plain http origin, where one is known.
func (Redirect) Probes(e *pavise.Evidence) []pavise.Probe {
	if e.Target.Clear == "" {
		return nil
	}
	home, deep := redirectProbes(e)
	probes := []pavise.Probe{home, deep}
	if p, ok := twinProbe(e.Target); ok {
		probes = append(probes, p)
	}
	return probes
}

// Check passes where the clear leads to https at once, and where nobody
// listens in the clear.
func (Redirect) Check(e *pavise.Evidence) []pavise.Finding {
	home, deep := redirectProbes(e)
	if why := noClear(e, e.Answer(home)); why != "" {
		return Redirect{}.Doc().All(pavise.Skipped, e.Target.Clear, why)
	}
	return []pavise.Finding{
		checkRedirect(e, home, "transport.redirect.https", "a redirect to https on the same host", toHTTPS),
		checkRedirect(e, home, "transport.redirect.permanent", "status 308 or 301", permanent),
		checkRedirect(e, deep, "transport.redirect.path", "a redirect to the same path and query", keepsPath),
		checkTwin(e),
	}
}

// noClear says why there is nothing in the clear to redirect.
func noClear(e *pavise.Evidence, first *pavise.Answer) string {
	switch {
	case e.Target.Clear == "":
		return "no plain http origin is known"
	case first == nil, first.Unasked:
		return ""
	case first.Closed:
		return "nobody listens in the clear"
	}
	sameAsTLS := strings.HasSuffix(e.Target.Clear, "//"+e.Target.TLS)
	if sameAsTLS && (first.Error != "" || first.Response.Status == http.StatusBadRequest) {
		return "the port speaks TLS alone"
	}
	return ""
}

func checkRedirect(e *pavise.Evidence, p pavise.Probe, rule, want string, holds func(*pavise.Evidence, *pavise.Response) bool) pavise.Finding {
	a, why := e.Heard(p)
	if a == nil {
		return pavise.Unlooked(rule, e.Target.Clear, why)
	}
	f := pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: p.Request.URL, Want: want, Proof: a.Proof(),
		Saw: status(a.Response) + " in the clear"}
	if to := a.Response.Header.Get("Location"); to != "" {
		f.Saw = status(a.Response) + " to " + to
	}
	if holds(e, a.Response) {
		f.Outcome = pavise.Pass
	}
	return f
}

func status(r *pavise.Response) string {
	return fmt.Sprint(r.Status, " ", http.StatusText(r.Status))
}

func location(r *pavise.Response) *url.URL {
	if r.Status < 300 || r.Status > 399 {
		return nil
	}
	u, err := url.Parse(r.Header.Get("Location"))
	if err != nil || u.Scheme != "https" {
		return nil
	}
	return u
}

func toHTTPS(e *pavise.Evidence, r *pavise.Response) bool {
	u := location(r)
	return u != nil && strings.EqualFold(u.Hostname(), e.Target.Host())
}

func permanent(_ *pavise.Evidence, r *pavise.Response) bool {
	return location(r) != nil && (r.Status == http.StatusMovedPermanently || r.Status == http.StatusPermanentRedirect)
}

func keepsPath(_ *pavise.Evidence, r *pavise.Response) bool {
	u := location(r)
	return u != nil && u.RequestURI() == redirectPath
}
