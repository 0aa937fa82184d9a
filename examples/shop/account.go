package main

import (
	"net/http"
	"strings"

	"pavise"
	"pavise/controls/session"
)

func (s *shop) login(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "login", "Log in", false)
}

// logIn is where the login guard of the chain counts: it knows the form, and by the
// status of the answer what came of it.
func (s *shop) logIn(w http.ResponseWriter, r *http.Request) {
	person, ok := s.people.with(r.PostFormValue("username"), r.PostFormValue("password"))
	if !ok {
		s.show(w, r, http.StatusUnprocessableEntity, "login", "Log in", true)
		return
	}
	own, to := s.sessions.From(r), "/account"
	if _, ok := cart.Get(own); ok {
		to = "/cart"
	}
	own.LogIn(person.ID) // with a new token; the cart stays
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (s *shop) logOut(w http.ResponseWriter, r *http.Request) {
	s.sessions.From(r).LogOut()
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// account lists where the visitor is logged in.
func (s *shop) account(w http.ResponseWriter, r *http.Request) {
	own := s.sessions.From(r)
	list, err := own.List(r.Context())
	if err != nil {
		s.unavailable(w)
		return
	}
	type where struct {
		session.About
		Browser string
		Here    bool
	}
	var all []where
	for _, a := range list {
		all = append(all, where{a, browser(a.Label), a.ID == own.About().ID})
	}
	s.show(w, r, http.StatusOK, "account", "Your account", all)
}

// browser is the name that people know, as far as a browser tells.
func browser(agent string) string {
	for _, known := range [][2]string{{"Edg/", "Edge"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(agent, known[0]) {
			return known[1]
		}
	}
	return pavise.Clip(agent, 40)
}

func (s *shop) endSession(w http.ResponseWriter, r *http.Request) {
	if _, err := s.sessions.End(r.Context(), s.sessions.From(r).User(), r.PostFormValue("session")); err != nil {
		s.unavailable(w)
		return
	}
	http.Redirect(w, r, "/account", http.StatusSeeOther)
}

func (s *shop) endOthers(w http.ResponseWriter, r *http.Request) {
	if err := s.sessions.From(r).LogOutOthers(r.Context()); err != nil {
		s.unavailable(w)
		return
	}
	http.Redirect(w, r, "/account", http.StatusSeeOther)
}

func (s *shop) unavailable(w http.ResponseWriter) {
	http.Error(w, "Please try again in a moment.", http.StatusServiceUnavailable)
}
