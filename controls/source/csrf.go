package source

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// CSRF judges whether other sites may act with the session of a visitor.
type CSRF struct{}

const (
	ruleGuard    = "source.csrf.guard"
	ruleArchived = "source.csrf.upkeep"
)

// Doc describes the control.
func (CSRF) Doc() pavise.Doc {
	const origin = `app.use((req, res, next) => {
  const site = req.get("Sec-Fetch-Site"), origin = req.get("Origin");
  const own = site ? ["same-origin", "none"].includes(site) : !origin || origin === "https://shop.example.com";
  own || ["GET", "HEAD", "OPTIONS"].includes(req.method) ? next() : res.sendStatus(403);
});`
	return pavise.Doc{
		ID:       "source.csrf",
		Title:    "Protection against forged requests (CSRF)",
		Why:      "A browser sends the session cookie with what any page tells it to send. So a page of an attacker can order, pay and change passwords in the visitor's name.",
		Verifies: "Whether a program that keeps sessions in cookies and has routes that change something checks tokens or the origin.",
		By:       "requests.origin",
		Rules: []pavise.Rule{
			{ID: ruleGuard, Title: "Routes that change something are protected from other sites", Severity: pavise.Medium,
				CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:N/I:H/A:N",
				References: []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 3.5.1", "CWE-352"},
				Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: origin}},
			{ID: ruleArchived, Title: "What protects them is kept up", Severity: pavise.Info, Owner: true,
				References: []string{"CWE-1104", "https://github.com/expressjs/csurf"},
				Fix:        pavise.Fix{Express: "npm uninstall csurf && npm install csrf-sync  // or csrf-csrf, or a check of the origin:\n" + origin}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (CSRF) Validate() error { return nil }

// guarding are the packages that protect from forged requests.
var guarding = []string{"csrf-csrf", "csrf-sync", "csurf", "csrf", "tiny-csrf", "@dr.pogodin/csurf", "express-csrf-double-submit-cookie",
	"lusca", "@edge-csrf/express", "@edge-csrf/node-http", "koa-csrf", "@fastify/csrf-protection", "express-csrf-protect", "@mojaloop/csurf"}

var (
	guardName   = regexp.MustCompile(`(?i)csrf|xsrf|csurf|same_?origin|check_?origin|verify_?origin|sec-?_?fetch`)
	guardHeader = regexp.MustCompile(`(?i)^(origin|sec-fetch-site|x-csrf-token|x-xsrf-token|csrf-token|x-requested-with)$`)
)

// Check looks for a protection in each program that needs one.
func (c CSRF) Check(e *pavise.Evidence) []pavise.Finding {
	return judged(c, e, wants{
		ruleGuard:    "a check of Sec-Fetch-Site and Origin, or tokens by csrf-sync or csrf-csrf",
		ruleArchived: "csrf-sync, csrf-csrf, or a check of the origin",
	}, func(p program, v *verdicts) {
		for _, i := range p.imports {
			switch {
			case i.Name == "csurf":
				v.fail(ruleArchived, place{i.File, i.Line}, "csurf is archived since 2025-05-14: it still works, and gets no more fixes")
			case slices.Contains(guarding, i.Name):
				v.pass(ruleArchived, place{i.File, i.Line}, "%s protects them", i.Name)
			}
		}
		for _, m := range p.modules() {
			p.judgeApostrophe(v, m)
		}
		routes, sessions := p.writing(), p.sessions()
		if len(routes) > 0 && len(sessions) > 0 {
			p.judgeGuard(v, routes, sessions)
		}
	})
}

// judgeGuard looks for what protects routes.
func (p program) judgeGuard(v *verdicts, routes []pavise.Use, sessions []session) {
	if where, what := p.guard(); what != "" {
		v.pass(ruleGuard, where, "%s protects them", what)
		return
	}
	where := at(routes[0], pavise.Value{})
	for _, s := range sessions {
		value, told := flag(s.cookie, "sameSite")
		same := fold(value.Text)
		switch {
		case told == untold:
			v.unknown(ruleGuard, where, "no protection is seen, and sameSite of the session is known only when it runs: %s", s.shown(value))
			return
		case told == yes && (same == "strict" || same == "lax" || same == "true"), told == unset && s.kind == apostrophe4:
			v.pass(ruleGuard, s.place(value), "by SameSite of the session cookie alone, which does not stop sibling hosts: check the origin, too")
			return
		}
	}
	who := shown(routes[0].Arg(0)) + " changes"
	if more := len(routes) - 1; more > 0 {
		who = fmt.Sprintf("%s and %d more change", shown(routes[0].Arg(0)), more)
	}
	v.lacks(ruleGuard, where, "%s something with a session in a cookie, and neither tokens nor the origin are checked", who)
}

// guard is where a protection stands, and what it is.
func (p program) guard() (place, string) {
	for _, u := range p.uses {
		switch on, method := called(u); {
		case slices.ContainsFunc(guarding, func(name string) bool { return name != "lusca" && from(u.Of, name) }),
			from(u.Of, "lusca") && lusca(u):
			return at(u, pavise.Value{}), strings.TrimPrefix(u.Of, "new ")
		case slices.Contains([]string{"get", "header"}, method) && named(on, likeRequest) && guardHeader.MatchString(u.Arg(0).Text):
			return at(u, pavise.Value{}), "a look at " + u.Arg(0).Text
		case method == "use" || slices.Contains(verbs, method):
			if i := slices.IndexFunc(u.Args, func(v pavise.Value) bool {
				return v.Kind != pavise.StringValue && guardName.MatchString(v.Text)
			}); i >= 0 {
				return at(u, u.Args[i]), shown(u.Args[i])
			}
		}
	}
	for _, i := range p.imports {
		if slices.Contains(guarding, i.Name) && i.Name != "lusca" && i.Name != "csrf" {
			return place{i.File, i.Line}, i.Name
		}
	}
	return place{}, ""
}

// lusca reports whether lusca is told to check tokens.
func lusca(u pavise.Use) bool {
	_, told := flag(u.Arg(0), "csrf")
	return u.Of == "lusca.csrf" || told == yes || told == untold
}

// judgeApostrophe looks at the protection that Apostrophe brings along.
func (p program) judgeApostrophe(v *verdicts, m module) {
	if m.name != apostrophe4 && m.name != apostrophe2 {
		return
	}
	switch value, told := flag(m.options, "csrf"); told {
	case no:
		v.fail(ruleGuard, at(m.use, value), "Apostrophe's own protection is switched off: csrf is %s", shown(value))
	case untold:
		v.unknown(ruleGuard, at(m.use, value), "csrf is known only when it runs: %s", shown(m.options))
	default:
		v.pass(ruleGuard, at(m.use, value), "Apostrophe's own protection is on")
	}
}
