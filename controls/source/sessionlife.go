package source

import (
	"fmt"
	"time"

	"pavise"
)

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
