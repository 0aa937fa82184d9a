package headers

import "pavise"

// A cspRule judges what a page says of itself; saying nothing of it the rule
// does not apply.
type cspRule struct {
	pavise.Rule
	want  string
	judge func(stance) (saw string, fault bool)
}

func (r cspRule) check(e *pavise.Evidence, said stances) pavise.Finding {
	return e.Each(r.ID, r.want, func(a pavise.Answer) (string, bool) {
		if !pages(a) {
			return "", false
		}
		return r.judge(said.of(a))
	})
}

// cspRules are all Low: a policy is a second line, and nothing is open by the
// want of it alone.
var cspRules = []cspRule{
	{basic("present", "Every page bears a policy", "OWASP Secure Headers, Content-Security-Policy"), "Content-Security-Policy: " + basePolicy, present},
	{basic("object-src", "No page takes objects from any site", "CSP Level 3, object-src"), "object-src 'none'",
		func(s stance) (string, bool) { return s.restricted("object-src") }},
	{basic("base-uri", "No page lets its links be led elsewhere", "CSP Level 3, base-uri"), "base-uri 'self', or 'none'",
		func(s stance) (string, bool) { return s.restricted("base-uri") }},
	{scriptRule(), "script-src with nonces or hashes, or 'self'", namesScripts},
	{owners("unsafe-inline", "Injected scripts are not run", directives("scriptSrc: [\"'self'\", (req, res) => `'nonce-${res.locals.nonce}'`]"), "CSP Level 3, script-src"),
		"script-src without 'unsafe-inline', or with nonces or hashes beside it", scripts(inline)},
	{owners("unsafe-eval", "Text is not run as script", directives(`scriptSrc: ["'self'"]`), "CSP Level 3, script-src"),
		"script-src without 'unsafe-eval'", scripts(func(d directive) string { return when(d.has("'unsafe-eval'"), "'unsafe-eval'") })},
	{owners("wildcard", "Scripts come from sites that are named", directives(`scriptSrc: ["'self'", "https://cdn.example.com"]`), "CSP Level 3, host-source"),
		"script-src without *, https: and data:", scripts(wildcard)},
	{owners("bypass", "No site is named that serves scripts of anybody", directives(`scriptSrc: ["'self'", "https://unpkg.com/vue@3.5.0/"]`),
		"CSP Is Dead, Long Live CSP (ACM CCS 2016)"), "script-src with nonces, or with paths at such sites", scripts(bypass)},
	{owners("plain-http", "Nothing is taken from a source in the clear", directives(`imgSrc: ["'self'", "https://pictures.example.com"]`), "CWE-319", "CSP Level 3, host-source"),
		"sources over https", anySource(plain)},
	{owners("address", "No source is an address", directives(`imgSrc: ["'self'", "https://pictures.example.com"]`), "CSP Level 3, host-source"),
		"host names: browsers match no address but 127.0.0.1", anySource(address)},
	{owners("nonce-length", "Nonces are long enough", newNonce, "CSP Level 3 7.1"), "128 random bits in base64; at least 8 characters", nonceLength},
	{owners("syntax", "Browsers understand every word", "app.use(helmet.contentSecurityPolicy()); // the package helmet refuses most slips at start", "CSP Level 3 2.2.1"),
		"directives and sources that browsers know", understood},
	{owners("deprecated", "No directive is out of use", directives("upgradeInsecureRequests: []"), "CSP Level 3, changes from Level 2"),
		"directives of CSP Level 3", current},
	{owners("reporting", "Reports reach somebody",
		`app.use((req, res, next) => { res.set("Reporting-Endpoints", 'csp="https://reports.example.com/csp"'); next(); }); // for report-to csp`,
		"ASVS 5.0 3.4.7", "CSP Level 3, report-to"), "report-uri, or report-to with its group in Reporting-Endpoints", reporting},
}

const newNonce = `app.use((req, res, next) => { res.locals.nonce = crypto.randomBytes(16).toString("base64"); next(); });`

// directives is the Express line, with the package helmet, for directives.
func directives(s string) string {
	return "app.use(helmet.contentSecurityPolicy({ directives: { " + s + " } }));"
}

// owners is a rule about the app's own policy: mended where that is written.
func owners(name, title, express string, references ...string) pavise.Rule {
	return pavise.Rule{ID: "headers.csp." + name, Title: title, Severity: pavise.Low, Owner: true,
		References: append([]string{"ASVS 5.0 3.4.3", "CWE-693"}, references...), Fix: pavise.Fix{Express: express}}
}

// basic is a rule that base makes hold where the app's own policy does not speak.
func basic(name, title string, references ...string) pavise.Rule {
	r := owners(name, title, `app.use((req, res, next) => { res.append("Content-Security-Policy", "`+basePolicy+`"); next(); });`, references...)
	r.Owner = false
	r.Fix.Pavise, r.Fix.Nginx = pavise.OnByDefault, `add_header Content-Security-Policy "`+basePolicy+`" always;`
	r.Fix.Apache = `Header always add Content-Security-Policy "` + basePolicy + `"`
	return r
}

// scriptRule is left to the owner because only they know the scripts.
func scriptRule() pavise.Rule {
	r := owners("script-src", "Every page says which scripts may run", "app.use(helmet.contentSecurityPolicy()); // of the package helmet", "CSP Level 3, script-src")
	r.Fix.Pavise = `headers.csp: {policy: helmet, mode: report-only, report-to: "https://reports.example.com/csp"}  # first, to see what it would block`
	r.Fix.Nginx = `add_header Content-Security-Policy "script-src 'self'; ` + basePolicy + `" always;`
	r.Fix.Apache = `Header always add Content-Security-Policy "script-src 'self'; ` + basePolicy + `"`
	return r
}
