package weakshop

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"pavise"
)

const loginForm = `<form method="post" action="/login"><label>Name <input name="username"></label>
<label>Password <input name="password" type="password"></label><button>Log in</button></form>`

// The one customer of the shop.
const (
	Customer = "alice"
	Password = "shield"
)

// Account is the customer's, for a scan of the shop at an origin.
func Account(origin string) pavise.Account {
	return pavise.Account{Name: Customer, User: Customer,
		Login: origin + "/login", Check: origin + "/account", Logout: &pavise.Request{Method: "POST", URL: origin + "/logout"}}
}

// login lets everybody guess, from any site and as often as one likes, in a session
// that has begun before.
func (s *Shop) login(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodPost:
		if len(brought(r)) == 0 { // any is as good
			s.session(w, r)
		}
		page(w, r, "Log in", loginForm)
	case r.PostFormValue("username") == Customer && r.PostFormValue("password") == Password:
		s.enter(w, r)
		http.Redirect(w, r, "/account", http.StatusFound)
	default:
		s.session(w, r)
		http.Redirect(w, r, "/login", http.StatusFound)
	}
}

// enter logs in whatever session the browser brought, whoever made it up, and leaves
// it in the browser for a year.
func (s *Shop) enter(w http.ResponseWriter, r *http.Request) {
	values := brought(r)
	if len(values) == 0 {
		values = []string{s.fresh()}
	}
	s.members.add(values[0])
	w.Header().Add("Set-Cookie", "connect.sid="+values[0]+"; Path=/; Max-Age=31536000")
}

// logout takes the cookie out of the browser, and forgets nothing.
func logout(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Set-Cookie", "connect.sid=; Path=/; Max-Age=0")
	http.Redirect(w, r, "/", http.StatusFound)
}

// brought are the sessions that a browser brings, good or not.
func brought(r *http.Request) []string {
	var values []string
	for _, c := range r.CookiesNamed("connect.sid") {
		values = append(values, c.Value)
	}
	return values
}

// members are the sessions in which somebody has logged in. They never end, but where
// there would be too many.
type members struct {
	mu       sync.Mutex
	sessions []string
}

const maxMembers = 1000

func (m *members) add(session string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.sessions) >= maxMembers {
		m.sessions = m.sessions[1:]
	}
	m.sessions = append(m.sessions, strings.Clone(session))
}

func (m *members) has(sessions []string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.ContainsFunc(sessions, func(s string) bool { return slices.Contains(m.sessions, s) })
}
