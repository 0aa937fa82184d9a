package requests

import (
	"errors"
	"slices"

	"pavise"
)

// CORS keeps the pages of other sites from reading what only the visitor may.
type CORS struct {
	Trust []string `yaml:"trust" doc:"other origins whose pages may read what the visitor may, as a browser writes them" default:"none"`
}

const (
	allowOrigin      = "Access-Control-Allow-Origin"
	allowCredentials = "Access-Control-Allow-Credentials"
)

// takeover: who reads a page with a token in it can act with it.
const takeover = "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:N"

// Doc describes the control.
func (CORS) Doc() pavise.Doc {
	fix := pavise.Fix{
		Pavise: pavise.OnByDefault,
		Nginx: "map $http_origin $partner { default \"\"; \"https://pay.example.com\" $http_origin; }\n" +
			"proxy_hide_header Access-Control-Allow-Origin;\nadd_header Access-Control-Allow-Origin $partner always;\nadd_header Vary Origin always;",
		Apache: "SetEnvIf Origin \"^https://pay\\.example\\.com$\" partner=$0\nHeader onsuccess unset Access-Control-Allow-Origin\n" +
			"Header always set Access-Control-Allow-Origin \"%{partner}e\" env=partner\nHeader always merge Vary Origin",
		Express: `app.use(cors({ origin: ["https://pay.example.com"], credentials: true })); // of the package cors`,
	}
	rule := func(id, title string, severity pavise.Severity, cvss string, references ...string) pavise.Rule {
		return pavise.Rule{ID: id, Title: title, Severity: severity, CVSS: cvss, Fix: fix,
			References: append([]string{"ASVS 5.0 3.4.2", "CWE-942", "Fetch Standard, CORS protocol"}, references...)}
	}
	return pavise.Doc{
		ID:    "requests.cors",
		Title: "Cross-origin reading (CORS)",
		Why:   "An app that allows whatever Origin asks, with credentials, lets any page that a visitor opens read their account, tokens included.",
		Enforces: "Takes Access-Control-Allow-Credentials from every answer for an origin that is neither the site's own nor in trust, and adds Vary: Origin. " +
			"One answer does not tell a partner from whoever asked, so partners are named, as requests.origin needs it for what they send; the log has the line to paste. " +
			"What is readable without credentials stays so.",
		Verifies: "The home page and answers in JSON are asked for, and a preflight is sent, as five origins: a stranger, null, two that begin or end like the site, and the site in the clear.",
		Rules: []pavise.Rule{
			rule(ruleReflected, "No foreign origin may read with credentials", pavise.High, takeover, "PCI DSS 4.0.1 6.2.4", "CWE-346"),
			rule(ruleNull, "The origin null may not read with credentials", pavise.High, takeover, "PCI DSS 4.0.1 6.2.4", "CWE-346"),
			rule(ruleClear, "A page that came in the clear may not read with credentials", pavise.Medium, "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:N/A:N", "CWE-319"),
			rule(ruleWildcard, "Credentials are not allowed to everybody at once", pavise.Low, ""),
			rule(ruleVary, "Caches are told that the answer depends on Origin", pavise.Low, "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", "CWE-524", "RFC 9110 12.5.5"),
		},
	}
}

// Validate reports every trusted origin that is none.
func (c CORS) Validate() error { return validateTrust("requests.cors", c.Trust) }

// Enforce amends what the app allows. Cookies that are SameSite=Lax go to no other
// site anyway: what is lost without trust is what a sibling host, or a partner with
// SameSite=None, was to read, and their POSTs requests.origin refuses likewise.
func (c CORS) Enforce(env pavise.Env) (pavise.Hooks, error) {
	if len(env.Site.Hosts) == 0 {
		return pavise.Hooks{}, errors.New("requests.cors: the site has no hosts, so no origin is its own")
	}
	readers := senders{env.Site, c.Trust}
	notes := newNotes(env, "requests.cors")
	return pavise.Hooks{Amend: func(x *pavise.Exchange) {
		allowed := x.Header[allowOrigin]
		if len(allowed) == 0 {
			return
		}
		if len(x.Header[allowCredentials]) > 0 && !(len(allowed) == 1 && readers.mayRead(allowed[0], x)) {
			delete(x.Header, allowCredentials)
			notes.once(x, takenBack(allowed[0]))
		}
		if lines := x.Header["Vary"]; allowed[0] != "*" && !pavise.HasToken(lines, "Origin") && !pavise.HasToken(lines, "*") {
			x.Header["Vary"] = append(slices.Clip(lines), "Origin")
		}
	}}, nil
}

// mayRead reports whether an origin is trusted, or any of the site's own: its
// hosts have one owner.
func (s senders) mayRead(origin string, x *pavise.Exchange) bool {
	if slices.Contains(s.trusted, origin) {
		return true
	}
	return slices.Contains(s.site.Hosts, x.Host) && slices.ContainsFunc(s.site.Hosts, func(host string) bool {
		return origin == s.site.Origin(host, x.Port, x.Secure)
	})
}

// takenBack says it of one origin, so that a stranger's hides no partner's.
func takenBack(origin string) string {
	reason := "the app lets pages of " + clip(origin) + " read with the visitor's credentials, which is taken back"
	if len(origin) <= 160 && originMistake(origin) == "" {
		reason += `: if they may, set requests.cors: {trust: ["` + origin + `"]}`
	}
	return reason
}

// Probes asks as pages of other origins would.
func (CORS) Probes(e *pavise.Evidence) []pavise.Probe { return corsProbes(e) }

// Check compares what they may read.
func (CORS) Check(e *pavise.Evidence) []pavise.Finding { return checkCORS(e) }
