package express_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pavise"
	"pavise/catalog"
	"pavise/scan"
	"pavise/test/shops"
)

// TestSessions tells the careless login of an Express app from the careful one.
func TestSessions(t *testing.T) {
	for _, careful := range []bool{false, true} {
		port := startSessions(t, careful)
		found, e := judged(t, port)
		for _, rule := range []string{"login.enumeration.answer", "session.fixation.kept", "session.rotation.again", "session.logout.ended", "session.life.bounded", "access.objects.other"} {
			want := pavise.Fail
			if careful {
				want = pavise.Pass
			}
			if f := found[rule]; f.Outcome != want {
				t.Errorf("careful %v: %s: %s, %s, want %s\n%s", careful, rule, f.Outcome, f.Saw, want, f.Proof.Received)
			}
		}
		for _, rule := range []string{"session.fixation.foreign", "access.private.pages", "access.cache.shared"} { // its ids are signed
			if f := found[rule]; f.Outcome != pavise.Pass {
				t.Errorf("careful %v: %+v", careful, f)
			}
		}
		if len(e.Left()) == 0 {
			t.Error("nothing is said of the sessions that were made")
		}
		saved, _ := json.Marshal(e)
		for _, secret := range []string{"lovelace-and-babbage", "builder-of-bridges", "connect.sid=s%3A"} {
			if i := strings.Index(string(saved), secret); i >= 0 && walkedSays(e, secret) {
				t.Errorf("the evidence tells %s: %s", secret, saved[max(0, i-100):i+100])
			}
		}
	}
}

// walkedSays reports whether what an account was told bears a text: strangers'
// cookies are nobody's secret.
func walkedSays(e *pavise.Evidence, text string) bool {
	said, _ := json.Marshal(e.Walked())
	return strings.Contains(string(said), text)
}

func startSessions(t *testing.T, careful bool) (port string) {
	var env []string
	if careful {
		env = append(env, "CAREFUL=1")
	}
	return shops.Express(t, "sessions.js", env...)
}

// judged looks at the app as two of its people.
func judged(t *testing.T, port string) (map[string]pavise.Finding, *pavise.Evidence) {
	target, err := scan.ParseTarget("http://127.0.0.1:" + port)
	if err != nil {
		t.Fatal(err)
	}
	target.Agreed = "the app is ours"
	account := func(name, password string) scan.Account {
		return scan.Account{Password: password, Account: pavise.Account{Name: name, User: name, Login: target.URL + "/login",
			Check: target.URL + "/account", Logout: &pavise.Request{Method: "POST", URL: target.URL + "/logout"}}}
	}
	e := scan.Collect(t.Context(), scan.Options{Target: target,
		Accounts: []scan.Account{account("ada", "lovelace-and-babbage"), account("bob", "builder-of-bridges")}}, catalog.Controls())
	found := map[string]pavise.Finding{}
	for _, f := range pavise.Judge(catalog.Controls(), e) {
		found[f.Rule] = f
	}
	return found, e
}
