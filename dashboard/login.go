package dashboard

import (
	"net/http"
	"strings"
)

// liveHeader is what the script sends: such a request is no use of a session.
const liveHeader = "Pavise-Live"

// loginView is the form for a token, or for a name, a password and a code.
type loginView struct {
	Token bool
	Fault string
}

func (d *Dashboard) login(w http.ResponseWriter, r *http.Request) {
	d.show(w, r, nil, http.StatusOK, "login", loginView{Token: d.gate == nil})
}

// enter takes the token of the address that was printed, and leads on at once: the
// address that bears it is in no history, and nothing is loaded from its page.
func (d *Dashboard) enter(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.Header.Get("Sec-Purpose"), "prefetch") { // the browser guesses, and nobody has asked
		http.Error(w, "not for guessing", http.StatusServiceUnavailable)
		return
	}
	d.exchange(w, r, r.URL.Query().Get("token"))
}

// exchange gives a session for a token.
func (d *Dashboard) exchange(w http.ResponseWriter, r *http.Request, token string) {
	good, err := d.sessions.spend(r.Context(), token)
	if err == nil && good {
		err = d.sessions.begin(w, r, "owner")
	}
	switch {
	case err != nil:
		d.broken(w, r, err)
	case !good:
		d.show(w, r, nil, http.StatusUnprocessableEntity, "login", loginView{Token: true,
			Fault: "The token is none, or was used, or is older than five minutes. Type pavise dashboard for another."})
	default:
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
}

// logIn is where the login guard of the policy counts: it knows the form, and by the
// status what came of it.
func (d *Dashboard) logIn(w http.ResponseWriter, r *http.Request) {
	if d.gate == nil {
		d.exchange(w, r, strings.TrimSpace(r.PostFormValue("token")))
		return
	}
	name := r.PostFormValue("username")
	good, err := d.gate.admits(r.Context(), name, r.PostFormValue("password"), strings.ReplaceAll(r.PostFormValue("code"), " ", ""))
	if err == nil && good {
		err = d.sessions.begin(w, r, name)
	}
	switch {
	case err != nil:
		d.broken(w, r, err)
	case !good:
		d.show(w, r, nil, http.StatusUnprocessableEntity, "login", loginView{
			Fault: "Name, password and code do not belong together. A code opens once: wait for the next."})
	default:
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
}

func (d *Dashboard) logOut(v *visit) error {
	if err := d.sessions.end(v.ResponseWriter, v.Request, v.own); err != nil {
		return err
	}
	http.Redirect(v.ResponseWriter, v.Request, "/login", http.StatusSeeOther)
	return nil
}
