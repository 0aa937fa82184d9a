// Package session holds the controls of what a login begins: whose id a session has,
// what ends it, and where its id may be seen.
package session

import (
	"cmp"

	"pavise"
)

// A walk is a journey of an account, as far as it came. Its first step asks for the
// check page as nobody.
type walk struct {
	rule    string
	account pavise.Account
	answer  *pavise.Answer
	why     string
}

// can returns the account that journeys are made for, or why there is none.
func can(e *pavise.Evidence) (a pavise.Account, why string) {
	accounts := e.LoginAccounts()
	switch {
	case e.Target.Agreed == "":
		return a, e.Target.Inactive()
	case len(accounts) == 0:
		return a, e.Target.NoAccount()
	}
	return accounts[0], ""
}

// step asks for a page.
func step(url string) pavise.Step { return pavise.Step{Request: pavise.Request{URL: url}} }

// login fills in the form of the account, and saves what the client then bears.
func login(a pavise.Account, save string) pavise.Step {
	s := step(a.Login)
	s.Login, s.Save = &pavise.Login{}, save
	return s
}

// with asks for the check page with what was saved.
func with(a pavise.Account, saved string) pavise.Step {
	s := step(a.Check)
	s.With = saved
	return s
}

// visit is the one journey that most rules judge: nobody, the login page, the login,
// and the logout; and what was borne before each, tried again behind it.
func visit(a pavise.Account) pavise.Probe {
	before := step(a.Login)
	before.Save = "before"
	steps := []pavise.Step{with(a, pavise.Nobody), before, login(a, "in"), step(a.Check), with(a, "before")}
	if a.Logout != nil {
		steps = append(steps, pavise.Step{Request: *a.Logout}, with(a, "in"))
	}
	return pavise.Probe{Journey: &pavise.Journey{Title: "from login to logout", As: a.Name, Steps: steps}}
}

// The steps of a visit.
const (
	atNobody = iota
	atPage
	atLogin
	atCheck
	atBefore
	atLogout
	atOut
)

func walked(e *pavise.Evidence, rule string, a pavise.Account, p pavise.Probe) walk {
	w := walk{rule: rule, account: a, answer: e.Answer(p)}
	if w.answer == nil {
		w.answer, w.why = &pavise.Answer{Probe: p}, "was not asked"
	} else {
		w.why = w.answer.Error
	}
	return w
}

// shows tells whether the account is seen in a step, by how its check page answers
// nobody and the account itself, in the step in.
func (w walk) shows(in, at int) (shows bool, why string) {
	steps := w.answer.Steps
	if len(steps) <= max(in, at) {
		return false, cmp.Or(w.why, "the journey ended early")
	}
	inside, nobody := &steps[in], &steps[atNobody]
	if ok, known := inside.Shows(inside, nobody); !known || !ok {
		return false, "the check page " + w.account.Check + " shows nobody what it shows the account: name another, or the login has failed"
	}
	shows, known := steps[at].Shows(inside, nobody)
	if !known {
		return false, "the check page shows neither the account nor what nobody sees"
	}
	return shows, ""
}

func (w walk) finding(o pavise.Outcome, saw, want string) pavise.Finding {
	return pavise.Finding{Rule: w.rule, Outcome: o, Where: w.account.Login, Saw: saw, Want: want, Proof: w.answer.Proof()}
}

func (w walk) unlooked(why string) pavise.Finding {
	return pavise.Unlooked(w.rule, w.account.Login, why)
}

// must fails where the account is seen in a step in which it must not.
func (w walk) must(in, at int, bad, good, want string) pavise.Finding {
	switch shows, why := w.shows(in, at); {
	case why != "":
		return w.unlooked(why)
	case shows:
		return w.finding(pavise.Fail, bad, want)
	}
	return w.finding(pavise.Pass, good, want)
}
