package scan

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise"
)

// club is an app with a login, a token in its form, and sessions that are new after
// each login and dead after the logout.
type club struct {
	mu       sync.Mutex
	sessions map[string]string // id → user
	seen     []string
}

const password = "shield and bow"

func (c *club) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := ""
	if cookie, err := r.Cookie("sid"); err == nil {
		id = cookie.Value
	}
	user, known := c.sessions[id]
	c.seen = append(c.seen, r.Method+" "+r.URL.Path+" "+user)
	fresh := func(user string) {
		delete(c.sessions, id)
		id = rand.Text()
		c.sessions[id] = user
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: id, Path: "/", HttpOnly: true})
	}
	w.Header().Set("Content-Type", "text/html")
	switch r.Method + " " + r.URL.Path {
	case "GET /login":
		if !known {
			fresh("")
		}
		fmt.Fprintf(w, `<form method=post><input type=hidden name=csrf value="token-%s"><input name=name><input type=password name=word></form>`, id)
	case "POST /login":
		if r.PostFormValue("csrf") != "token-"+id || r.Header.Get("Origin") == "" {
			http.Error(w, "no token", http.StatusForbidden)
			return
		}
		if r.PostFormValue("name") != "ada" || r.PostFormValue("word") != password {
			http.Error(w, "wrong: "+r.PostFormValue("word"), http.StatusUnauthorized)
			return
		}
		fresh("ada")
		http.Redirect(w, r, "/me?session="+id, http.StatusSeeOther)
	case "GET /me":
		if user == "" {
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return
		}
		fmt.Fprintf(w, "<p>%s, your id is %s and you said %s", user, id, password)
	case "GET /logout":
		delete(c.sessions, id)
		http.SetCookie(w, &http.Cookie{Name: "sid", MaxAge: -1})
	case "GET /query":
		fmt.Fprintf(w, "<p>%s", r.URL.RawQuery)
	}
}

func startClub(t *testing.T) (*club, Options) {
	c := &club{sessions: map[string]string{}}
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	opt := Options{Target: target(t, s.URL)}
	opt.Target.Agreed = "the club is ours"
	at := opt.Target.URL
	opt.Accounts = []Account{{Password: password,
		Account: pavise.Account{Name: "ada", User: "ada", Login: at + "/login", Check: at + "/me", Logout: &pavise.Request{URL: at + "/logout"}}}}
	return c, opt
}

func get(url string) pavise.Request { return pavise.Request{URL: url} }

func TestJourney(t *testing.T) {
	app, opt := startClub(t)
	at := opt.Target.URL
	me := get(at + "/me")
	p := pavise.Probe{Journey: &pavise.Journey{Title: "all", As: "ada", Steps: []pavise.Step{
		{Request: me},
		{Request: get(at + "/login"), Save: "before", Take: map[string]string{"token": "csrf"}},
		{Request: get(at + "/login"), Login: &pavise.Login{Password: "not the password"}},
		{Request: get(at + "/login"), Login: &pavise.Login{}, Save: "in"},
		{Request: me},
		{Request: me, With: "before"},
		{Request: me, With: pavise.Nobody},
		{Request: get(at + "/logout")},
		{Request: me, With: "in"},
		{Request: get(at + "/query?x={token}&y={password}&z={account}&q={other}")},
	}}}
	e := collect(t, opt, func(*pavise.Evidence) []pavise.Probe { return []pavise.Probe{p} })
	a, why := e.Heard(p)
	if why != "" {
		t.Fatal(why)
	}
	want := []int{303, 200, 401, 303, 200, 303, 303, 200, 303, 200}
	for i, s := range a.Steps {
		if s.Status != want[i] {
			t.Errorf("step %d is answered %d, want %d", i, s.Status, want[i])
		}
	}
	if body := string(a.Steps[9].Body); !strings.Contains(body, "z=ada&q={other}") || strings.Contains(body, "{token}") || strings.Contains(body, "{password}") {
		t.Errorf("filled: %s", body)
	}
	saved, _ := json.Marshal(e)
	for id := range app.sessions {
		if strings.Contains(string(saved), id) {
			t.Error("the evidence tells a session")
		}
	}
	if strings.Contains(string(saved), password) || strings.Contains(string(saved), "shield+and") {
		t.Errorf("the evidence tells the password")
	}
	if before, after := a.Steps[1].Header.Get("Set-Cookie"), a.Steps[3].Header.Get("Set-Cookie"); before == after || !strings.HasPrefix(after, "sid=~") || !strings.HasSuffix(after, "; Path=/; HttpOnly") {
		t.Errorf("marks: %q, %q", before, after)
	}
	if got := strings.Join(e.Left(), ", "); got != "1 × failed login of ada, 1 × session of ada" {
		t.Errorf("left: %s", got)
	}
}

