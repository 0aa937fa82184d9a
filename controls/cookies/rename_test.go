package cookies

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pavise"
)

var sid = Rename{Names: map[string]string{"connect.sid": "sid"}}

func TestMadeUpNames(t *testing.T) {
	// Pinned: another name would log everybody out.
	if got, want := madeUpName("connect.sid"), "sess-2s7040i50od421ge1g"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	seen := map[string]bool{}
	for _, app := range []string{"connect.sid", "PHPSESSID", "phpsessid", "session", "SESSION", "express:sess", "ASP.NET_SessionId", ".AspNetCore.Session"} {
		public := madeUpName(app)
		if !token(public) || appName(public) != app || seen[public] {
			t.Errorf("%s: %q, back %q", app, public, appName(public))
		}
		if !pavise.SessionCookie(securePrefix + public) {
			t.Errorf("%s: %q is not taken for a session", app, public)
		}
		seen[public] = true
	}
	for _, public := range []string{"", "sess-", "sess-00", "sid", strings.ToUpper(madeUpName("session")), madeUpName("session") + "0", "sess-" + strings.Repeat("0", 10_000)} {
		if app := appName(public); app != "" {
			t.Errorf("%.40q is taken for %q", public, app)
		}
	}
}

func TestRenameOutward(t *testing.T) {
	session := madeUpName("session")
	for _, c := range []struct{ name, path, line, want, note string }{
		{name: "configured", line: "connect.sid=a; Path=/; HttpOnly", want: "__Host-sid=a; Path=/; HttpOnly; Secure"},
		{name: "default", line: "session=a; path=/; Secure", want: "__Host-" + session + "=a; path=/; Secure"},
		{name: "value like the name", line: "connect.sid=connect.sid; Path=/; Secure", want: "__Host-sid=connect.sid; Path=/; Secure"},
		{name: "other", line: "theme=connect.sid; Path=/", want: "theme=connect.sid; Path=/"},
		{name: "other case", line: "Connect.sid=a; Path=/; Secure", want: "__Host-" + madeUpName("Connect.sid") + "=a; Path=/; Secure"},
		{name: "prefixed by the app", line: "__Host-session=a; Path=/; Secure", want: "__Host-session=a; Path=/; Secure"},
		{name: "deletion", line: "connect.sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure", want: "__Host-sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure"},
		{name: "no path at the root", path: "/login", line: "connect.sid=a", want: "__Host-sid=a; Path=/; Secure"},
		{name: "no path below", path: "/app/login", line: "connect.sid=a", want: "__Secure-sid=a; Secure", note: "connect.sid has a Domain or another Path than /"},
		{name: "path", line: "connect.sid=a; Path=/app", want: "__Secure-sid=a; Path=/app; Secure", note: "connect.sid has a Domain or another Path than /"},
		{name: "domain", line: "connect.sid=a; Path=/; Domain=example.com", want: "__Secure-sid=a; Path=/; Domain=example.com; Secure", note: "connect.sid has a Domain or another Path than /"},
		{name: "last path counts", line: "connect.sid=a; Path=/; Path=/app; Secure", want: "__Secure-sid=a; Path=/; Path=/app; Secure", note: "connect.sid has a Domain or another Path than /"},
		{name: "too big with its prefix", line: "connect.sid=" + strings.Repeat("x", 4087), want: "connect.sid=" + strings.Repeat("x", 4087), note: "connect.sid keeps its name"},
	} {
		s := guard(t, setting(c.line, "a=b"), sid)
		if c.path == "" {
			c.path = "/"
		}
		if got := set(s, request(true, c.path)); got != c.want+"\na=b" {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		said := ""
		for _, d := range s.said {
			said += d.Reason
		}
		if !strings.HasPrefix(said, c.note) || c.note == "" && said != "" {
			t.Errorf("%s: noted %q", c.name, said)
		}
	}
	if got := set(guard(t, setting("connect.sid=a; Path=/"), sid), request(false, "/")); got != "connect.sid=a; Path=/" {
		t.Errorf("over plain http: %q", got)
	}
}

// received returns the Cookie lines that reach the app.
func received(s func(http.HandlerFunc) *shield, r *http.Request) string {
	got := "refused"
	s(func(_ http.ResponseWriter, r *http.Request) { got = strings.Join(r.Header["Cookie"], "\n") }).
		ServeHTTP(httptest.NewRecorder(), r)
	return got
}

func TestRenameInward(t *testing.T) {
	host, secure := "__Host-"+madeUpName("session"), "__Secure-"+madeUpName("session")
	for _, c := range []struct {
		name string
		sent []string
		want string
	}{
		{"none", nil, ""},
		{"nothing of ours", []string{"a=b;  c=\"d\" ;e;;=f; größe=ä", "x=y"}, "a=b;  c=\"d\" ;e;;=f; größe=ä\nx=y"},
		{"configured", []string{"a=b; __Host-sid=1; c=d"}, "a=b; connect.sid=1; c=d"},
		{"secure", []string{"__Secure-sid=1"}, "connect.sid=1"},
		{"default", []string{host + "=1; a=b"}, "session=1; a=b"},
		{"value like the name", []string{"__Host-sid=__Host-sid"}, "connect.sid=__Host-sid"},
		{"two of them", []string{host + "=1; __Host-sid=2"}, "session=1; connect.sid=2"},
		{"raw", []string{"connect.sid=evil; a=b;  c=d"}, "a=b;  c=d"},
		{"raw in the middle", []string{"a=b; connect.sid=evil;c=d"}, "a=b;c=d"},
		{"raw alone", []string{"connect.sid=evil", "a=b"}, "a=b"},
		{"raw and nothing else", []string{"connect.sid=evil"}, ""},
		{"raw default", []string{"JSESSIONID=evil; sessionid=evil; a=b"}, "a=b"},
		{"raw in other letters", []string{"CONNECT.SID=evil; a=b"}, "a=b"},
		{"raw in disguise", []string{"%63onnect.sid=evil; \u2000connect.sid=evil; \xa0connect.sid=evil; laravel.session=evil; \tconnect.sid =evil; a=b"}, "a=b"},
		{"raw without value", []string{"connect.sid; a=b"}, "a=b"},
		{"host beats secure", []string{secure + "=evil; __Secure-sid=evil; __Host-sid=2; " + host + "=1"}, "connect.sid=2; session=1"},
		{"host beats secure in another line", []string{"__Secure-sid=evil", "__Host-sid=2"}, "connect.sid=2"},
		{"both twice stay for others to judge", []string{"__Host-sid=1; __Host-sid=2"}, "connect.sid=1; connect.sid=2"},
		{"made up before another was chosen", []string{"__Host-" + madeUpName("connect.sid") + "=1; __Host-sid=2"}, "__Host-" + madeUpName("connect.sid") + "=1; connect.sid=2"},
		{"guarded name without value", []string{"__Host-sid; a=b"}, "__Host-sid; a=b"},
		{"foreign prefixed names", []string{"__Host-other=1; __Secure-sess-00=2; __host-sid=3; __Host-sid =4; \t__Host-sid=5"},
			"__Host-other=1; __Secure-sess-00=2; __host-sid=3; __Host-sid =4; \t__Host-sid=5"},
	} {
		r := request(true, "/", c.sent...)
		before := strings.Join(c.sent, "\n")
		got := received(func(app http.HandlerFunc) *shield { return guard(t, app, sid) }, r)
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if strings.Join(c.sent, "\n") != before {
			t.Errorf("%s: the slice that came in became %q", c.name, c.sent)
		}
	}
	plain := "connect.sid=1; __Host-sid=2"
	if got := received(func(app http.HandlerFunc) *shield { return guard(t, app, sid) }, request(false, "/", plain)); got != plain {
		t.Errorf("over plain http: %q", got)
	}
}

func TestRenameIsBounded(t *testing.T) {
	var sent strings.Builder
	for i := range 1 << 10 { // as many spellings of one name
		sent.WriteString("__Host-" + madeUpName(spell("jsessionid", i)) + "=1; ")
	}
	got := received(func(app http.HandlerFunc) *shield { return guard(t, app, Rename{}) }, request(true, "/", sent.String()))
	if n := strings.Count(strings.ToLower(got), "jsessionid="); n != maxArrivals {
		t.Errorf("%d were renamed, want %d", n, maxArrivals)
	}
}

// spell writes a name of letters with capitals where the bits of i are set.
func spell(name string, i int) string {
	b := []byte(name)
	for bit := range len(b) {
		if i>>bit&1 == 1 {
			b[bit] -= 'a' - 'A'
		}
	}
	return string(b)
}

func TestRenameMigration(t *testing.T) {
	moving := sid
	moving.InsecureAcceptRawUntil = noon.Add(time.Second)
	ended := sid
	ended.InsecureAcceptRawUntil = noon
	for _, c := range []struct {
		name       string
		control    Rename
		sent, want string
	}{
		{"raw", moving, "connect.sid=old; a=b", "connect.sid=old; a=b"},
		{"raw beside new", moving, "connect.sid=old; __Host-sid=new", "connect.sid=new"},
		{"raw in disguise", moving, "%63onnect.sid=evil", ""},
		{"ended", ended, "connect.sid=old; a=b", "a=b"},
	} {
		got := received(func(app http.HandlerFunc) *shield { return guard(t, app, c.control) }, request(true, "/", c.sent))
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	// The old cookie goes as soon as there is a new one, or it would outlive a logout.
	logout := "connect.sid=; Path=/; Max-Age=0; Secure"
	if got, want := set(guard(t, setting(logout), moving), request(true, "/")), "__Host-sid=; Path=/; Max-Age=0; Secure\nconnect.sid=; Path=/; Max-Age=0; Secure; Max-Age=0"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := set(guard(t, setting("a=b"), moving), request(true, "/")); got != "a=b" {
		t.Errorf("%q", got)
	}
}

func TestRenameSaysOnceThatRawIsDropped(t *testing.T) {
	s := guard(t, setting(), sid)
	for range 3 {
		s.ServeHTTP(httptest.NewRecorder(), request(true, "/", "connect.sid=old-secret"))
	}
	if len(s.said) != 1 || strings.Contains(s.said[0].Reason, "secret") {
		t.Errorf("said %v", s.said)
	}
}

func TestRenameValidate(t *testing.T) {
	err := Rename{Names: map[string]string{
		"a": "x", "b": "x", "c": "__Host-c", "d": "d e", "e f": "e", "__Secure-g": "g", "h": "", "i": madeUpName("session"), "j": "visit", "insecure-accept-raw": "2026-12-31",
	}}.Validate()
	want := strings.Join([]string{
		`cookies.rename: __Secure-g has a guarded prefix already and needs no other name`,
		`cookies.rename: a and b cannot both be called "x"`,
		`cookies.rename: c: write "__Host-c" without the prefix, it is added`,
		`cookies.rename: d: "d e" cannot be the name of a cookie`,
		`cookies.rename: "e f" is no name of a cookie`,
		`cookies.rename: h: "" cannot be the name of a cookie`,
		`cookies.rename: i: "` + madeUpName("session") + `" is the name that is made up for session`,
		`cookies.rename: unknown setting "insecure-accept-raw"; there is insecure-accept-raw-until`,
		`cookies.rename: j: __Host-visit is a cookie of Pavise's own: choose another name`,
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant\n%s", err, want)
	}
	if err := sid.Validate(); err != nil {
		t.Error(err)
	}
}

func TestRenameCheck(t *testing.T) {
	const name, prefix = "cookies.rename.default-name", "cookies.rename.prefix"
	type outcome = map[string]pavise.Outcome
	for _, c := range []struct {
		line string
		want outcome
		saw  string
	}{
		{"connect.sid=x; Path=/", outcome{name: pavise.Fail, prefix: pavise.Fail}, "connect.sid is the default name of express-session"},
		{"my_session=x", outcome{name: pavise.Pass, prefix: pavise.Fail}, "my_session without prefix"},
		{"__Host-sid=x", outcome{name: pavise.Pass, prefix: pavise.Pass}, "__Host-sid"},
		{"__Secure-sid=x", outcome{name: pavise.Pass, prefix: pavise.Pass}, ""},
		{"theme=x", outcome{name: pavise.Pass, prefix: pavise.Skip}, ""},
		{"connect.sid=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", outcome{name: pavise.Skip, prefix: pavise.Skip}, ""},
	} {
		checked(t, Rename{}, evidence(c.line), c.want, c.saw)
	}
}

func BenchmarkRename(b *testing.B) {
	for name, line := range map[string]string{
		"nothing":    "_ga=GA1.1.1234; theme=dark; lang=en; cart=3; seen=1",
		"configured": "_ga=GA1.1.1234; theme=dark; lang=en; __Host-sid=s%3Aabcdefghijklmnopqrstuvwx; seen=1",
		"default":    "_ga=GA1.1.1234; theme=dark; lang=en; __Host-" + madeUpName("connect.sid") + "=s%3Aabcdefghijklmnopqrstuvwx; seen=1",
	} {
		b.Run(name, func(b *testing.B) {
			hooks, _ := sid.Enforce(pavise.Env{})
			if name == "default" {
				hooks, _ = Rename{}.Enforce(pavise.Env{})
			}
			x := &pavise.Exchange{Request: request(true, "/"), Secure: true}
			lines := []string{line}
			b.ReportAllocs()
			for b.Loop() {
				x.Request.Header["Cookie"] = lines
				hooks.Rewrite(x)
			}
		})
	}
}

// Before it has a session, a visitor has no cookie with __Host- that would win over
// one that a sibling host has planted.
func TestRenameOfAHostCookieTakesNoOther(t *testing.T) {
	line, got := "connect.sid=a; Path=/", ""
	s := guard(t, func(w http.ResponseWriter, r *http.Request) {
		got = strings.Join(r.Header["Cookie"], "\n")
		w.Header().Set("Set-Cookie", line)
	}, sid)
	ask := func(cookie string) string {
		r := request(true, "/")
		r.Header.Set("Cookie", cookie)
		s.ServeHTTP(httptest.NewRecorder(), r)
		return got
	}
	for _, step := range []struct{ cookie, want, line string }{
		{"__Secure-sid=1", "connect.sid=1", "connect.sid=a; Path=/"}, // from before the start, maybe
		{"__Secure-sid=evil; a=b", "__Secure-sid=evil; a=b", "connect.sid=a; Path=/app"},
		{"__Secure-sid=evil; __Host-sid=2", "connect.sid=2", "connect.sid=a; Path=/app"},
		{"__Secure-sid=3", "connect.sid=3", "connect.sid=a; Path=/app"}, // the app uses both
	} {
		if got := ask(step.cookie); got != step.want {
			t.Errorf("%s arrives as %s, want %s", step.cookie, got, step.want)
		}
		line = step.line
	}
}
