package pavise

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

func walkedAnswer() Answer {
	in := Step{Request: Request{URL: "https://a.test/login"}, Login: &Login{}, Save: "in"}
	wrong := in
	wrong.Login, wrong.Save = &Login{Password: "not-it"}, ""
	stranger := in
	stranger.Login = &Login{Account: "eve", Password: "not-it"}
	out := Step{Request: Request{Method: "POST", URL: "https://a.test/out", Header: http.Header{"X-A": {"b"}}, Body: "c=d"}, Wait: time.Minute}
	old := Step{Request: Request{URL: "https://a.test/me"}, With: "in"}
	nobody := Step{Request: Request{URL: "https://a.test/me"}, With: Nobody}
	a := Answer{Probe: Probe{Journey: &Journey{Title: "all", As: "ada", Cookies: "x=y", Steps: []Step{{Request: Request{URL: "https://a.test/me"}}, in, wrong, stranger, out, old, nobody}}}}
	for range 6 {
		a.Steps = append(a.Steps, Response{Status: 303, Header: http.Header{"Location": {"/x"}, "Set-Cookie": {"sid=~1"}}})
	}
	a.Error = "step 7: timeout"
	return a
}

func TestProofOfJourney(t *testing.T) {
	p := walkedAnswer().Proof()
	for _, want := range []string{`get() { curl -sk`, ` -b 'x=y' -c jar 'https://a.test/me'; get -b jar -c jar --data-urlencode "username=$ACCOUNT" --data-urlencode "password=$PASSWORD" 'https://a.test/login'; cp jar 'in'`,
		`'password=not-it'`, `sleep 60; get -b jar -c jar -X 'POST' -H 'X-A: b' --data-binary 'c=d' 'https://a.test/out'`, `get -b 'in' 'https://a.test/me'; get 'https://a.test/me'`} {
		if !strings.Contains(p.Command, want) {
			t.Errorf("no %s in\n%s", want, p.Command)
		}
	}
	for _, want := range []string{"2 the login at https://a.test/login: 303 to /x, sets sid=~1\n", "3 a wrong login at", "5 after 1m0s POST https://a.test/out", "6 GET https://a.test/me with the cookies of in", "step 7: timeout\n"} {
		if !strings.Contains(p.Received, want) {
			t.Errorf("no %s in\n%s", want, p.Received)
		}
	}
}

func TestWalkedAndLeft(t *testing.T) {
	e := &Evidence{Target: Target{URL: "https://a.test"}, Accounts: []Account{{Name: "ada", Login: "https://a.test/login"}, {Name: "ready"}}}
	e.Add(walkedAnswer())
	for _, as := range []string{"ada", "ada", "ready"} {
		e.Add(Answer{Probe: Ask(Request{URL: "https://a.test/me", As: as}), Response: &Response{Status: 200}})
	}
	e.Add(Answer{Probe: Ask(Request{URL: "https://a.test/login", Times: 3, Leaves: "failed login of nobody"}), Response: &Response{Status: 401, Before: []int{401, 401}}})
	var as []string
	for _, a := range e.Walked() {
		as = append(as, a.Probe.Request.As)
	}
	if want := []string{"", "", "", "", "ada", "", "ada", "ada", "ready"}; !reflect.DeepEqual(as, want) {
		t.Errorf("walked as %q", as)
	}
	if got := strings.Join(e.Left(), ", "); got != "2 × session of ada, 1 × failed login of ada, 1 × failed login of eve, 3 × failed login of nobody" {
		t.Error(got)
	}
	if n := len(e.Site()); n != 1 {
		t.Errorf("%d answers to strangers", n)
	}
}
