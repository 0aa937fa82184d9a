package report

import (
	"strings"
	"time"

	"pavise"
)

// A control that is only verified, and one that is enforced too.
type verified struct{ doc pavise.Doc }

func (c verified) Doc() pavise.Doc { return c.doc }
func (verified) Validate() error   { return nil }

type defence struct{ verified }

func (defence) Enforce(pavise.Env) (pavise.Hooks, error) { return pavise.Hooks{}, nil }

type listener struct{ verified }

func (listener) Tune(*pavise.Listener) error { return nil }

func control(id string, rules ...pavise.Rule) pavise.Control {
	v := verified{pavise.Doc{ID: id, Title: id, Rules: rules}}
	switch {
	case strings.HasPrefix(id, "scripts."):
		return v
	case id == "transport.tls":
		return listener{v}
	}
	return defence{v}
}

func statement(id string, s pavise.Severity, title, refs, pav, nginx, express string) pavise.Rule {
	return pavise.Rule{ID: id, Title: title, Severity: s, References: strings.Split(refs, ", "),
		Owner: strings.HasPrefix(id, "scripts."), Fix: pavise.Fix{Pavise: pav, Nginx: nginx, Express: express}}
}

// shop is a catalogue of the size of a small one.
func shop() []pavise.Control {
	return []pavise.Control{
		control("transport.tls",
			statement("transport.tls.old", pavise.Critical, "No version of TLS before 1.2 is offered", "PCI DSS 4.0.1 4.2.1, ASVS 5.0 12.1.1, CWE-326",
				"controls: {transport.tls: {}}", "ssl_protocols TLSv1.2 TLSv1.3;", "Leave TLS to the proxy in front of the app."),
			statement("transport.tls.aead", pavise.High, "Every cipher suite is authenticated and forward secret", "PCI DSS 4.0.1 4.2.1, CWE-327",
				"controls: {transport.tls: {}}", "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384;", "")),
		control("transport.redirect", statement("transport.redirect.https", pavise.High, "Every URL leads to https on the same host", "ASVS 5.0 12.2.1, CWE-319",
			"controls: {transport.redirect: {}}", "server {\n  listen 80;\n  return 308 https://$host$request_uri;\n}", `app.use((req, res, next) => req.secure ? next() : res.redirect(308, "https://" + req.hostname + req.originalUrl));`)),
		control("transport.hsts",
			statement("transport.hsts.present", pavise.Medium, "Every response promises https for later", "RFC 6797 6.1, ASVS 5.0 3.4.1, CWE-319",
				"controls: {transport.hsts: {}}", `add_header Strict-Transport-Security "max-age=63072000; includeSubDomains" always;`, `app.use(helmet.hsts({ maxAge: 63072000 }));`),
			statement("transport.hsts.max-age", pavise.Low, "The promise lasts at least a year", "RFC 6797 6.1.1",
				"controls: {transport.hsts: {max-age: 17520h}}", `add_header Strict-Transport-Security "max-age=63072000" always;`, `app.use(helmet.hsts({ maxAge: 63072000 }));`)),
		control("headers.nosniff", statement("headers.nosniff.present", pavise.Medium, "Every response forbids guessing its type", "ASVS 5.0 3.4.4, CWE-693",
			"controls: {headers.nosniff: {}}", `add_header X-Content-Type-Options "nosniff" always;`, `app.use(helmet.noSniff());`)),
		control("headers.frame", statement("headers.frame.denied", pavise.Medium, "No other site can put a page into a frame", "ASVS 5.0 3.4.6, CWE-1021",
			"controls: {headers.frame: {allow: none}}", `add_header X-Frame-Options "DENY" always;`, `app.use(helmet.frameguard({ action: "deny" }));`)),
		control("headers.fingerprints", statement("headers.fingerprints.removed", pavise.Low, "No header tells which software answers, or which version of it", "ASVS 5.0 13.4.6, CWE-200",
			"controls: {headers.fingerprints: {}}", "server_tokens off;\nproxy_hide_header X-Powered-By;", `app.disable("x-powered-by");`)),
		control("cookies.flags",
			statement("cookies.flags.secure", pavise.High, "Cookies travel over TLS alone", "ASVS 5.0 3.3.1, CWE-614",
				"controls: {cookies.flags: {}}", "proxy_cookie_flags ~ secure;", "cookie: { secure: true }"),
			statement("cookies.flags.httponly", pavise.Medium, "Scripts cannot read session cookies", "ASVS 5.0 3.3.4, CWE-1004",
				"controls: {cookies.flags: {}}", "proxy_cookie_flags ~ httponly;", "cookie: { httpOnly: true }")),
		control("requests.origin", statement("requests.origin.unsafe", pavise.High, "A page of another site cannot post in the name of a visitor", "ASVS 5.0 3.5.1, CWE-352",
			"controls: {requests.origin: {}}", "", `app.use(csrf({ origin: "https://shop.example.com" }));`)),
		control("leaks.files", statement("leaks.files.hidden", pavise.Critical, "No file of the project or of its secrets is handed out", "ASVS 5.0 13.4.1, CWE-538",
			"controls: {leaks.files: {}}", "location ~ /\\.(?!well-known/) {\n  return 404;\n}", `app.use(express.static("public", { dotfiles: "ignore" }));`)),
		control("leaks.traces", statement("leaks.traces.hidden", pavise.Medium, "No stack trace leaves the site", "ASVS 5.0 16.5.1, CWE-209",
			"controls: {leaks.traces: {}}", "", "NODE_ENV=production")),
		control("scripts.vulnerable", statement("scripts.vulnerable.known", pavise.Medium, "No script library with a known flaw is in use", "PCI DSS 4.0.1 6.3.3, CWE-1395",
			"", "", "npm install jquery@3.7.1")),
	}
}

