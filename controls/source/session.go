package source

import "pavise"

// Session judges how sessions are set up: what signs them, and the cookie.
type Session struct{}

const (
	ruleSecret    = "source.session.secret"
	ruleKnown     = "source.session.known"
	ruleName      = "source.session.name"
	ruleSecure    = "source.session.secure"
	ruleHTTPOnly  = "source.session.http-only"
	ruleSameSite  = "source.session.same-site"
	ruleDomain    = "source.session.domain"
	ruleIdle      = "source.session.idle"
	ruleBounded   = "source.session.bounded"
	ruleStore     = "source.session.store"
	ruleUntouched = "source.session.untouched"
)

// Vectors that several controls share with their siblings that look at a live site.
const (
	takesSession = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N" // as cookies.flags
	fillsUp      = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L" // as requests.size
)

// Doc describes the control.
func (Session) Doc() pavise.Doc {
	options := func(line string) string { return "app.use(session({ " + line + " }));" }
	return pavise.Doc{
		ID:       "source.session",
		Title:    "Sessions as the source sets them up",
		Why:      "Whoever has the secret or the cookie of a session is logged in. Both are lost by a few options that have bad defaults, or were copied from an example.",
		Verifies: "The options of express-session, cookie-session and Apostrophe, and the secrets that cookies and tokens are signed with, as far as they stand in the source.",
		By:       "cookies.flags",
		Rules: []pavise.Rule{
			{ID: ruleSecret, Title: "No secret of sessions or tokens is written in the source", Severity: pavise.High, Owner: true,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N",
				References: []string{"PCI DSS 4.0.1 8.6.2", "PCI DSS 4.0.1 6.2.4", "ASVS 5.0 13.3.1", "CWE-798"},
				Fix:        pavise.Fix{Express: options("secret: process.env.SESSION_SECRET") + "  // openssl rand -hex 32; express-session does not start without"}},
			{ID: ruleKnown, Title: "No secret is one that stands in examples", Severity: pavise.Critical, Owner: true,
				CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N",
				References: []string{"PCI DSS 4.0.1 2.2.2", "PCI DSS 4.0.1 8.6.2", "ASVS 5.0 13.3.1", "CWE-1392", "CWE-798"},
				Fix:        pavise.Fix{Express: options("secret: process.env.SESSION_SECRET") + "  // openssl rand -hex 32"}},
			{ID: ruleName, Title: "The session cookie does not have the default name", Severity: pavise.Low,
				References: []string{"ASVS 5.0 13.4.6", "CWE-200"},
				Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: options(`name: "__Host-sid", cookie: { path: "/", secure: true }`)}},
			{ID: ruleSecure, Title: "The session cookie is Secure", Severity: pavise.Medium, CVSS: takesSession,
				References: []string{"ASVS 5.0 3.3.1", "PCI DSS 4.0.1 6.2.4", "CWE-614", "RFC 6265bis 4.1.2.5"},
				Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: `app.set("trust proxy", "loopback"); ` + options("cookie: { secure: true }")}},
			{ID: ruleHTTPOnly, Title: "No script can read the session cookie", Severity: pavise.Medium, CVSS: takesSession,
				References: []string{"ASVS 5.0 3.3.4", "PCI DSS 4.0.1 6.2.4", "CWE-1004", "RFC 6265bis 4.1.2.6"},
				Fix:        pavise.Fix{Pavise: "controls: {cookies.flags: {}}  # adds HttpOnly to whatever lacks it; on by default", Express: options("cookie: { httpOnly: true }")}},
			{ID: ruleSameSite, Title: "The session cookie says which sites it goes along with", Severity: pavise.Low,
				References: []string{"ASVS 5.0 3.3.2", "CWE-1275", "RFC 6265bis 4.1.2.7"},
				Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: options(`cookie: { sameSite: "lax" }`)}},
			{ID: ruleDomain, Title: "The session cookie is not shared with sibling hosts", Severity: pavise.Low, Owner: true,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
				References: []string{"CWE-668", "RFC 6265bis 4.1.2.3"},
				Fix:        pavise.Fix{Express: options(`cookie: { path: "/" }`) + "  // no domain"}},
			{ID: ruleIdle, Title: "A session ends when it rests for 15 minutes", Severity: pavise.Info,
				References: []string{"PCI DSS 4.0.1 8.2.8", "ASVS 5.0 7.3.1", "CWE-613"},
				Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: options("rolling: true, cookie: { maxAge: 15 * 60 * 1000 }")}},
			{ID: ruleBounded, Title: "The session cookie lives 30 days at most", Severity: pavise.Low,
				CVSS:       "CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N",
				References: []string{"ASVS 5.0 7.3.2", "NIST SP 800-63B-4 2.1.3", "CWE-613"},
				Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: options("cookie: { maxAge: 12 * 60 * 60 * 1000 }")}},
			{ID: ruleStore, Title: "Sessions are kept in a store that forgets them", Severity: pavise.Medium, Owner: true, CVSS: fillsUp,
				References: []string{"CWE-770", "CWE-401"},
				Fix:        pavise.Fix{Express: options(`store: new RedisStore({ client })`) + "  // of connect-redis; the default leaks memory and is not for production"}},
			{ID: ruleUntouched, Title: "Nobody gets a session without need", Severity: pavise.Info, Owner: true,
				References: []string{"CWE-770", "ASVS 5.0 7.2.4"},
				Fix:        pavise.Fix{Express: options("resave: false, saveUninitialized: false")}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Session) Validate() error { return nil }

// Check judges every place where sessions are set up.
func (c Session) Check(e *pavise.Evidence) []pavise.Finding {
	return judged(c, e, wants{
		ruleSecret:    "one of the environment, such as process.env.SESSION_SECRET",
		ruleKnown:     "a secret of 32 random bytes from the environment",
		ruleName:      `a name of one's own, such as "__Host-sid"`,
		ruleSecure:    "secure: true",
		ruleHTTPOnly:  "httpOnly: true, or not set",
		ruleSameSite:  `sameSite: "lax" or "strict"`,
		ruleDomain:    "no domain",
		ruleIdle:      "rolling: true and a maxAge of 15 minutes at most",
		ruleBounded:   "a maxAge of 30 days at most",
		ruleStore:     "a store of its own",
		ruleUntouched: "resave: false, saveUninitialized: false",
	}, func(p program, v *verdicts) {
		p.judgeSecrets(v)
		for _, s := range p.sessions() {
			s.judgeName(v)
			s.judgeSecure(v, p)
			s.judgeHTTPOnly(v)
			s.judgeSameSite(v)
			s.judgeDomain(v)
			s.judgeLife(v)
			s.judgeStore(v)
			s.judgeUntouched(v)
		}
	})
}
