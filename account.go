package pavise

import (
	"fmt"
	"slices"
	"strings"
)

// An Account is one that the asker has at the site, without what is secret.
type Account struct {
	Name   string   `json:"name"`             // by which the asker calls it
	User   string   `json:"user,omitempty"`   // its name at the site
	Login  string   `json:"login,omitempty"`  // the page with the form, absolute; "" where its session was given ready
	Check  string   `json:"check"`            // a page that only who is logged in sees, absolute
	Logout *Request `json:"logout,omitempty"` // ends its session; nil is not known
	Paths  []string `json:"paths,omitempty"`  // pages that are its own, absolute
}

// Inactive is why a rule that acts is skipped.
func (t Target) Inactive() string {
	return "it acts, so only with the owner's word: pavise scan --active --agreed WHO " + t.URL
}

// NoAccount is why a rule that needs an account is skipped.
func (t Target) NoAccount() string {
	return "it needs an account of yours: pavise scan --active --agreed WHO --as account.yaml " + t.URL
}

// LoginAccounts are the accounts that can log in by a form.
func (e *Evidence) LoginAccounts() []Account {
	return slices.DeleteFunc(slices.Clone(e.Accounts), func(a Account) bool { return a.Login == "" })
}

// Walked returns the responses that no stranger gets: those to requests as an account
// and to the steps of journeys, each as if it had been asked alone.
func (e *Evidence) Walked() []Answer {
	var list []Answer
	for _, a := range e.Answers {
		switch p := a.Probe; {
		case p.Request != nil && p.Request.As != "" && a.Response != nil:
			list = append(list, a)
		case p.Journey != nil:
			list = append(list, a.steps()...)
		}
	}
	return list
}

func (a Answer) steps() []Answer {
	var list []Answer
	in := ""
	for i := range min(len(a.Steps), len(a.Probe.Journey.Steps)) {
		step := a.Probe.Journey.Steps[i]
		r := step.Request
		if step.Login != nil {
			if r.Method = "POST"; *step.Login == (Login{}) {
				in = a.Probe.Journey.As
			}
		} else if step.With == "" {
			r.As = in
		}
		list = append(list, Answer{Probe: Ask(r), Response: &a.Steps[i]})
	}
	return list
}

// Left says what the look has left at the site, in words and with numbers.
func (e *Evidence) Left() []string {
	var kinds []string
	counts := map[string]int{}
	note := func(what string, n int) {
		if counts[what] == 0 {
			kinds = append(kinds, what)
		}
		counts[what] += n
	}
	sessions := map[string]bool{}
	for _, a := range e.Answers {
		switch p := a.Probe; {
		case p.Request != nil && a.Response != nil:
			if as := p.Request.As; as != "" && !sessions[as] && slices.ContainsFunc(e.LoginAccounts(), func(a Account) bool { return a.Name == as }) {
				sessions[as] = true
				note("session of "+as, 1)
			}
			if p.Request.Leaves != "" {
				note(p.Request.Leaves, 1+len(a.Response.Before))
			}
		case p.Journey != nil:
			for i := range min(len(a.Steps), len(p.Journey.Steps)) {
				if what := p.Journey.Steps[i].leaves(p.Journey.As); what != "" {
					note(what, 1)
				}
			}
		}
	}
	list := make([]string, len(kinds))
	for i, what := range kinds {
		list[i] = fmt.Sprintf("%d × %s", counts[what], what)
	}
	return list
}

func (s Step) leaves(as string) string {
	switch {
	case s.Login == nil:
		return s.Leaves
	case s.Login.Account != "":
		return "failed login of " + s.Login.Account
	case s.Login.Password != "":
		return "failed login of " + as
	}
	return "session of " + as
}

// Owns reports whether an address is one of the site's own.
func (t Target) Owns(address string) bool { return strings.HasPrefix(address, t.URL+"/") }