var taken = time.Date(2026, 3, 14, 9, 26, 53, 589793238, time.UTC)

func found(rule string, o pavise.Outcome, saw, want string) pavise.Finding {
	f := pavise.Finding{Rule: rule, Outcome: o, Where: "https://shop.example.com/login", Saw: saw, Want: want}
	if o == pavise.Fail {
		f.Proof = pavise.Proof{
			Command:  "curl -sk -o /dev/null -D - --path-as-is 'https://shop.example.com/login'",
			Sent:     "GET https://shop.example.com/login",
			Received: "HTTP/1.1 200 OK\nContent-Type: text/html\nX-Powered-By: Express\n",
		}
	}
	return f
}

// weak is what is found at the shop as it is.
func weak() []pavise.Finding {
	list := []pavise.Finding{
		found("transport.tls.old", pavise.Fail, "TLS 1.0 with TLS_RSA_WITH_AES_128_CBC_SHA", "TLS 1.2 and 1.3 alone"),
		found("transport.tls.aead", pavise.Unknown, "could not look: dial tcp 203.0.113.7:443: i/o timeout", ""),
		found("transport.redirect.https", pavise.Fail, "200 OK in clear", "308 to https://shop.example.com/login"),
		found("transport.hsts.present", pavise.Fail, "no Strict-Transport-Security (and at 6 more of 7 responses)", "Strict-Transport-Security: max-age=63072000; includeSubDomains"),
		found("transport.hsts.max-age", pavise.Skip, "there is no promise", ""),
		found("headers.nosniff.present", pavise.Fail, "no X-Content-Type-Options (and at 6 more of 7 responses)", "X-Content-Type-Options: nosniff"),
		found("headers.frame.denied", pavise.Pass, "X-Frame-Options: DENY (on all 7 responses)", "X-Frame-Options: DENY"),
		found("headers.fingerprints.removed", pavise.Fail, "X-Powered-By: Express", "none of Server, X-Powered-By and their kin"),
		found("cookies.flags.secure", pavise.Fail, "connect.sid without Secure", "Secure on every cookie"),
		found("cookies.flags.httponly", pavise.Pass, "HttpOnly (on all 2 responses)", "HttpOnly on session cookies"),
		found("requests.origin.unsafe", pavise.Fail, "200 OK for a POST from https://evil.example", "403 for a POST from another site"),
		found("leaks.files.hidden", pavise.Fail, "200 OK, 23 bytes that begin with \"ref: refs/heads/\"", "404"),
		found("leaks.files.hidden", pavise.Fail, "200 OK, SESSION_SECRET=…", "404"),
		found("leaks.traces.hidden", pavise.Skip, "nothing here that it applies to", ""),
		found("scripts.vulnerable.known", pavise.Fail, "jquery 1.12.4: CVE-2020-11022", "jquery 3.5.0 or later"),
	}
	list[11].Where, list[12].Where = "https://shop.example.com/.git/HEAD", "https://shop.example.com/.env"
	return list
}

