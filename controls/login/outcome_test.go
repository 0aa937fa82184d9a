package login_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"pavise/controls/login"
)

// TestOutcomes: by what an answer shows, a login has failed and counts; or it has
// succeeded, and counts for nothing; or nobody can tell, and it counts for the
// account, but a tenth for the address.
func TestOutcomes(t *testing.T) {
	const (
		failed    = "failed"
		succeeded = "succeeded"
		unclear   = "unclear"
	)
	const fresh = "connect.sid=new; Path=/"
	html, json := "text/html; charset=utf-8", "application/json"
	for what, tt := range map[string]struct {
		failed, succeeded login.Signs
		status            int
		to, cookie        string
		kind, body        string
		want              string
	}{
		"a redirect and a new session":       {status: 302, to: "/account", cookie: fresh, want: succeeded},
		"a session under another name":       {status: 303, to: "/", cookie: "__Host-x=1; Path=/", want: succeeded},
		"the session as it was":              {status: 302, to: "/account", cookie: "connect.sid=old; Path=/", want: unclear},
		"the session is deleted":             {status: 302, to: "/account", cookie: "connect.sid=; Path=/", want: unclear},
		"another cookie":                     {status: 302, to: "/account", cookie: "theme=dark", want: unclear},
		"no new session":                     {status: 302, to: "/account", want: unclear},
		"back to the login":                  {status: 302, to: "/login", cookie: fresh, want: failed},
		"back, absolute":                     {status: 302, to: "https://shop.example.com/login?again", cookie: fresh, want: failed},
		"back, spelt otherwise":              {status: 302, to: "/Login/", cookie: fresh, want: failed},
		"to another login":                   {status: 302, to: "/users/sign_in", cookie: fresh, want: failed},
		"to an error":                        {status: 302, to: "/?error=1", cookie: fresh, want: failed},
		"to a failure":                       {status: 302, to: "/auth-failed", cookie: fresh, want: failed},
		"to nowhere":                         {status: 302, cookie: fresh, want: failed},
		"to what is no address":              {status: 302, to: "http://%zz", cookie: fresh, want: failed},
		"a second factor":                    {status: 302, to: "/login/otp", cookie: fresh, want: unclear},
		"401":                                {status: 401, cookie: fresh, want: failed},
		"403":                                {status: 403, want: failed},
		"422":                                {status: 422, want: failed},
		"400":                                {status: 400, want: failed},
		"404":                                {status: 404, want: failed},
		"the form again":                     {status: 200, kind: html, body: `<input TYPE="password">`, cookie: fresh, want: failed},
		"a page and a new session":           {status: 200, kind: html, body: "<h1>Welcome", cookie: fresh, want: succeeded},
		"a page":                             {status: 200, kind: html, body: "<h1>Hm", want: unclear},
		"nothing":                            {status: 204, want: unclear},
		"a token":                            {status: 200, kind: json, body: `{"access_token":"abcdefghijklmnop"}`, want: succeeded},
		"a token below":                      {status: 201, kind: json, body: `{"data":{"token":"abcdefghijklmnop"}}`, want: succeeded},
		"a token that is none":               {status: 200, kind: json, body: `{"token":null}`, want: unclear},
		"a token, and an error":              {status: 200, kind: json, body: `{"token":"abcdefghijklmnop","error":"no"}`, want: failed},
		"a token for a second factor":        {status: 200, kind: json, body: `{"mfa_required":true,"token":"abcdefghijklmnop"}`, want: unclear},
		"ok is false":                        {status: 200, kind: json, body: `{"ok":false}`, cookie: fresh, want: failed},
		"success is false":                   {status: 200, kind: json, body: `{"success":false}`, want: failed},
		"JSON and a new session":             {status: 200, kind: json, body: `{"user":1}`, cookie: fresh, want: succeeded},
		"JSON":                               {status: 200, kind: json, body: `{"user":1}`, want: unclear},
		"JSON that is none":                  {status: 200, kind: json, body: `{"token":`, want: unclear},
		"succeeded by redirect":              {succeeded: login.Signs{Redirect: "/account"}, status: 302, to: "/account", want: succeeded},
		"not by another":                     {succeeded: login.Signs{Redirect: "/account"}, status: 302, to: "/x", cookie: fresh, want: failed},
		"succeeded by redirect with a query": {succeeded: login.Signs{Redirect: "/?in=1"}, status: 302, to: "/?in=1&x=2", want: succeeded},
		"succeeded by status":                {succeeded: login.Signs{Status: []int{200, 204}}, status: 204, want: succeeded},
		"succeeded by body":                  {succeeded: login.Signs{Body: "Welcome"}, status: 200, kind: html, body: "<p>Welcome", want: succeeded},
		"succeeded by JSON":                  {succeeded: login.Signs{JSON: map[string]string{"a.ok": "true"}}, status: 200, kind: json, body: `{"a":{"ok":true}}`, want: succeeded},
		"not by JSON":                        {succeeded: login.Signs{JSON: map[string]string{"ok": "true"}}, status: 200, kind: json, body: `{"ok":1}`, want: failed},
		"failed by redirect":                 {failed: login.Signs{Redirect: "/welcome"}, status: 302, to: "/welcome", cookie: fresh, want: failed},
		"failed by body":                     {failed: login.Signs{Body: "Sorry"}, status: 200, kind: html, body: "Sorry", cookie: fresh, want: failed},
		"failed by status":                   {failed: login.Signs{Status: []int{500}}, status: 500, want: failed},
		"failed beats succeeded":             {failed: login.Signs{Body: "no"}, succeeded: login.Signs{Status: []int{200}}, status: 200, body: "no", want: failed},
		"not failed, and as usual":           {failed: login.Signs{Redirect: "/x"}, status: 302, to: "/account", cookie: fresh, want: succeeded},
		"500":                                {status: 500, want: succeeded}, // it counts for nothing
	} {
		guard := login.Guard{Routes: []login.Route{{Path: "/login", Failed: tt.failed, Succeeded: tt.succeeded}}}
		s := guarded(t, guard)
		s.handler = wrapped(t, guard, s.env, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.asked.Add(1)
			for name, value := range map[string]string{"Location": tt.to, "Set-Cookie": tt.cookie, "Content-Type": tt.kind} {
				if value != "" {
					w.Header().Set(name, value)
				}
			}
			w.WriteHeader(tt.status)
			io.WriteString(w, tt.body)
		}))
		try := func(name string) *http.Response {
			r := post("/login", "203.0.113.9", formType, "username="+name)
			r.Header.Set("Cookie", "connect.sid=old")
			return s.send(r)
		}
		res := try("alice")
		if body, _ := io.ReadAll(res.Body); res.StatusCode != tt.status || string(body) != tt.body && tt.status < 300 {
			t.Errorf("%s: the client got %d, %q", what, res.StatusCode, body)
		}
		if known := cookieOf(res) != nil; known != (tt.want == succeeded && tt.status < 500) {
			t.Errorf("%s: the browser is known: %v", what, known)
		}
		got := failed
		for range 14 {
			try("alice")
		}
		if s.asked.Load() == 15 {
			got = succeeded
		} else {
			for i := range 130 {
				try(fmt.Sprint("user", i))
			}
			if s.asked.Load() == 140 {
				got = unclear
			} else if s.asked.Load() != 100 {
				got = fmt.Sprintf("something else: %d", s.asked.Load())
			}
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", what, got, tt.want)
		}
	}
}

