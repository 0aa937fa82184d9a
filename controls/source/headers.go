package source

import (
	"slices"
	"strings"

	"pavise"
)

// Headers judges which response headers the program sets, by helmet or by hand.
type Headers struct{}

const (
	ruleSet  = "source.headers.set"
	ruleOff  = "source.headers.on"
	ruleCSP  = "source.headers.csp"
	ruleGone = "source.headers.current"
)

// Doc describes the control.
func (Headers) Doc() pavise.Doc {
	rule := func(id, title string, severity pavise.Severity, express string, references ...string) pavise.Rule {
		return pavise.Rule{ID: id, Title: title, Severity: severity, References: references,
			Fix: pavise.Fix{Pavise: pavise.OnByDefault, Express: express}}
	}
	return pavise.Doc{
		ID:       "source.headers",
		Title:    "Security headers as the source sets them up",
		Why:      "Browsers protect a page from framing, sniffing and injected scripts only if its headers ask for it.",
		Verifies: "Whether helmet, lusca or the program itself sets them, and what of helmet is switched off.",
		By:       "headers.frame",
		Rules: []pavise.Rule{
			rule(ruleSet, "Security headers are set", pavise.Low, "app.use(helmet());  // Apostrophe: npm install @apostrophecms/security-headers, and name it among the modules", "PCI DSS 4.0.1 6.2.4", "ASVS 5.0 3.4.6", "CWE-693"),
			rule(ruleOff, "No header of helmet is switched off", pavise.Low, "app.use(helmet());  // without frameguard: false and the like", "ASVS 5.0 3.4.6", "CWE-693"),
			rule(ruleCSP, "The content security policy is on", pavise.Low, `app.use(helmet({ contentSecurityPolicy: { directives: { scriptSrc: ["'self'"] } } }));`, "PCI DSS 4.0.1 6.4.3", "ASVS 5.0 3.4.3", "CWE-1021"),
			rule(ruleGone, "No header is set up that browsers have given up", pavise.Info, "app.use(helmet());  // without hpkp, noCache and expectCt", "RFC 9163", "CWE-1104"),
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Headers) Validate() error { return nil }

// helmetParts are the middlewares of helmet by their newer names, as options have them.
var helmetParts = []struct{ name, older string }{
	{"strictTransportSecurity", "hsts"}, {"xFrameOptions", "frameguard"}, {"xContentTypeOptions", "noSniff"}, {"referrerPolicy", ""},
}

// helmetGone are those that no longer exist.
var helmetGone = []string{"hpkp", "noCache", "expectCt"}

// byHand are headers of which one shows that a program sets its own.
var byHand = []string{"x-frame-options", "x-content-type-options", "content-security-policy", "strict-transport-security"}

// helmets are the calls of helmet or a part of it.
func (p program) helmets() []pavise.Use {
	return p.where(func(u pavise.Use) bool { return from(u.Of, "helmet") })
}

// whole reports whether a call sets up all of helmet.
func whole(u pavise.Use) bool { return u.Of == "helmet" || u.Of == "helmet.default" }

// off reports whether an option of the names is false.
func off(u pavise.Use, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		_, told := flag(u.Arg(0), name)
		return told == no
	})
}

// Check looks at helmet and its kin.
func (c Headers) Check(e *pavise.Evidence) []pavise.Finding {
	return judged(c, e, wants{
		ruleSet:  "app.use(helmet()), or the module of Apostrophe",
		ruleOff:  "every header of helmet on",
		ruleCSP:  "a policy without 'unsafe-inline' and 'unsafe-eval' for scripts",
		ruleGone: "none of " + strings.Join(helmetGone, ", "),
	}, func(p program, v *verdicts) {
		if apps := p.apps(); len(apps) > 0 {
			p.judgeSet(v, at(apps[0], pavise.Value{}))
		}
		p.judgeApostropheHeaders(v)
		for _, u := range p.helmets() {
			judgeParts(v, u)
			judgeCSP(v, u)
			judgeGone(v, u)
		}
	})
}

func (p program) judgeSet(v *verdicts, app place) {
	if bare, dressed := p.bare(); bare != nil {
		v.lacks(ruleSet, at(*bare, pavise.Value{}), "the app that listens here uses no helmet: the one in %s is another's", at(*dressed, pavise.Value{}))
		return
	}
	if list := p.helmets(); len(list) > 0 {
		v.pass(ruleSet, at(list[0], pavise.Value{}), "%s sets them", list[0].Of)
		return
	}
	for _, u := range p.uses {
		_, method := called(u)
		header := u.Arg(0)
		byName := header.Kind == pavise.StringValue && slices.Contains(byHand, fold(header.Text))
		inObject := slices.ContainsFunc(header.Members, func(m pavise.Member) bool { return slices.Contains(byHand, fold(m.Name)) })
		if slices.Contains([]string{"set", "setHeader", "header", "append", "writeHead", "setHeaders"}, method) && (byName || inObject) || from(u.Of, "lusca") {
			v.pass(ruleSet, at(u, header), "the program sets its own")
			return
		}
	}
	if p.imported("helmet", "lusca", "frameguard", "helmet-csp", "hsts") {
		v.pass(ruleSet, app, "a package for them is used")
		return
	}
	if u := p.unnamedHeader(); u != nil {
		v.unknown(ruleSet, at(*u, pavise.Value{}), "headers are set whose names are known only when it runs: %s", shown(u.Arg(0)))
		return
	}
	v.lacks(ruleSet, app, "neither helmet is used nor a header set by hand")
}

