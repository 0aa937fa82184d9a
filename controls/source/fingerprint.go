package source

import "pavise"

// Fingerprint judges whether responses name the framework.
type Fingerprint struct{}

const rulePoweredBy = "source.fingerprint.powered-by"

// Doc describes the control.
func (Fingerprint) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "source.fingerprint",
		Title:    "Express names itself",
		Why:      "X-Powered-By puts the site on the lists of those who look for the next flaw of Express.",
		Verifies: "Whether x-powered-by is disabled, or removed by helmet or by hand.",
		By:       "headers.fingerprint",
		Rules: []pavise.Rule{{
			ID: rulePoweredBy, Title: "X-Powered-By is switched off", Severity: pavise.Low,
			References: []string{"ASVS 5.0 13.4.6", "CWE-200"},
			Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: `app.disable("x-powered-by");`},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Fingerprint) Validate() error { return nil }

// Check looks at what each program does about it.
func (c Fingerprint) Check(e *pavise.Evidence) []pavise.Finding {
	return judged(c, e, wants{rulePoweredBy: `app.disable("x-powered-by")`}, func(p program, v *verdicts) {
		apps := p.apps()
		if len(apps) == 0 {
			return
		}
		for _, s := range p.settings("x-powered-by") {
			if told := holds(s.value); told == no {
				v.pass(rulePoweredBy, at(s.use, s.value), "x-powered-by is switched off")
				return
			}
		}
		for _, u := range p.helmets() {
			if u.Of == "helmet.hidePoweredBy" || u.Of == "helmet.xPoweredBy" || !off(u, "hidePoweredBy", "xPoweredBy") {
				v.pass(rulePoweredBy, at(u, pavise.Value{}), "helmet removes it")
				return
			}
		}
		for _, u := range p.onResponse("removeHeader", "set", "setHeader", "header") {
			if u.Arg(0).Kind == pavise.StringValue && fold(u.Arg(0).Text) == "x-powered-by" {
				v.pass(rulePoweredBy, at(u, pavise.Value{}), "it is removed or replaced by hand")
				return
			}
		}
		if p.imported("hide-powered-by") {
			v.pass(rulePoweredBy, at(apps[0], pavise.Value{}), "hide-powered-by removes it")
			return
		}
		if u := p.unnamedHeader(); u != nil {
			v.unknown(rulePoweredBy, at(*u, pavise.Value{}), "headers are set whose names are known only when it runs: %s", shown(u.Arg(0)))
			return
		}
		if p.hides() {
			v.unknown(rulePoweredBy, at(apps[0], pavise.Value{}), "what the app is told is known only when it runs")
			return
		}
		v.lacks(rulePoweredBy, at(apps[0], pavise.Value{}), "nothing switches x-powered-by off: every response names Express")
	})
}
