package cookies

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pavise"
)

var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

// A shield is some controls in front of an app, with what they had to say.
type shield struct {
	http.Handler
	said []pavise.Decision
}

func guard(t testing.TB, app http.HandlerFunc, controls ...pavise.Control) *shield {
	t.Helper()
	s := new(shield)
	env := pavise.Env{
		Now:    func() time.Time { return noon },
		Decide: func(d pavise.Decision) { s.said = append(s.said, d) },
	}
	var err error
	if s.Handler, err = pavise.Recommend(controls).Wrap(env, app); err != nil {
		t.Fatal(err)
	}
	return s
}

func request(secure bool, path string, cookies ...string) *http.Request {
	r := httptest.NewRequest("GET", "http://shop.example.com"+path, nil)
	if len(cookies) > 0 {
		r.Header["Cookie"] = cookies
	}
	if secure {
		r.TLS = new(tls.ConnectionState)
	}
	return r
}

func setting(lines ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.Header()["Set-Cookie"] = lines }
}

// set returns what the browser is told to keep.
func set(h http.Handler, r *http.Request) string {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return strings.Join(w.Result().Header["Set-Cookie"], "\n")
}

// evidence is one answer of a site with these Set-Cookie lines.
func evidence(lines ...string) *pavise.Evidence {
	e := &pavise.Evidence{Taken: noon, Target: pavise.Target{URL: "https://shop.example.com"}}
	e.Add(pavise.Answer{Probe: pavise.Ask(pavise.Request{URL: "https://shop.example.com/"}),
		Response: &pavise.Response{Status: 200, Header: http.Header{"Set-Cookie": lines}}})
	return e
}

func outcomes(t *testing.T, c pavise.Checker, e *pavise.Evidence) map[string]pavise.Finding {
	t.Helper()
	found := map[string]pavise.Finding{}
	for _, f := range c.Check(e) {
		found[f.Rule] = f
	}
	for _, r := range c.(pavise.Control).Doc().Rules {
		if found[r.ID].Outcome == 0 {
			t.Errorf("%s: no finding", r.ID)
		}
	}
	return found
}

// checked tests the outcome of each rule named "id" or "id: what is seen".
func checked(t *testing.T, c pavise.Checker, e *pavise.Evidence, want map[string]pavise.Outcome, saw string) {
	t.Helper()
	found, seen := outcomes(t, c, e), false
	for rule, outcome := range want {
		f := found[rule]
		if f.Outcome != outcome {
			t.Errorf("%s: %v (%s), want %v", rule, f.Outcome, f.Saw, outcome)
		}
		seen = seen || f.Saw == saw
	}
	if saw != "" && !seen {
		t.Errorf("nowhere seen %q in %v", saw, found)
	}
}

func TestListsAndNamesStayShort(t *testing.T) {
	many := strings.Fields(strings.Repeat("abc ", 1000))
	if got, want := list(many), "abc, abc, abc, abc and 996 more"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := show(strings.Repeat("\x1b", 10_000)); len(got) > 300 || !printable(got) {
		t.Errorf("%d bytes: %.80s", len(got), got)
	}
}

// FuzzSetCookie holds that nothing but names and attributes changes.
func FuzzSetCookie(f *testing.F) {
	for _, seed := range []string{
		"connect.sid=s%3Aabc.def; Path=/; HttpOnly", "XSRF-TOKEN=1", "PHPSESSID=a; path=/app", "theme=\"dark\"; Partitioned; Odd=1",
		"session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=b; SameSite=None; SameSite=what", "nothing", "=x", ";;", " connect.sid = v ",
		"connect.sid=" + strings.Repeat("x", 4080), "JSESSIONID=1; Domain=.example.com; Secure=0;", "connect.sid=connect.sid",
	} {
		f.Add(seed, "/")
		f.Add(seed, "/a/b")
	}
	f.Fuzz(func(t *testing.T, line, path string) {
		r := request(true, "/")
		r.URL.Path = path
		got := set(guard(t, setting(line), Rename{}, Flags{}), r)
		before, after := pavise.ParseSetCookie(line), pavise.ParseSetCookie(got)
		if after.Value != before.Value {
			t.Fatalf("%q became %q", line, got)
		}
		prefix, bare := cutPrefix(after.Name)
		if after.Name != before.Name && (prefix == "" || appName(bare) != before.Name) {
			t.Fatalf("%q was renamed to %q", before.Name, after.Name)
		}
		if before.Size() <= pavise.MaxCookie && (!after.Secure || after.SameSite == "") {
			t.Fatalf("%q became %q", line, got)
		}
		if prefix == hostPrefix && after.Name != before.Name && (after.HasDomain || after.Path != "/") {
			t.Fatalf("%q became %q, which no browser takes", line, got)
		}
		if !strings.Contains(got, line[len(line)-len(strings.TrimLeft(line, " \t"))+len(before.Name):]) {
			t.Fatalf("%q lost something: %q", line, got)
		}
		theirs, err := http.ParseSetCookie(line)
		if err != nil {
			return
		}
		ours, err := http.ParseSetCookie(got)
		if err != nil || ours.Value != theirs.Value || ours.Quoted != theirs.Quoted {
			t.Fatalf("%q became %q: %v, %v", line, got, ours, err)
		}
	})
}

// FuzzCookie holds that the app gets no session under its own name but from a
// guarded cookie, that all else arrives as it was, and that the same request
// always ends the same way.
func FuzzCookie(f *testing.F) {
	made := hostPrefix + madeUpName("connect.sid")
	for _, seed := range []string{
		made + "=good", made + "=good; connect.sid=evil", "connect.sid=evil; a=b", "a=b;connect.sid=evil;c=d", "\u2000" + made + "=evil",
		securePrefix + madeUpName("connect.sid") + "=evil; " + made + "=good", "%63onnect.sid=evil", "Connect.SID=evil", "connect.sid", ";;=;", "$Version=1; a=b",
		"\xa0connect.sid=evil", "connect[sid=evil", " connect.sid =evil", "laravel.session=evil", "größe=1", "a=größe", made + "=1; " + made + "=2",
	} {
		f.Add(seed, "")
		f.Add("x=y", seed)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		try := func() (int, []string) {
			var got []string
			s := guard(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header["Cookie"] }, Rename{}, Tossing{})
			w := httptest.NewRecorder()
			s.ServeHTTP(w, request(true, "/", first, second))
			return w.Code, got
		}
		status, got := try()
		if again, _ := try(); again != status {
			t.Fatalf("%d, then %d", status, again)
		}
		sent := first + ";" + second
		for pair := range strings.SplitSeq(strings.Join(got, ";"), ";") {
			name, value, _ := strings.Cut(pair, "=")
			app := strings.Trim(name, " ")
			guarded := func(prefix string) bool { return strings.Contains(sent, prefix+madeUpName(app)+"="+value) }
			switch framework := pavise.DefaultSessionName(app); {
			case framework != "" && !guarded(hostPrefix) && !guarded(securePrefix):
				t.Fatalf("%q reached the app as %q", sent, got)
			case framework == "" && !strings.Contains(sent, strings.TrimLeft(pair, " ")):
				t.Fatalf("%q became %q", sent, got)
			}
		}
	})
}
