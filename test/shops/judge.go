package shops

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/controls/session"
	"pavise/scan"
)

// Passwords open the accounts of the people of all shops.
var Passwords = map[string]string{"ada": "lovelace-and-babbage", "bob": "builder-of-bridges"}

// Judge looks at the sessions of a shop as two of its people, who let one rest as long as
// idle, if that is not 0.
func Judge(t *testing.T, origin string, roots *x509.CertPool, idle time.Duration) map[string]pavise.Finding {
	t.Helper()
	target, err := scan.ParseTarget(origin)
	if err != nil {
		t.Fatal(err)
	}
	target.Agreed, target.Idle = "the shop is ours", idle
	var accounts []scan.Account
	for _, name := range []string{"ada", "bob"} {
		accounts = append(accounts, scan.Account{Password: Passwords[name], Account: pavise.Account{Name: name, User: name, Login: target.URL + "/login",
			Check: target.URL + "/account", Logout: &pavise.Request{Method: "POST", URL: target.URL + "/logout"}}})
	}
	var controls []pavise.Control
	for _, c := range catalog.Controls() {
		if _, ok := c.(session.Idle); ok && idle > 0 {
			c = session.Idle{Most: idle}
		}
		if strings.HasPrefix(c.Doc().ID, "session.") {
			controls = append(controls, c)
		}
	}
	found := map[string]pavise.Finding{}
	for _, f := range pavise.Judge(controls, scan.Collect(t.Context(), scan.Options{Target: target, Roots: roots, Accounts: accounts}, controls)) {
		found[f.Rule] = f
	}
	return found
}
