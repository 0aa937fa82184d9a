package login_test

import (
	"net/http"
	"strings"
	"testing"

	"pavise"
	"pavise/controls/login"
)

func told(status int, location, body string) []pavise.Response {
	html := http.Header{"Content-Type": {"text/html"}}
	first := pavise.Response{Status: status, Header: html.Clone(), Body: []byte(body)}
	if location != "" {
		first.Header.Set("Location", location)
	}
	return []pavise.Response{first, {Status: 200, Header: html, Body: []byte("<p>Log in</p>")}}
}

func TestEnumeration(t *testing.T) {
	const page = `<style>a{}</style><input type=hidden value="~0123"><p>Wrong. Request 17 at 12:03 ~ab</p>`
	flash := told(303, "/login", "")
	flash[1].Body = []byte("<p>No such user</p>")
	n := 0
	for name, tt := range map[string]struct {
		known, unknown func() []pavise.Response
		want           pavise.Outcome
		saw            string
	}{
		"alike":            {func() []pavise.Response { return told(401, "", page) }, func() []pavise.Response { return told(401, "", strings.ReplaceAll(page, "17", "18")) }, pavise.Pass, ""},
		"the name in it":   {func() []pavise.Response { return told(401, "", "<p>ada: wrong") }, func() []pavise.Response { return told(401, "", "<p>STRANGER: wrong") }, pavise.Pass, ""},
		"status":           {func() []pavise.Response { return told(401, "", page) }, func() []pavise.Response { return told(400, "", page) }, pavise.Fail, "401, an unknown account 400"},
		"redirect":         {func() []pavise.Response { return told(303, "/login?e=pw", "") }, func() []pavise.Response { return told(303, "/login?e=user", "") }, pavise.Fail, `/login?e=user`},
		"text":             {func() []pavise.Response { return told(200, "", "<p>Sorry. Wrong password.") }, func() []pavise.Response { return told(200, "", "<p>Sorry. No such user.") }, pavise.Fail, `an unknown account "No such user.`},
		"flash":            {func() []pavise.Response { return told(303, "/login", "") }, func() []pavise.Response { return flash }, pavise.Fail, "No such user"},
		"weather":          {func() []pavise.Response { n++; return told(200, "", strings.Repeat("rain ", n)) }, func() []pavise.Response { n++; return told(200, "", strings.Repeat("rain ", n)) }, pavise.Unknown, "not answered alike twice"},
		"too many":         {func() []pavise.Response { return told(429, "", "") }, func() []pavise.Response { return told(429, "", "") }, pavise.Unknown, "429"},
		"no form was sent": {func() []pavise.Response { return nil }, func() []pavise.Response { return nil }, pavise.Unknown, ""},
	} {
		e := seen(pavise.Form{}, pavise.Response{Status: 200})
		e.Accounts = []pavise.Account{{Name: "a", User: "ada", Login: shop + "/login"}}
		for _, p := range (login.Enumeration{}).Probes(e) {
			steps := tt.known
			if p.Journey.Steps[0].Login.Account != "" {
				steps = tt.unknown
			}
			body := steps()
			for i := range body {
				body[i].Body = []byte(strings.ReplaceAll(string(body[i].Body), "STRANGER", p.Journey.Steps[0].Login.Account))
			}
			e.Add(pavise.Answer{Probe: p, Steps: body})
		}
		f := login.Enumeration{}.Check(e)[0]
		if f.Outcome != tt.want || !strings.Contains(f.Saw, tt.saw) {
			t.Errorf("%s: %s, %s", name, f.Outcome, f.Saw)
		}
	}
}

func TestEnumerationAsksNobodyUnasked(t *testing.T) {
	e := seen(pavise.Form{}, pavise.Response{Status: 200})
	for range 2 {
		if n := len((login.Enumeration{}).Probes(e)); n != 0 {
			t.Errorf("%d probes", n)
		}
		if f := (login.Enumeration{}).Check(e)[0]; f.Outcome != pavise.Skip {
			t.Errorf("%+v", f)
		}
		e.Target.Agreed, e.Accounts = "", []pavise.Account{{Name: "a", User: "a@b.test", Login: shop + "/login"}}
	}
	e.Target.Agreed = "me"
	if p := (login.Enumeration{}).Probes(e); !strings.HasSuffix(p[2].Journey.Steps[0].Login.Account, "@b.test") {
		t.Errorf("%+v", p[2].Journey.Steps[0])
	}
}

// TestNamedForm: where the page of the login is named, its form alone is tried.
func TestNamedForm(t *testing.T) {
	other := pavise.Form{Action: shop + "/staff", Method: "POST", Password: true, Account: "a", Secret: "b"}
	e := seen(other, pavise.Response{Status: 200})
	e.Target.Login = shop + "/in"
	if n := len((login.Guard{}).Probes(e)); n != 0 {
		t.Errorf("%d probes to another form", n)
	}
	named := other
	named.Action = shop + "/in"
	e.Add(pavise.Answer{Probe: pavise.Ask(pavise.Request{URL: shop + "/in"}), Response: &pavise.Response{Status: 200, Forms: []pavise.Form{named}}})
	if p := (login.Guard{}).Probes(e); len(p) != 2 || p[0].Request.URL != named.Action || p[0].Request.Leaves == "" {
		t.Errorf("%+v", p)
	}
}
