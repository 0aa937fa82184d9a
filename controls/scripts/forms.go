package scripts

import (
	"fmt"
	"strings"

	"pavise"
)

// Forms looks where forms send what people type.
type Forms struct{}

const (
	ruleFormSecure   = "scripts.forms.secure"
	ruleFormPassword = "scripts.forms.password"
	ruleFormAddress  = "scripts.forms.address"
)

// Doc describes the control.
func (Forms) Doc() pavise.Doc {
	form := `<form method="post" action="/login">`
	fix := pavise.Fix{
		Nginx:   "# in the page: " + form + "\n" + `add_header Content-Security-Policy "form-action 'self'" always;`,
		Apache:  "# in the page: " + form + "\n" + `Header always set Content-Security-Policy "form-action 'self'"`,
		Express: "// in the page: " + form + "\n" + `app.use(helmet.contentSecurityPolicy({ directives: { formAction: ["'self'"] } }));`}
	return pavise.Doc{
		ID:       "scripts.forms",
		Title:    "Forms in the clear",
		Why:      "What is typed into a form that sends it in the clear anybody on the line can read. A form that came in the clear may send it anywhere.",
		Verifies: "No form of a page over https has an action of http://, no form with a password comes or goes in the clear, and none puts the password into an address.",
		Rules: []pavise.Rule{
			{ID: ruleFormSecure, Title: "Forms of pages over https are sent over https", Severity: pavise.Medium, Owner: true,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N",
				References: []string{"PCI DSS 4.0.1 4.2.1", "ASVS 5.0 12.2.1", "CWE-319"}, Fix: fix},
			{ID: ruleFormPassword, Title: "No form with a password comes or goes in the clear", Severity: pavise.High, Owner: true,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N",
				References: []string{"PCI DSS 4.0.1 8.3.2", "ASVS 5.0 12.2.1", "CWE-319", "CWE-523"},
				Fix: pavise.Fix{Nginx: "server { listen 80; return 308 https://$host$request_uri; }  # and no action=\"http:// in the page",
					Apache:  "# no action=\"http:// in the page, and\nRedirect permanent / https://shop.example.com/",
					Express: "app.use((req, res, next) => req.secure ? next() : res.redirect(308, `https://${req.hostname}${req.originalUrl}`));"}},
			{ID: ruleFormAddress, Title: "No form puts a password into an address", Severity: pavise.Low, Owner: true,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:L/UI:R/S:U/C:L/I:N/A:N",
				References: []string{"ASVS 5.0 14.2.1", "CWE-598"},
				Fix: pavise.Fix{Nginx: "# in the page: " + form, Apache: "# in the page: " + form,
					Express: "// in the page: " + form + "\n" + `app.post("/login", express.urlencoded(), login);`}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Forms) Validate() error { return nil }

// Check looks at every form that was seen.
func (Forms) Check(e *pavise.Evidence) []pavise.Finding {
	secure := e.Each(ruleFormSecure, "https:// as action", func(a pavise.Answer) (string, bool) {
		if !strings.HasPrefix(a.Probe.Request.URL, "https://") {
			return "", false
		}
		return forms(a, func(f pavise.Form) bool { return strings.HasPrefix(f.Action, "http://") })
	})
	address := e.Each(ruleFormAddress, "method=\"post\"", func(a pavise.Answer) (string, bool) {
		return forms(a, func(f pavise.Form) bool { return f.Password && f.Method == "GET" })
	})
	const pattern = "<form[^>]*>"
	return []pavise.Finding{shows(e, secure, pattern), shows(e, passwords(e), pattern), shows(e, address, pattern)}
}

// forms judges the forms of a page; without one it says nothing.
func forms(a pavise.Answer, bad func(pavise.Form) bool) (string, bool) {
	for _, f := range a.Response.Forms {
		if bad(f) {
			return fmt.Sprintf("a form that sends by %s to %s", f.Method, pavise.Clip(f.Action, 200)), true
		}
	}
	if len(a.Response.Forms) == 0 {
		return "", false
	}
	return "none", false
}

// passwords looks at forms with a password on the site, and at its plain http origin,
// which a look over https sees only in passing.
func passwords(e *pavise.Evidence) pavise.Finding {
	const want = "https for the page and for the action"
	bad := func(a pavise.Answer) (string, bool) {
		clear := strings.HasPrefix(a.Probe.Request.URL, "http://")
		return forms(a, func(f pavise.Form) bool { return f.Password && (clear || strings.HasPrefix(f.Action, "http://")) })
	}
	for _, a := range e.Answers {
		r := a.Probe.Request
		if r == nil || a.Response == nil || e.Target.Clear == "" || !strings.HasPrefix(r.URL, e.Target.Clear+"/") || r.Host != "" {
			continue
		}
		if saw, fault := bad(a); fault {
			return pavise.Finding{Rule: ruleFormPassword, Outcome: pavise.Fail, Where: r.URL, Saw: saw, Want: want, Proof: a.Proof()}
		}
	}
	return e.Each(ruleFormPassword, want, bad)
}