// TestUnclearIsTold: the owner hears once what to do about answers that show nothing.
func TestUnclearIsTold(t *testing.T) {
	s := guarded(t, login.Guard{})
	s.handler = wrapped(t, login.Guard{}, s.env, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }))
	s.guess(5, "203.0.113.9", "alice")
	if len(s.notes) != 1 || !strings.Contains(s.notes[0].Reason, "succeeded:") {
		t.Errorf("%+v", s.notes)
	}
}

// TestLoginsAreNotCompressed: what must be read comes in the clear.
func TestLoginsAreNotCompressed(t *testing.T) {
	s := guarded(t, login.Guard{})
	s.handler = wrapped(t, login.Guard{}, s.env, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Accept-Encoding"); (got == "") != (r.URL.Path == "/login") {
			t.Errorf("%s: Accept-Encoding %q", r.URL.Path, got)
		}
	}))
	for _, path := range []string{"/login", "/search"} {
		r := post(path, "203.0.113.9", formType, "username=a&password=b")
		r.Header.Set("Accept-Encoding", "gzip")
		s.send(r)
	}
}

func TestValidate(t *testing.T) {
	for want, c := range map[string]interface{ Validate() error }{
		"failures must be 1 to 10":                                   login.Guard{Failures: 11},
		"account-failures must be 1 to 20":                           login.Guard{AccountFailures: -1},
		"address-failures must be 1 to 100, not 101":                 login.Guard{AddressFailures: 101},
		"insecure-address-failures must be":                          login.Guard{InsecureAddressFailures: 100},
		"without address-failures beside":                            login.Guard{InsecureAddressFailures: 200, AddressFailures: 50},
		"block must be 30m to 24h, not 29m0s":                        login.Guard{Block: 29 * 60e9},
		`path "login": must start with /`:                            login.Guard{Routes: []login.Route{{Path: "login"}}},
		"login.guard: routes: /a: failed: status must be 200 to 599": login.Guard{Routes: []login.Route{{Path: "/a", Failed: login.Signs{Status: []int{42}}}}},
		"succeeded: redirect: path":                                  login.Guard{Routes: []login.Route{{Path: "/a", Succeeded: login.Signs{Redirect: "x"}}}},
		"the query cannot be read":                                   login.Guard{Routes: []login.Route{{Path: "/a?%zz"}}},
		"more than 16 segments":                                      login.Guard{Routes: []login.Route{{Path: strings.Repeat("/a", 17)}}},
		"login.rate: rate must be 1 to 1000000, not -1":              login.Rate{Rate: -1},
		"login.rate: limits: /a: rate must be 1":                     login.Rate{Limits: []login.Limit{{Path: "/a"}}},
		"login.rate: limits: path":                                   login.Rate{Limits: []login.Limit{{Path: "a", Rate: 1}}},
		"burst must be 1":                                            login.Rate{Burst: -5},
		"per must be 1ms to 24h":                                     login.Rate{Per: 1},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if err := (login.Guard{Failures: 3, AccountFailures: 5, InsecureAddressFailures: 5000, Block: 60 * 60e9}).Validate(); err != nil {
		t.Error(err)
	}
}
