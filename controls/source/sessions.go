package source

import (
	"strings"

	"pavise"
)

// A session is one place where sessions are set up.
type session struct {
	kind    string // the package that keeps them
	use     pavise.Use
	options pavise.Value
	cookie  pavise.Value // the options of its cookie
}

// The packages that keep sessions.
const (
	expressSession = "express-session"
	cookieSession  = "cookie-session"
	apostrophe4    = "@apostrophecms/express"
	apostrophe2    = "apostrophe-express"
	apostrophe0    = "apostrophe-site"
)

// sessions returns where sessions are set up.
func (p program) sessions() []session {
	var list []session
	for _, u := range p.of(expressSession, "express.session", cookieSession, "express.cookieSession") {
		kind := expressSession
		if strings.HasPrefix(strings.ToLower(strings.TrimPrefix(u.Of, "express.")), "cookie") {
			kind = cookieSession
		}
		list = append(list, newSession(kind, u, u.Arg(0)))
	}
	for _, m := range p.modules() {
		switch m.name {
		case apostrophe4, apostrophe2:
			for _, name := range []string{"session", "sessions"} {
				if options, found := m.options.Member(name); found {
					list = append(list, newSession(m.name, m.use, options))
				}
			}
		case "":
			if options, found := m.options.Member("sessionCore"); found {
				list = append(list, newSession(apostrophe0, m.use, options))
			}
		}
	}
	return few(list)
}

func newSession(kind string, u pavise.Use, options pavise.Value) session {
	s := session{kind, u, options, options}
	if kind == cookieSession {
		return s
	}
	s.cookie = pavise.Value{}
	if cookie, told := option(options, "cookie"); told == yes {
		s.cookie = cookie
	} else if told == untold {
		s.cookie = pavise.Value{Kind: pavise.OtherValue, Text: options.Text}
	}
	return s
}

// place is where a value of it stands.
func (s session) place(v pavise.Value) place { return at(s.use, v) }