// unnamedHeader is where a header is set whose name is known only when it runs.
func (p program) unnamedHeader() *pavise.Use {
	for _, u := range p.onResponse("set", "setHeader", "header", "append") {
		if k := u.Arg(0).Kind; len(u.Args) == 2 && (k == pavise.NameValue || k == pavise.CallValue || k == pavise.OtherValue) {
			return &u
		}
	}
	return nil
}

// bare is where an app listens that does not use helmet, while another does; both nil where
// there is none, or where nobody can tell which is which.
func (p program) bare() (listens, dressed *pavise.Use) {
	on := map[string]bool{}
	for _, u := range p.onApp("use") {
		if !slices.ContainsFunc(u.Args, func(v pavise.Value) bool { return from(v.Text, "helmet") }) {
			continue
		}
		if u.On == "" {
			return nil, nil
		}
		on[u.On], dressed = true, &u
	}
	mounted := func(v pavise.Value) bool {
		return v.Kind != pavise.StringValue && isApp(strings.TrimSuffix(v.Text, "()"))
	}
	if slices.ContainsFunc(p.onApp("use"), func(u pavise.Use) bool { return slices.ContainsFunc(u.Args, mounted) }) {
		return nil, nil // one app within another
	}
	for _, u := range p.onApp("listen") {
		if u.On != "" && !on[u.On] && dressed != nil {
			return &u, dressed
		}
	}
	return nil, nil
}

// judgeApostropheHeaders looks for the module by which Apostrophe sets them.
func (p program) judgeApostropheHeaders(v *verdicts) {
	const name = "@apostrophecms/security-headers"
	main := p.of("apostrophe")
	if len(main) == 0 || p.major("apostrophe") < 3 {
		return
	}
	if i := slices.IndexFunc(p.modules(), func(m module) bool { return m.name == name }); i >= 0 {
		v.pass(ruleSet, at(main[0], pavise.Value{}), "%s sets them", name)
		return
	}
	v.lacks(ruleSet, at(main[0], pavise.Value{}), "%s is not used", name)
}

func judgeParts(v *verdicts, u pavise.Use) {
	if !whole(u) {
		return
	}
	failed := false
	for _, part := range helmetParts {
		for _, name := range []string{part.name, part.older} {
			if value, told := flag(u.Arg(0), name); name != "" && told == no {
				failed = true
				v.fail(ruleOff, at(u, value), "%s is %s", name, shown(value))
			}
		}
	}
	if value, told := flag(u.Arg(0), "hidePoweredBy"); told == no {
		failed = true
		v.fail(ruleOff, at(u, value), "hidePoweredBy is %s", shown(value))
	}
	if _, told := option(u.Arg(0), "noSniff"); told == untold && !failed {
		v.unknown(ruleOff, at(u, u.Arg(0)), "the options are known only when it runs: %s", shown(u.Arg(0)))
	} else if !failed {
		v.pass(ruleOff, at(u, u.Arg(0)), "nothing is switched off")
	}
}

// judgeCSP looks at the policy. One that only reports is on its way.
func judgeCSP(v *verdicts, u pavise.Use) {
	options := u.Arg(0)
	if whole(u) {
		value, told := flag(u.Arg(0), "contentSecurityPolicy")
		switch told {
		case no:
			v.fail(ruleCSP, at(u, value), "contentSecurityPolicy is %s", shown(value))
			return
		case untold:
			v.unknown(ruleCSP, at(u, value), "the policy is known only when it runs: %s", shown(u.Arg(0)))
			return
		}
		options = value
	} else if u.Of != "helmet.contentSecurityPolicy" {
		return
	}
	directives, _ := options.Member("directives")
	for _, name := range []string{"scriptSrc", "script-src", "defaultSrc", "default-src"} {
		sources, found := directives.Member(name)
		if !found {
			continue
		}
		for _, s := range sources.Items {
			if s.Text == "'unsafe-inline'" || s.Text == "'unsafe-eval'" || s.Text == "*" {
				v.fail(ruleCSP, at(u, s), "%s allows %s", name, s.Text)
				return
			}
		}
		break
	}
	v.pass(ruleCSP, at(u, options), "a policy is set")
}

func judgeGone(v *verdicts, u pavise.Use) {
	gone := false
	for _, name := range helmetGone {
		value, told := flag(u.Arg(0), name)
		if u.Of == "helmet."+name || whole(u) && told == yes {
			gone = true
			v.fail(ruleGone, at(u, value), "%s is set up, and helmet has it no more", name)
		}
	}
	if !gone {
		v.pass(ruleGone, at(u, pavise.Value{}), "nothing of the past")
	}
}
