package source

import (
	"regexp"

	"pavise"
)

// random are calls that make a secret anew.
var random = regexp.MustCompile(`randomBytes|randomUUID|randomFill|getRandomValues|generateKey|GenerateRandomKey|\buuid|nanoid`)

// judgeSecrets looks at what sessions, cookies and tokens are signed with.
func (p program) judgeSecrets(v *verdicts) {
	for _, s := range p.secrets() {
		where := at(s.use, s.value)
		value, behind := s.value, ""
		if other, found := fallback(value); found {
			value, behind = other, shown(value)
		}
		switch {
		case value.Kind == pavise.StringValue && value.Text == "" || value.Kind == pavise.NullValue:
			v.pass(ruleSecret, where, "%s a secret of the environment, and with none without it", s.by())
			v.pass(ruleKnown, where, "no secret stands in the source")
		case value.Kind == pavise.StringValue && behind != "":
			v.fail(ruleSecret, where, "%s %s unless told otherwise: %s", s.by(), pavise.Mask(value.Text), behind)
			if known(value.Text) {
				v.unknown(ruleKnown, where, "%s is one of examples, and signs %s unless told otherwise: %s", pavise.Mask(value.Text), s.what, behind)
			}
		case value.Kind == pavise.StringValue:
			v.fail(ruleSecret, where, "%s %s", s.by(), pavise.Mask(value.Text))
			if known(value.Text) {
				v.fail(ruleKnown, where, "%s %s, which stands in examples", s.by(), pavise.Mask(value.Text))
			} else {
				v.pass(ruleKnown, where, "the secret is none of examples")
			}
		case random.MatchString(sourceOf(value, 3)) && value.Kind != pavise.StringValue:
			v.pass(ruleSecret, where, "%s a secret that is made at the start", s.by())
			v.pass(ruleKnown, where, "no secret stands in the source")
		case value.Kind == pavise.EnvValue:
			v.pass(ruleSecret, where, "%s %s", s.by(), shown(value))
			v.pass(ruleKnown, where, "no secret stands in the source")
		case fromEnvironment(value):
			v.pass(ruleSecret, where, "%s what %s gives for %s", s.by(), shown(value), value.Items[0].Text)
			v.pass(ruleKnown, where, "no secret stands in the source")
		case s.what == "tokens" && s.told == yes: // keys are most often read from a file
			v.skip(ruleSecret, where, "what signs %s is known only when it runs: %s", s.what, shown(value))
		default:
			v.unknown(ruleSecret, where, "what signs %s is known only when it runs: %s", s.what, shown(value))
		}
	}
	p.judgeNoSecret(v)
}

var variable = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$`)

// fromEnvironment reports whether a function is asked for a variable of the environment by
// its name: required("SESSION_SECRET"), config.get("JWT_SECRET").
func fromEnvironment(v pavise.Value) bool {
	return v.Kind == pavise.CallValue && len(v.Items) == 1 && v.Items[0].Kind == pavise.StringValue && variable.MatchString(v.Items[0].Text)
}

// judgeNoSecret looks at Apostrophe, which has a secret of its own where it is given none.
func (p program) judgeNoSecret(v *verdicts) {
	for _, u := range p.of("apostrophe") {
		given := false
		for _, s := range p.sessions() {
			_, told := option(s.options, "secret")
			given = given || (s.kind == apostrophe4 || s.kind == apostrophe2) && told != unset
		}
		modules := p.modules()
		switch {
		case given:
		case p.major("apostrophe") == 2 && v.unread(u.File) == nil && closed(modules):
			v.fail(ruleKnown, at(u, u.Arg(0)), "no secret is given, and so sessions are signed with the one in Apostrophe's source")
		default:
			v.unknown(ruleKnown, at(u, u.Arg(0)), "no secret is given in the source: Apostrophe takes its own, unless the environment has APOS_SESSION_SECRET")
		}
	}
}

// closed reports whether all that is set up of the modules is known.
func closed(modules []module) bool {
	for _, m := range modules {
		if m.options.Kind != pavise.ObjectValue || m.options.Open {
			return false
		}
	}
	return len(modules) > 0
}
