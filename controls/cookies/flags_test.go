package cookies

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pavise"
)

func TestFlagsAmends(t *testing.T) {
	set3 := "; Secure; HttpOnly; SameSite=Lax"
	for _, c := range []struct {
		name, line, want string
		flags            Flags
		path             string
	}{
		{name: "bare", line: "a=b", want: "a=b" + set3},
		{name: "kept as it is", line: `a="b c"; Odd=1;Partitioned`, want: `a="b c"; Odd=1;Partitioned` + set3},
		{name: "complete", line: "a=b; SameSite=Strict; HttpOnly; Secure", want: "a=b; SameSite=Strict; HttpOnly; Secure"},
		{name: "explicit None", line: "a=b; SameSite=None", want: "a=b; SameSite=None; Secure; HttpOnly"},
		{name: "last one counts", line: "a=b; SameSite=None; SameSite=?", want: "a=b; SameSite=None; SameSite=?" + set3},
		{name: "deletion", line: "a=; Max-Age=0", want: "a=; Max-Age=0" + set3},
		{name: "attribute in the value", line: "a=Secure", want: "a=Secure" + set3},
		{name: "for scripts", line: "XSRF-TOKEN=b; Path=/", want: "XSRF-TOKEN=b; Path=/; Secure; SameSite=Lax"},
		{name: "for scripts, prefixed", line: "__Host-csrf_token=b", want: "__Host-csrf_token=b; Secure; SameSite=Lax"},
		{name: "for their scripts", line: "theme=b", want: "theme=b; Secure; SameSite=Lax", flags: Flags{Script: []string{"theme"}}},
		{name: "cross-site", line: "oidc=b", want: "oidc=b; Secure; HttpOnly; SameSite=None", flags: Flags{CrossSite: []string{"oidc"}}},
		{name: "cross-site, own word", line: "oidc=b; SameSite=Lax", want: "oidc=b; SameSite=Lax; Secure; HttpOnly", flags: Flags{CrossSite: []string{"oidc"}}},
		{name: "callback", path: "/login", line: "a=b", want: "a=b; Secure; HttpOnly", flags: Flags{Callbacks: []string{"GET /login"}}},
		{name: "callback in disguise", path: "/x/..%2Flogin", line: "a=b", want: "a=b" + set3, flags: Flags{Callbacks: []string{"/**"}}},
		{name: "no callback", path: "/login/x", line: "a=b", want: "a=b" + set3, flags: Flags{Callbacks: []string{"/login"}}},
		{name: "just fits", line: "a=" + strings.Repeat("x", 4095), want: "a=" + strings.Repeat("x", 4095) + set3},
	} {
		s := guard(t, setting(c.line), c.flags)
		if c.path == "" {
			c.path = "/"
		}
		if got := set(s, request(true, c.path)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		for _, d := range s.said {
			if !strings.Contains(d.Reason, "is made HttpOnly") || strings.Contains(c.line, "HttpOnly") {
				t.Errorf("%s: noted %v", c.name, d)
			}
		}
	}
}

func TestFlagsLeavesAlone(t *testing.T) {
	big := "a=" + strings.Repeat("x", 4096)
	s := guard(t, setting(big, "c=d", big), Flags{})
	for range 2 {
		if got := set(s, request(true, "/")); got != big+"\nc=d; Secure; HttpOnly; SameSite=Lax\n"+big {
			t.Errorf("%.80q", got)
		}
	}
	if len(s.said) != 3 || !strings.HasPrefix(s.said[1].Reason, "a is left as it is") || s.said[2].Reason != s.said[1].Reason {
		t.Errorf("noted %v, want once for each response", s.said)
	}
	if got := set(guard(t, setting("a=b"), Flags{}), request(false, "/")); got != "a=b" {
		t.Errorf("over plain http: %q", got)
	}
}

func TestFlagsKeepsTheAppsSlice(t *testing.T) {
	shared := []string{"a=b", "c=d"}
	s := guard(t, setting(shared...), Rename{}, Flags{})
	set(s, request(true, "/"))
	if strings.Join(shared, " ") != "a=b c=d" {
		t.Errorf("the app's own slice became %q", shared)
	}
}

func TestFlagsValidate(t *testing.T) {
	err := Flags{Script: []string{"a b"}, CrossSite: []string{""}, Callbacks: []string{"cb", "/ok"}}.Validate()
	want := "cookies.flags: callbacks: path \"cb\": must start with /\n" +
		"cookies.flags: script: \"a b\" is no name of a cookie\n" +
		"cookies.flags: cross-site: \"\" is no name of a cookie"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
	if err := (Flags{}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestFlagsCheck(t *testing.T) {
	const secure, httpOnly, sameSite, domain, size = "cookies.flags.secure", "cookies.flags.http-only",
		"cookies.flags.same-site", "cookies.flags.domain", "cookies.flags.size"
	type outcome = map[string]pavise.Outcome
	for _, c := range []struct {
		lines []string
		want  outcome
		saw   string
	}{
		{[]string{"connect.sid=x; Path=/"},
			outcome{secure: pavise.Fail, httpOnly: pavise.Fail, sameSite: pavise.Fail, domain: pavise.Pass, size: pavise.Pass},
			"connect.sid without Secure"},
		{[]string{"theme=x; Secure; SameSite=Lax"},
			outcome{secure: pavise.Pass, httpOnly: pavise.Skip, sameSite: pavise.Pass, domain: pavise.Skip, size: pavise.Pass}, "theme"},
		{[]string{"sid=x; Secure; HttpOnly; SameSite=None", "a=b; SameSite=None"},
			outcome{secure: pavise.Fail, httpOnly: pavise.Pass, sameSite: pavise.Fail}, "a with SameSite=None but without Secure"},
		{[]string{"__Host-XSRF-TOKEN=x; Secure; SameSite=Lax; Path=/"}, outcome{secure: pavise.Pass, httpOnly: pavise.Skip, domain: pavise.Skip}, ""},
		{[]string{"sid=x; Domain=example.com"}, outcome{domain: pavise.Fail}, "sid for all of example.com"},
		{[]string{"a=" + strings.Repeat("x", 4096)}, outcome{size: pavise.Fail, secure: pavise.Skip, sameSite: pavise.Skip}, "a of 4097 bytes"},
		{[]string{"connect.sid=; Max-Age=0"}, outcome{secure: pavise.Skip, httpOnly: pavise.Skip, sameSite: pavise.Skip}, ""},
		{nil, outcome{secure: pavise.Skip, size: pavise.Skip}, ""},
	} {
		checked(t, Flags{}, evidence(c.lines...), c.want, c.saw)
	}
	unseen := &pavise.Evidence{Taken: noon, Target: pavise.Target{URL: "https://shop.example.com"}}
	for rule, f := range outcomes(t, Flags{}, unseen) {
		if f.Outcome != pavise.Unknown {
			t.Errorf("%s: %v without evidence", rule, f.Outcome)
		}
	}
}

func BenchmarkFlags(b *testing.B) {
	hooks, _ := Flags{}.Enforce(pavise.Env{})
	lines := []string{"connect.sid=s%3Aabcdefghijklmnopqrstuvwx; Path=/; HttpOnly"}
	x := &pavise.Exchange{Request: request(true, "/"), Secure: true, Header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		x.Header["Set-Cookie"] = lines
		hooks.Amend(x)
	}
}

// TestFlagsSayWhatTheyHide: an app whose script misses a cookie can be mended by
// what the log says, once for each name.
func TestFlagsSayWhatTheyHide(t *testing.T) {
	var said []string
	env := pavise.Env{Decide: func(d pavise.Decision) { said = append(said, d.Reason) }, Now: time.Now}
	h, err := pavise.Recommend([]pavise.Control{Flags{Script: []string{"lang"}}}).Wrap(env, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, line := range []string{"prefs=dark", "prefs=light", "connect.sid=1", "lang=de", "XSRF-TOKEN=1", "a=1; HttpOnly"} {
			w.Header().Add("Set-Cookie", line)
		}
		for i := range 200 {
			w.Header().Add("Set-Cookie", fmt.Sprintf("c%d=1", i))
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		h.ServeHTTP(httptest.NewRecorder(), request(true, "/"))
	}
	if len(said) != 100 || said[0] != "prefs is made HttpOnly: if scripts read it, cookies.flags: {script: [prefs]}" || !strings.HasPrefix(said[1], "c0 is") {
		t.Errorf("%d: %q", len(said), said[:min(3, len(said))])
	}
}
