package site_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pavise/site"
)

func environment(name string) (string, bool) {
	return "secret", name == "ALICE_PASSWORD"
}

func TestAccount(t *testing.T) {
	file := filepath.Join(t.TempDir(), "alice.yaml")
	os.WriteFile(file, []byte(`user: alice
password-env: ALICE_PASSWORD
login: {url: /login, account: mail, fields: {remember: "1"}}
check: /account
logout: POST /logout
paths: [/orders/7, "/api/cart?all=1"]
`), 0o600)
	got, err := site.LoadAccount(file, environment)
	want := &site.Account{Name: "alice", User: "alice", Password: "secret", PasswordEnv: "ALICE_PASSWORD", Check: "/account", Logout: "POST /logout",
		Login: site.Login{URL: "/login", Account: "mail", Fields: map[string]string{"remember": "1"}}, Paths: []string{"/orders/7", "/api/cart?all=1"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if method, path := got.LogoutBy(); method != "POST" || path != "/logout" {
		t.Error(method, path)
	}
	if _, err := site.LoadAccount(file+"x", environment); err == nil {
		t.Error("no file, and no error")
	}
}

func TestAccountMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "a.yaml:1:1: the file is empty (it needs at least check)",
		"user: alice":                       "a.yaml:1:1: check is missing",
		"chek: /me\n":                       `a.yaml:1:1: unknown key "chek" (did you mean "check"?)`,
		"check: /me":                        "either login or cookie or header is missing (such as login: {url: /login})",
		"check: me\nname: a\ncookie: a=b":   `a.yaml:1:8: check: want a path, got "me" (such as /account)`,
		"check: //me\nname: a\ncookie: a=b": "check: want a path",
		"check: /me\nname: a\ncookie: a=b\npaths: [x]":                            `a.yaml:4:9: paths: want a path, got "x"`,
		"check: /me\nname: a\ncookie: a=b\npaths: [/orders/7/delete]":             `paths: "/orders/7/delete" may do something when it is asked for`,
		"check: /me\nname: a\ncookie: abc":                                        `cookie: want "name=value"`,
		"check: /me\nname: a\nheader: abc":                                        `header: want "Name: value"`,
		"check: /me\ncookie: a=b":                                                 "name is missing",
		"check: /me\nuser: a\ncookie: a=b\nlogin: {url: /in}\npassword: x":        "login does not go with cookie or header",
		"check: /me\nlogin: {url: /in}\npassword: x":                              "login needs a user",
		"check: /me\nuser: a\nlogin: {url: /in}":                                  "login needs a password (such as password-env: ALICE_PASSWORD)",
		"check: /me\nuser: a\nlogin: {url: /in}\npassword-env: NONE":              `password-env: the environment has no "NONE"`,
		"check: /me\nuser: a\nlogin: {url: /in}\npassword-env: A\npassword: b":    "password-env does not go with password",
		"check: /me\nuser: a\nlogin: {url: /in, acount: x}\npassword: b":          `login: unknown key "acount" (did you mean "account"?)`,
		"check: /me\nuser: a\nlogin: {url: in}\npassword: b":                      "login: url: want a path",
		"check: /me\nuser: a\nlogin: {url: /in}\npassword: b\nlogout: away":       `logout: want a path, got "away"`,
		"check: /me\nuser: a\nlogin: {url: /in}\npassword: hunter2\nlogout: [no]": "logout: want text, got a list",
	} {
		_, err := site.ParseAccount("a.yaml", []byte(text), environment)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the password is told", text)
		}
	}
}

func FuzzAccount(f *testing.F) {
	f.Add("user: a\npassword: b\nlogin: {url: /in}\ncheck: /me\nlogout: POST /out\npaths: [/a]\n")
	f.Add("name: a\ncookie: a=b\ncheck: /me\n")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := site.ParseAccount("a.yaml", []byte(text), environment)
		if err == nil && (a.Name == "" || a.Check == "" || a.Login.URL == "" && a.Cookie == "" && a.Header == "") {
			t.Errorf("%q: %+v", text, a)
		}
	})
}