func TestRequestAsAccount(t *testing.T) {
	app, opt := startClub(t)
	at := opt.Target.URL
	as := func(name string) pavise.Probe { return pavise.Ask(pavise.Request{URL: at + "/me", As: name}) }
	again := pavise.Ask(pavise.Request{URL: at + "/me?2", As: "ada"})
	away := pavise.Ask(pavise.Request{URL: "http://127.0.0.1:1/", As: "ada"})
	probes := []pavise.Probe{as("ada"), as("eve"), again, away}
	e := collect(t, opt, func(*pavise.Evidence) []pavise.Probe { return probes })
	for i, want := range []string{"", `no account is called "eve"`, "", "what is secret goes to no other site than the scanned"} {
		if _, why := e.Heard(probes[i]); why != want {
			t.Errorf("%d: %q, want %q", i, why, want)
		}
	}
	if logins := strings.Count(strings.Join(app.seen, "\n"), "POST /login"); logins != 1 {
		t.Errorf("%d logins", logins)
	}
	if n := len(e.Walked()); n != 2 {
		t.Errorf("walked %d", n)
	}
	if got := strings.Join(e.Left(), ", "); got != "1 × session of ada" {
		t.Errorf("left: %s", got)
	}

	opt.Accounts[0].Password = "another"
	e = collect(t, opt, func(*pavise.Evidence) []pavise.Probe { return probes[:1] })
	if _, why := e.Heard(probes[0]); why != "the login of ada is answered 401" {
		t.Error(why)
	}
	opt.Target.Agreed = ""
	e = collect(t, opt, func(*pavise.Evidence) []pavise.Probe { return probes[:1] })
	if _, why := e.Heard(probes[0]); why == "" || len(e.Accounts) != 0 {
		t.Error("an account is used though nobody agreed")
	}
}

// TestJourneyIsBounded: neither steps nor cookies nor a wait go on for ever, and a
// form that leads elsewhere gets no password.
func TestJourneyIsBounded(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		for i := range 2 * maxJar {
			w.Header().Add("Set-Cookie", fmt.Sprintf("n%s%d=1", r.URL.RawQuery, i))
		}
		io.WriteString(w, `<form method=post action="http://127.0.0.1:1/in"><input name=n><input name=p type=password></form>`)
	}))
	defer s.Close()
	_, opt := startClub(t)
	opt.Target.URL, opt.Accounts[0].Login = s.URL, s.URL+"/"
	home := pavise.Step{Request: get(s.URL + "/")}
	wait := home
	wait.Wait = 100 * maxIdle
	login := home
	login.Login = &pavise.Login{}
	lost := home
	lost.With = "what was never saved"
	for what, tt := range map[string]struct {
		steps []pavise.Step
		want  string
	}{
		"steps": {make([]pavise.Step, pavise.MaxSteps+1), "more than 24 steps"},
		"wait":  {[]pavise.Step{wait}, "no answer within"},
		"login": {[]pavise.Step{login}, "step 1: what is secret goes to no other site than the scanned"},
		"save":  {[]pavise.Step{lost}, `step 1: nothing was saved as "what was never saved"`},
	} {
		opt.Timeout = 200 * time.Millisecond
		p := pavise.Probe{Journey: &pavise.Journey{Title: what, As: "ada", Steps: tt.steps}}
		e := collect(t, opt, func(*pavise.Evidence) []pavise.Probe { return []pavise.Probe{p} })
		if _, why := e.Heard(p); !strings.HasPrefix(why, tt.want) {
			t.Errorf("%s: %q", what, why)
		}
	}
	w := &walker{client: newClient(opt), bearing: bearing{cookies: jar{}}}
	for i := range 3 {
		if _, err := w.ask(t.Context(), get(fmt.Sprintf("%s/?%d", s.URL, i))); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.cookies) > maxJar || len(w.secrets) > maxSecrets {
		t.Errorf("%d cookies, %d secrets", len(w.cookies), len(w.secrets))
	}
}

