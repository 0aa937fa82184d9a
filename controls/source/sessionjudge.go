package source

import (
	"fmt"
	"regexp"
	"time"

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
			v.pass(ruleSecret, where, "%s are signed with a secret of the environment, and with none without it", s.what)
			v.pass(ruleKnown, where, "no secret stands in the source")
		case value.Kind == pavise.StringValue && behind != "":
			v.fail(ruleSecret, where, "%s are signed with %s unless told otherwise: %s", s.what, pavise.Mask(value.Text), behind)
			if known(value.Text) {
				v.unknown(ruleKnown, where, "%s is one of examples, and signs %s unless told otherwise: %s", pavise.Mask(value.Text), s.what, behind)
			}
		case value.Kind == pavise.StringValue:
			v.fail(ruleSecret, where, "%s are signed with %s", s.what, pavise.Mask(value.Text))
			if known(value.Text) {
				v.fail(ruleKnown, where, "%s are signed with %s, which stands in examples", s.what, pavise.Mask(value.Text))
			} else {
				v.pass(ruleKnown, where, "the secret is none of examples")
			}
		case random.MatchString(sourceOf(value, 3)) && value.Kind != pavise.StringValue:
			v.pass(ruleSecret, where, "%s are signed with a secret that is made at the start", s.what)
			v.pass(ruleKnown, where, "no secret stands in the source")
		case value.Kind == pavise.EnvValue:
			v.pass(ruleSecret, where, "%s are signed with %s", s.what, shown(value))
			v.pass(ruleKnown, where, "no secret stands in the source")
		case s.what == "tokens" && s.told == yes: // keys are most often read from a file
			v.skip(ruleSecret, where, "what signs %s is known only when it runs: %s", s.what, shown(value))
		default:
			v.unknown(ruleSecret, where, "what signs %s is known only when it runs: %s", s.what, shown(value))
		}
	}
	p.judgeNoSecret(v)
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

// Bounds of the life of a session.
const (
	mostIdle = 15 * time.Minute    // PCI DSS 8.2.8
	mostLife = 30 * 24 * time.Hour // NIST SP 800-63B-4 2.1.3
)

func (s session) judgeLife(v *verdicts) {
	age, told := option(s.cookie, "maxAge")
	where := s.place(age)
	ms, counted := number(age)
	life := time.Duration(min(ms, 1e12)) * time.Millisecond
	switch {
	case told == unset && s.kind == apostrophe2:
		life, counted = 24*time.Hour, true
	case told == unset:
		v.pass(ruleBounded, where, "no maxAge is set: the cookie goes when the browser is closed")
		v.fail(ruleIdle, where, "no maxAge is set: the session ends when the browser or the store forgets it")
		return
	case told == untold || !counted:
		v.unknown(ruleBounded, where, "maxAge is known only when it runs: %s", s.shown(age))
		v.unknown(ruleIdle, where, "maxAge is known only when it runs: %s", s.shown(age))
		return
	}
	outcome := func(rule string, most time.Duration) {
		if life > most {
			v.fail(rule, where, "maxAge is %s", spoken(life))
		} else {
			v.pass(rule, where, "maxAge is %s", spoken(life))
		}
	}
	outcome(ruleBounded, mostLife)
	outcome(ruleIdle, mostIdle)
}

// spoken is a time in the greatest unit that fits.
func spoken(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%.4g days", d.Hours()/24)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%.4g hours", d.Hours())
	case d >= 2*time.Minute:
		return fmt.Sprintf("%.4g minutes", d.Minutes())
	}
	return d.String()
}

func (s session) judgeStore(v *verdicts) {
	store, told := option(s.options, "store")
	where := s.place(store)
	switch {
	case s.kind == cookieSession:
		v.pass(ruleStore, where, "sessions are kept in the cookie")
	case s.kind != expressSession:
		v.pass(ruleStore, where, "Apostrophe keeps sessions in its database")
	case told == unset:
		v.fail(ruleStore, where, "no store is set: sessions stay in memory for ever, and go with a restart")
	case told == untold:
		v.unknown(ruleStore, where, "the options are known only when it runs: %s", shown(s.options))
	case store.Kind == pavise.CallValue && memoryStore(store.Text):
		v.fail(ruleStore, where, "the store is express-session's MemoryStore: sessions stay in memory for ever")
	default:
		v.pass(ruleStore, where, "the store is %s", shown(store))
	}
}

// memoryStore knows the store that never forgets; that of the package memorystore does.
func memoryStore(of string) bool {
	return of == "new express-session.MemoryStore" || of == "express-session.MemoryStore" || of == "new express.session.MemoryStore"
}

func (s session) judgeUntouched(v *verdicts) {
	if s.kind != expressSession {
		return
	}
	for _, name := range []string{"saveUninitialized", "resave"} {
		switch value, told := flag(s.options, name); told {
		case yes:
			v.fail(ruleUntouched, s.place(value), "%s is %s", name, shown(value))
		case unset:
			v.fail(ruleUntouched, s.place(value), "%s is not set, and so true", name)
		case untold:
			v.unknown(ruleUntouched, s.place(value), "%s is known only when it runs: %s", name, shown(s.options))
		default:
			v.pass(ruleUntouched, s.place(value), "%s is false", name)
		}
	}
}