// mended is the same shop behind the shield.
func mended() []pavise.Finding {
	list := weak()
	for i, f := range list {
		if f.Rule != "scripts.vulnerable.known" {
			list[i] = found(f.Rule, pavise.Pass, "as it should be (on all 7 responses)", f.Want)
		}
	}
	return list
}

func nakedInput() Input {
	return Input{Tool: "pavise 0.1.0", Target: "https://shop.example.com", Started: taken, Controls: shop(), Findings: weak(),
		Effort: Effort{Elapsed: 1234 * time.Millisecond, Requests: 61, Connections: 14}}
}

func naked() *Report { return New(nakedInput()) }

func shielded() *Report {
	in := nakedInput()
	in.Target, in.Findings = "https://shop.localhost:8443", mended()
	in.Enforced = func(string) bool { return true }
	return New(in)
}

// full is a report with everything that a report can have.
func full() *Report {
	in := nakedInput()
	in.Profile = PCI
	in.Controls = shop()
	rated := in.Controls[0].(listener).doc.Rules
	rated[0].CVSS, rated[0].Automatic = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N", "SSL or early TLS"
	in.Controls[len(in.Controls)-1].(verified).doc.Rules[0].Declare = "Say how the scripts of the payment page are kept."
	in.Findings[3].Saw, in.Findings[3].Of = "no Strict-Transport-Security", 9
	in.Findings[3].More = 2
	for _, path := range []string{"/", "/cart", "/account", "/products", "/help", "/about"} {
		in.Findings[3].Also = append(in.Findings[3].Also, pavise.Place{Where: in.Target + path, Saw: "no Strict-Transport-Security", Command: "curl -sk " + in.Target + path})
	}
	in.Observatory = &Grade{Grade: "B+", Score: 80, Reasons: []string{"Strict-Transport-Security is missing: -20"}}
	in.Labs = &Grade{Grade: "F", Score: 0, Reasons: []string{"TLS 1.0 is offered: B at best"}}
	in.Left = []string{"2 × session of ada"}
	in.Accept = []Acceptance{
		{Rule: "cookies.flags.secure", Reason: "the old shop needs it", Owner: "Ada", End: taken.AddDate(0, 1, 0), From: "pavise.yaml:4"},
		{Rule: "leaks.files.hidden", Place: "/.env", Reason: "of an example", Owner: "Bob", End: taken.AddDate(0, -1, 0), From: "pavise.yaml:5"},
		{Rule: "headers.frame.denied", Reason: "no longer", Owner: "Bob", End: taken.AddDate(0, 1, 0), From: "pavise.yaml:6"},
	}
	before := nakedInput()
	before.Findings = append(weak()[1:3], found("headers.frame.denied", pavise.Fail, "no X-Frame-Options", "DENY"))
	before.Started = taken.AddDate(0, 0, -7)
	in.Baseline = New(before)
	in.Evidence = &pavise.Evidence{Target: pavise.Target{URL: in.Target, Agreed: "Ada Smith, who runs it"}, Limits: []string{"robots.txt forbids 3 of the pages that are linked"}, Answers: []pavise.Answer{
		{Probe: pavise.Ask(pavise.Request{URL: in.Target + "/"}), Response: &pavise.Response{Status: 403, Resources: []pavise.Resource{
			{Kind: "script", URL: in.Target + "/app.js"}, {Kind: "script", URL: "https://cdn.example/jquery.js", Integrity: "sha384-x"}}}},
		{Probe: pavise.Probe{Offer: &pavise.Offer{Address: "shop.example.com:443"}}, Offered: &pavise.Offered{Groups: []uint16{29, 23}, ALPN: []string{"h2"},
			Protocols: []pavise.Protocol{{Version: 0x301, Suites: []uint32{0x2f}}, {Version: 0x303, Suites: []uint32{0xc02f, 0x2f}, Ordered: true}}}},
	}}
	return New(in)
}
