package weakshop

import "net/http"

const loginForm = `<form method="post" action="/login"><label>Name <input name="username"></label>
<label>Password <input name="password" type="password"></label><button>Log in</button></form>`

// The one customer of the shop.
const (
	Customer = "alice"
	Password = "shield"
)

// login lets everybody guess, from any site and as often as one likes.
func (s *Shop) login(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodPost:
		page(w, r, "Log in", loginForm)
	case r.PostFormValue("username") == Customer && r.PostFormValue("password") == Password:
		s.session(w, r)
		http.Redirect(w, r, "/account", http.StatusFound)
	default:
		s.session(w, r)
		http.Redirect(w, r, "/login", http.StatusFound)
	}
}
