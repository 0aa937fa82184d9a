package source

import "pavise"

// Injection judges what is made of the parts of a request.
type Injection struct{}

const (
	ruleCode     = "source.injection.code"
	ruleCommand  = "source.injection.command"
	ruleSQL      = "source.injection.sql"
	ruleNoSQL    = "source.injection.nosql"
	ruleFile     = "source.injection.file"
	ruleRedirect = "source.injection.redirect"
	ruleView     = "source.injection.view"
	ruleMarkup   = "source.injection.markup"
	ruleAddress  = "source.injection.address"
	rulePage     = "source.injection.page"
	ruleEscape   = "source.injection.escape"
)

// Doc describes the control.
func (Injection) Doc() pavise.Doc {
	const (
		everything = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
		reads      = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
		misleads   = "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"
	)
	rule := func(id, title string, severity pavise.Severity, cvss, express, other string, references ...string) pavise.Rule {
		return pavise.Rule{ID: id, Title: title, Severity: severity, CVSS: cvss, Owner: true,
			References: append([]string{"PCI DSS 4.0.1 6.2.4"}, references...), Fix: pavise.Fix{Express: express, Other: other}}
	}
	return pavise.Doc{
		ID:       "source.injection",
		Title:    "What is made of a request",
		Why:      "Where a part of a request becomes code, a command, a query or a path, whoever sends it decides what runs and what is read.",
		Verifies: "Calls that run, query, read or lead somewhere, and whether a part of a request stands in what they are given.",
		Rules: []pavise.Rule{
			rule(ruleCode, "No part of a request is run as code", pavise.Critical, everything,
				`JSON.parse(req.body.data)  // in place of eval`, "", "ASVS 5.0 1.3.2", "CWE-95"),
			rule(ruleCommand, "No part of a request gets into a shell", pavise.Critical, everything,
				`execFile("convert", ["--", name])  // no shell, and the name from a list`, `Go: exec.Command("convert", "--", name)`, "ASVS 5.0 1.2.5", "CWE-78"),
			rule(ruleSQL, "No query is put together from parts of a request", pavise.Critical, everything,
				`db.query("SELECT * FROM users WHERE id = ?", [req.params.id])`, `Go: db.QueryContext(ctx, "SELECT … WHERE id = $1", id)`, "ASVS 5.0 1.2.4", "CWE-89"),
			rule(ruleNoSQL, "No query takes objects of a request", pavise.High, reads,
				`users.find({ name: String(req.body.name) })`, "", "ASVS 5.0 1.2.4", "CWE-943"),
			rule(ruleFile, "No part of a request names a file", pavise.High, reads,
				`res.sendFile(path.basename(req.params.name), { root: "/srv/files" })`, `Go: os.OpenInRoot("/srv/files", name)`, "ASVS 5.0 5.3.2", "CWE-22"),
			rule(ruleRedirect, "No part of a request says where a redirect leads", pavise.Medium, misleads,
				`const to = new URL(req.query.next, site); res.redirect(to.origin === site ? to.pathname : "/")`, "", "ASVS 5.0 3.7.2", "CWE-601"),
			rule(ruleView, "No part of a request chooses the view or its options", pavise.High, reads,
				`res.render("profile", { name: req.body.name })  // named, never req.body whole`, "", "ASVS 5.0 1.3.7", "CWE-1336", "CWE-98"),
			rule(ruleMarkup, "No page is made by text/template", pavise.Medium, "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:L/I:L/A:N",
				"", `Go: import "html/template" in place of "text/template"`, "ASVS 5.0 1.2.1", "CWE-79"),
			rule(ruleAddress, "No part of a request is an address that the server asks", pavise.High, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:L/I:L/A:N",
				`const to = feeds.get(req.query.feed); if (to) await fetch(to)  // a name for each address, in place of the address`,
				`Go: to, ok := feeds[r.FormValue("feed")]`, "ASVS 5.0 1.3.6", "CWE-918"),
			rule(rulePage, "No part of a request is sent as HTML", pavise.Medium, misleads,
				`res.render("found", { q: req.query.q })  // by a template that escapes, or res.json({ q })`, "", "ASVS 5.0 1.2.1", "CWE-79"),
			rule(ruleEscape, "Template engines escape what they are given", pavise.Medium, misleads,
				`nunjucks.configure("views", { express: app, autoescape: true })`, "", "ASVS 5.0 1.2.1", "CWE-79", "CWE-116"),
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Injection) Validate() error { return nil }

// Check looks at every call that is given a part of a request.
func (c Injection) Check(e *pavise.Evidence) []pavise.Finding {
	return judged(c, e, wants{
		ruleCode:     "no eval, and no code of strings",
		ruleCommand:  "execFile without a shell, and arguments of a list",
		ruleSQL:      "placeholders",
		ruleNoSQL:    "single values, each made a string, and no $where",
		ruleFile:     "a root, and names below it alone",
		ruleRedirect: "a path of the site's own",
		ruleView:     "a view by its name, with an object of named values",
		ruleMarkup:   "html/template",
		ruleAddress:  "an address of a list, chosen by its name",
		rulePage:     "a template that escapes, or JSON",
		ruleEscape:   "autoescape on",
	}, func(p program, v *verdicts) {
		for _, u := range p.uses {
			for _, s := range sinks {
				if s.matches(u) {
					s.judge(v, u)
				}
			}
			p.judgeDocuments(v, u)
			p.judgeMarkup(v, u)
			p.judgePage(v, u)
			judgeEscape(v, u)
		}
		if apps := p.apps(); len(apps) > 0 && len(v.found[ruleCode]) == 0 {
			v.pass(ruleCode, at(apps[0], pavise.Value{}), "nothing runs text as code")
		}
	})
}
