package source

import "pavise"

func (s session) judgeName(v *verdicts) {
	name, told := option(s.options, "name")
	if told == unset {
		name, told = option(s.options, "key") // its name before express-session 1.6
	}
	defaults := map[string]string{expressSession: "connect.sid", apostrophe2: "connect.sid", cookieSession: "session"}
	where, own := s.place(name), defaults[s.kind]
	switch {
	case told == unset && own == "":
		v.pass(ruleName, where, "the name is made of the site's")
	case told == unset:
		v.fail(ruleName, where, "no name is set, so it is %s", own)
	case told == untold:
		v.unknown(ruleName, where, "the options are known only when it runs: %s", shown(s.options))
	case name.Kind == pavise.StringValue && (name.Text == "connect.sid" || name.Text == own):
		v.fail(ruleName, where, "the name is %s", name.Text)
	default:
		v.pass(ruleName, where, "the name is %s", shown(name))
	}
}

func (s session) judgeSecure(v *verdicts, p program) {
	value, told := flag(s.cookie, "secure")
	where := s.place(value)
	switch {
	case value.Kind == pavise.StringValue && value.Text == "auto":
		if s.kind == expressSession && len(p.settings("trust proxy")) == 0 && len(p.inTLS()) == 0 {
			v.fail(ruleSecure, where, `secure is "auto", and without trust proxy no request that came through a proxy counts as secure`)
			return
		}
		v.pass(ruleSecure, where, `secure is "auto"`)
	case told == yes:
		v.pass(ruleSecure, where, "secure is %s", shown(value))
	case told == no:
		v.fail(ruleSecure, where, "secure is %s", shown(value))
	case told == untold:
		v.unknown(ruleSecure, where, "secure is known only when it runs: %s", s.shown(value))
	case s.kind == cookieSession && (len(p.settings("trust proxy")) > 0 || len(p.inTLS()) > 0):
		v.pass(ruleSecure, where, "secure is not set, and follows the connection")
	default:
		v.fail(ruleSecure, where, "secure is not set")
	}
}

// shown is a value of the options, or the options where the value is in them.
func (s session) shown(v pavise.Value) string {
	if v.Kind == "" {
		return shown(s.cookie)
	}
	return shown(v)
}

func (s session) judgeHTTPOnly(v *verdicts) {
	switch value, told := flag(s.cookie, "httpOnly"); told {
	case no:
		v.fail(ruleHTTPOnly, s.place(value), "httpOnly is %s", shown(value))
	case untold:
		v.unknown(ruleHTTPOnly, s.place(value), "httpOnly is known only when it runs: %s", s.shown(value))
	default:
		v.pass(ruleHTTPOnly, s.place(value), "httpOnly is on")
	}
}

func (s session) judgeSameSite(v *verdicts) {
	value, told := flag(s.cookie, "sameSite")
	where := s.place(value)
	switch {
	case told == unset && s.kind == apostrophe4:
		v.pass(ruleSameSite, where, "sameSite is not set, and Apostrophe sets lax")
	case told == unset:
		v.fail(ruleSameSite, where, "sameSite is not set")
	case told == untold:
		v.unknown(ruleSameSite, where, "sameSite is known only when it runs: %s", s.shown(value))
	case told == no:
		v.fail(ruleSameSite, where, "sameSite is %s", shown(value))
	case value.Kind == pavise.StringValue && fold(value.Text) == "none":
		v.fail(ruleSameSite, where, `sameSite is "none": the session goes along with the requests of every site`)
	default:
		v.pass(ruleSameSite, where, "sameSite is %s", shown(value))
	}
}

func (s session) judgeDomain(v *verdicts) {
	switch value, told := option(s.cookie, "domain"); {
	case told == unset, value.Kind == pavise.StringValue && value.Text == "":
		v.pass(ruleDomain, s.place(value), "no domain is set")
	case told == untold, value.Kind != pavise.StringValue:
		v.unknown(ruleDomain, s.place(value), "the domain is known only when it runs: %s", s.shown(value))
	default:
		v.fail(ruleDomain, s.place(value), "the domain is %s: every host below it gets the cookie", shown(value))
	}
}
