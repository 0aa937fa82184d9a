package transport

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"pavise"
)

// HSTS has browsers come over https alone, for two years after each visit.
type HSTS struct {
	MaxAge            time.Duration `yaml:"max-age" doc:"how long a browser remembers, at least a year" default:"17520h"`
	ExcludeSubdomains bool          `yaml:"exclude-subdomains" doc:"do not bind the subdomains of the host" default:"false"`
	Preload           bool          `yaml:"preload" doc:"ask to be put on the browsers' preload list" default:"false"`
	InsecureMaxAge    time.Duration `yaml:"insecure-max-age" doc:"less than a year, for the first days of a site" default:"none"`
}

const (
	year         = 365 * 24 * time.Hour
	hstsHeader   = "Strict-Transport-Security"
	hstsStandard = 2 * year // what the OWASP Secure Headers project recommends
)

// Doc describes the control.
func (HSTS) Doc() pavise.Doc {
	fix := pavise.Fix{
		Pavise:  pavise.OnByDefault,
		Nginx:   "proxy_hide_header Strict-Transport-Security;\nadd_header Strict-Transport-Security \"max-age=63072000; includeSubDomains\" always;",
		Apache:  "Header onsuccess unset Strict-Transport-Security\nHeader always set Strict-Transport-Security \"max-age=63072000; includeSubDomains\"",
		Express: "app.use(helmet.strictTransportSecurity({ maxAge: 63072000 }));",
	}
	rule := func(name, title string) pavise.Rule {
		return pavise.Rule{ID: "transport.hsts." + name, Title: title, Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N", Fix: fix,
			References: []string{"RFC 6797 7.1", "ASVS 5.0 3.4.1", "PCI DSS 4.0.1 4.2.1", "CWE-319"}}
	}
	return pavise.Doc{
		ID:       "transport.hsts",
		Title:    "Strict-Transport-Security",
		Why:      "The first request of a visit may go out in the clear, where somebody on the line answers it instead. A browser that remembers HSTS never sends it.",
		Enforces: "Sends the header with every response over TLS, error pages too, in place of a weaker one of the app; never over plain http, never for localhost or an address.",
		Verifies: "Every kind of response over https bears the header once, long enough and with subdomains.",
		Rules: []pavise.Rule{
			rule("present", "Every response over https bears the header once"),
			rule("max-age", "The header is good for at least a year"),
			rule("subdomains", "The header binds the subdomains"),
		},
	}
}

// Validate reports a max-age that is too short for its name.
func (c HSTS) Validate() error {
	var errs []error
	if c.MaxAge != 0 && c.MaxAge < year {
		errs = append(errs, fmt.Errorf("transport.hsts: max-age must be at least a year (8760h), not %s; to begin with less, set insecure-max-age", c.MaxAge))
	}
	if c.InsecureMaxAge < 0 || c.InsecureMaxAge >= year {
		errs = append(errs, fmt.Errorf("transport.hsts: insecure-max-age must be less than a year, not %s", c.InsecureMaxAge))
	}
	if c.MaxAge != 0 && c.InsecureMaxAge != 0 {
		errs = append(errs, errors.New("transport.hsts: set max-age or insecure-max-age, not both"))
	}
	if c.Preload && (c.ExcludeSubdomains || c.InsecureMaxAge != 0) {
		errs = append(errs, errors.New("transport.hsts: the preload list takes only a year or more with subdomains"))
	}
	return errors.Join(errs...)
}

func (c HSTS) policy() hsts {
	p := hsts{maxAge: hstsStandard, subdomains: !c.ExcludeSubdomains, preload: c.Preload}
	if c.MaxAge != 0 {
		p.maxAge = c.MaxAge
	}
	if c.InsecureMaxAge != 0 {
		p.maxAge = c.InsecureMaxAge
	}
	return p
}

// Enforce amends the header, so that whatever the app set is seen.
func (c HSTS) Enforce(pavise.Env) (pavise.Hooks, error) {
	ours := c.policy()
	value := ours.String()
	return pavise.Hooks{Amend: func(x *pavise.Exchange) {
		// RFC 6797 7.2: never over insecure transport; 8.1.1: not for addresses.
		if !x.Secure || !pavise.Named(x.Host) {
			delete(x.Header, hstsHeader)
			return
		}
		if app := x.Header[hstsHeader]; len(app) > 0 {
			if both := parseHSTS(app[0]).join(ours); both != ours {
				x.Header[hstsHeader] = x.Lines(both.String())
				return
			}
		}
		x.Header[hstsHeader] = x.Lines(value)
	}}, nil
}

// Check looks at every response over https.
func (c HSTS) Check(e *pavise.Evidence) []pavise.Finding {
	host := e.Target.Host()
	if !pavise.Named(host) {
		why := host + " is local or an address, and the header would bind every other project there"
		return c.Doc().All(pavise.Skipped, e.Target.URL, why)
	}
	ours := c.policy()
	found := []pavise.Finding{
		e.Each("transport.hsts.present", "one "+hstsHeader+" header", func(a pavise.Answer) (string, bool) {
			lines := a.Response.Header[hstsHeader]
			return sawHSTS(e, lines), len(lines) != 1 || !e.Target.Secure()
		}),
		e.Each("transport.hsts.max-age", "max-age of at least 31536000", func(a pavise.Answer) (string, bool) {
			lines := a.Response.Header[hstsHeader]
			return sawHSTS(e, lines), len(lines) == 0 || parseHSTS(lines[0]).maxAge < min(year, ours.maxAge)
		}),
	}
	if !ours.subdomains {
		return append(found, pavise.Skipped("transport.hsts.subdomains", e.Target.URL, "the policy excludes subdomains"))
	}
	return append(found, e.Each("transport.hsts.subdomains", "includeSubDomains", func(a pavise.Answer) (string, bool) {
		lines := a.Response.Header[hstsHeader]
		return sawHSTS(e, lines), len(lines) == 0 || !parseHSTS(lines[0]).subdomains
	}))
}

func sawHSTS(e *pavise.Evidence, lines []string) string {
	switch {
	case !e.Target.Secure():
		return "no https to send it over"
	case len(lines) == 0:
		return "no " + hstsHeader
	}
	return strings.Join(lines, ", ")
}