// TestReadySession: a session that the asker gives needs no login, and is no more kept
// than one of ours.
func TestReadySession(t *testing.T) {
	app, opt := startClub(t)
	app.sessions["0123456789abcdef"] = "ada"
	opt.Accounts[0].Login, opt.Accounts[0].Cookie = "", "sid=0123456789abcdef"
	opt.Accounts[0].Check = "/me" // a path is one of the site
	p := pavise.Ask(pavise.Request{URL: opt.Target.URL + "/me", As: "ada"})
	out := pavise.Step{Request: get(opt.Target.URL + "/login"), Login: &pavise.Login{}}
	login := pavise.Probe{Journey: &pavise.Journey{Title: "none", As: "ada", Steps: []pavise.Step{out}}}
	e := collect(t, opt, func(*pavise.Evidence) []pavise.Probe { return []pavise.Probe{p, login} })
	if a, why := e.Heard(p); why != "" || a.Response.Status != 200 || e.Accounts[0].Check != opt.Target.URL+"/me" {
		t.Errorf("%+v, %s", a, why)
	}
	if _, why := e.Heard(login); why != "step 1: the account has no login" {
		t.Error(why)
	}
	if saved, _ := json.Marshal(e); strings.Contains(string(saved), "0123456789abcdef") {
		t.Error("the evidence tells the session")
	}
}

// TestLogoutSendsItsForm: a POST without a body is the form that was shown for it.
func TestLogoutSendsItsForm(t *testing.T) {
	got := make(chan string, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/out" {
			body, _ := io.ReadAll(r.Body)
			got <- r.Header.Get("Origin") + " " + string(body)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, `<form method=post action=/out><input type=hidden name=csrf value=abc><input type=checkbox name=all value=1></form>`)
	}))
	defer s.Close()
	p := pavise.Probe{Journey: &pavise.Journey{Title: "out", Steps: []pavise.Step{{Request: get(s.URL + "/")}, {Request: pavise.Request{Method: "POST", URL: s.URL + "/out"}}}}}
	collect(t, Options{Target: target(t, s.URL)}, func(*pavise.Evidence) []pavise.Probe { return []pavise.Probe{p} })
	if body := <-got; body != s.URL+" csrf=abc" {
		t.Error(body)
	}
}

// TestAskedOftenComesLast: what a site may answer by refusing everything comes when
// nothing else is wanted.
func TestAskedOftenComesLast(t *testing.T) {
	var paths []string
	var mu sync.Mutex
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		paths = append(paths, r.URL.Path)
	}))
	defer s.Close()
	first, second := pavise.Ask(get(s.URL+"/first")), pavise.Ask(get(s.URL+"/second"))
	often := pavise.Ask(pavise.Request{URL: s.URL + "/often", Times: 3})
	collect(t, Options{Target: target(t, s.URL)}, func(e *pavise.Evidence) []pavise.Probe {
		if e.Answer(first) == nil {
			return []pavise.Probe{often, first}
		}
		return []pavise.Probe{often, first, second}
	})
	if n := len(paths); n < 4 || strings.Join(paths[n-3:], "") != "/often/often/often" {
		t.Errorf("asked for %v", paths)
	}
}

func TestTokenLogin(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		var in map[string]string
		switch {
		case r.URL.Path == "/login":
			if json.NewDecoder(r.Body).Decode(&in); in["mail"] == "ada" && in["word"] == password && in["device"] == "1" {
				io.WriteString(w, `{"access": "abcdefghijklmnop"}`)
			}
		case r.Header.Get("Authorization") != "Bearer abcdefghijklmnop":
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer s.Close()
	_, opt := startClub(t)
	opt.Target.URL = s.URL
	a := &opt.Accounts[0]
	a.Login, a.Check = s.URL+"/login", s.URL+"/me"
	a.Form = Form{Account: "mail", Password: "word", JSON: true, Token: "access", Fields: map[string]string{"device": "1"}}
	p := pavise.Ask(pavise.Request{URL: s.URL + "/me", As: "ada"})
	e := collect(t, opt, func(*pavise.Evidence) []pavise.Probe { return []pavise.Probe{p} })
	if a, why := e.Heard(p); why != "" || a.Response.Status != 200 {
		t.Errorf("%+v, %s", a, why)
	}
}
