package examine

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pavise/cmd/pavise/internal/cli"
	"pavise/scan"
)

func accountFile(t *testing.T, name, text string) string {
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAccountFlags(t *testing.T) {
	alice := accountFile(t, "alice.yaml", "user: alice\npassword: looking-glass\nlogin: {url: /login, account: mail, json: true, token: t}\ncheck: /me\nlogout: POST /logout\npaths: [/orders/7]\n")
	ready := accountFile(t, "ready.yaml", "name: ready\nheader: \"Authorization: Bearer abc\"\ncheck: /me\n")
	opt := scan.Options{Timeout: 1}
	opt.Target.Agreed = "me"
	f := accountFlags{as: []string{alice, ready}, login: "/login", idle: 5}
	if err := f.into(&opt); err != nil {
		t.Fatal(err)
	}
	a, b := opt.Accounts[0], opt.Accounts[1]
	if a.Name != "alice" || a.Login != "/login" || a.Check != "/me" || a.Logout.Method != "POST" || a.Logout.URL != "/logout" || a.Paths[0] != "/orders/7" ||
		a.Password != "looking-glass" || a.Form.Account != "mail" || !a.Form.JSON || a.Form.Token != "t" {
		t.Errorf("%+v", a)
	}
	if b.Name != "ready" || b.Login != "" || b.Logout != nil || b.Header.Get("Authorization") != "Bearer abc" {
		t.Errorf("%+v", b)
	}
	if opt.Target.Login != "/login" || opt.Target.Idle != 5 || opt.Timeout != 6 {
		t.Errorf("%+v", opt)
	}
}

// TestAccountMistakes: what is wrong is said before anybody is asked, and no password
// is told.
func TestAccountMistakes(t *testing.T) {
	alice := accountFile(t, "alice.yaml", "user: alice\npassword: looking-glass\nlogin: {url: /login}\ncheck: /me\n")
	wrong := accountFile(t, "wrong.yaml", "user: alice\npassword: looking-glass\nlogin: {ulr: /login}\ncheck: /me\n")
	agreed := []string{"--active", "--agreed", "me"}
	for want, args := range map[string][]string{
		"--as goes with --active":              {"--as", alice},
		`unknown key "ulr"`:                    append(agreed, "--as", wrong),
		"--as: open":                           append(agreed, "--as", alice+"x"),
		"another account is called alice":      append(agreed, "--as", alice, "--as", alice),
		"--as names at most 4 accounts":        append(agreed, "--as", "a", "--as", "b", "--as", "c", "--as", "d", "--as", "e"),
		"--idle goes with --as":                append(agreed, "--idle", "16m"),
		"--idle must be at most 1h, not 2h":    append(agreed, "--as", alice, "--idle", "2h"),
		`--login takes a path, not "login"`:    {"--login", "login"},
		"--active needs to be told who agreed": {"--active", "--as", alice},
	} {
		var out, errs bytes.Buffer
		if code := run(append([]string{"scan", "http://127.0.0.1:1"}, args...), &out, &errs); code != cli.ExitUsage || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: exit %d, %s", want, code, &errs)
		}
		if strings.Contains(errs.String(), "looking-glass") {
			t.Errorf("the password is told: %s", &errs)
		}
	}
}

// TestPasswordStaysHere: neither the report nor the saved evidence has it, or the
// session that it opened.
func TestPasswordStaysHere(t *testing.T) {
	const id = "0123456789abcdef0123"
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		cookie, err := r.Cookie("sid")
		in := err == nil && cookie.Value == id
		switch {
		case r.URL.Path == "/login" && r.Method == "POST" && r.PostFormValue("p") == "looking-glass":
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: id})
			http.Redirect(w, r, "/me", http.StatusSeeOther)
		case r.URL.Path == "/me" && !in:
			http.Redirect(w, r, "/login", http.StatusSeeOther)
		case r.URL.Path == "/me":
			w.Write([]byte("<p>You are alice, by " + id + " and looking-glass"))
		default:
			w.Write([]byte("<form method=post action=/login><input name=u><input name=p type=password></form>"))
		}
	}))
	defer site.Close()
	alice := accountFile(t, "alice.yaml", "user: alice\npassword-env: TEST_ALICE\nlogin: {url: /login}\ncheck: /me\n")
	t.Setenv("TEST_ALICE", "looking-glass")
	evidence := filepath.Join(t.TempDir(), "evidence.json")
	var out, errs bytes.Buffer
	run([]string{"scan", site.URL, "--active", "--agreed", "me", "--as", alice, "--save-evidence", evidence, "--format", "json"}, &out, &errs)
	saved, err := os.ReadFile(evidence)
	if err != nil || !strings.Contains(out.String(), "session.fixation.kept") {
		t.Fatalf("%v\n%s", err, &errs)
	}
	for what, text := range map[string]string{"report": out.String(), "evidence": string(saved), "words": errs.String()} {
		for _, secret := range []string{"looking-glass", id} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s tells %s", what, secret)
			}
		}
	}
}
