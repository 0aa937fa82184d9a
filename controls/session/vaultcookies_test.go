package session

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise"
)

// TestWhatStaysWithTheBrowser: cookies that others than the app need.
func TestWhatStaysWithTheBrowser(t *testing.T) {
	for line, kept := range map[string]bool{
		"connect.sid=a; Path=/":                            true,
		"my_session=a; Path=/; HttpOnly":                   true,
		"my_session=a; Path=/":                             false,
		"csrftoken=a; Path=/; HttpOnly":                    false,
		"PHPSESSID=a; Path=/; Domain=example.com":          false,
		"chosen=a; Path=/; Domain=example.com":             true,
		"exempt_session=a; Path=/; HttpOnly":               false,
		"remember_auth=a; Path=/; HttpOnly; Max-Age=99999": false,
		"theme=a; Path=/; HttpOnly":                        false,
		"__Host-device=a; Path=/; HttpOnly; Secure":        false,
		"=nameless; HttpOnly":                              false,
	} {
		d := newDesk(t, Vault{Names: []string{"chosen"}, Exempt: []string{"exempt_session"}})
		d.app = sets(line)
		b := d.tab()
		b.ask("/")
		if got := handleOf(b) != ""; got != kept {
			t.Errorf("%s: kept %v, %q", line, got, b.lines)
		}
		if !kept {
			d.app = nil
			if b.ask("/"); d.heard != b.line() {
				t.Errorf("%s: the app heard %q", line, d.heard)
			}
		}
	}
}

func TestAttributesOfTheHandle(t *testing.T) {
	for line, want := range map[string]string{
		"connect.sid=a":                                             "; Path=/; Secure; HttpOnly; SameSite=Lax",
		"connect.sid=a; SameSite=Strict":                            "; Path=/; Secure; HttpOnly; SameSite=Strict",
		"connect.sid=a; SameSite=None; Secure":                      "; Path=/; Secure; HttpOnly; SameSite=None",
		"connect.sid=a; Path=/app; Max-Age=3600":                    "; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax",
		"connect.sid=a; Expires=" + "Fri, 15 Jan 2027 09:00:00 GMT": "; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax",
		"connect.sid=a; Max-Age=31536000":                           "; Path=/; Max-Age=86400; Secure; HttpOnly; SameSite=Lax",
	} {
		d := newDesk(t, Vault{})
		d.app = sets(line)
		b := d.tab()
		b.ask("POST /login")
		if len(b.lines) != 1 || strings.TrimPrefix(b.lines[0], "__Host-visit="+handleOf(b)) != want {
			t.Errorf("%s: %q", line, b.lines)
		}
	}
}

// TestPaths: a cookie with a path goes there alone, and of two the longer path comes
// first.
func TestPaths(t *testing.T) {
	d := newDesk(t, Vault{})
	d.app = sets("connect.sid=root; Path=/", "connect.sid=admin; Path=/admin")
	b := d.tab()
	b.ask("/")
	d.app = nil
	for path, want := range map[string]string{
		"/": "connect.sid=root", "/admin": "connect.sid=admin; connect.sid=root", "/admin/x": "connect.sid=admin; connect.sid=root", "/administer": "connect.sid=root",
	} {
		if b.ask(path); d.heard != want {
			t.Errorf("%s: the app heard %q", path, d.heard)
		}
	}
}

// TestStrictStaysBehind: where one cookie comes along from other sites, a stricter one
// beside it does not.
func TestStrictStaysBehind(t *testing.T) {
	d := newDesk(t, Vault{})
	d.app = sets("connect.sid=a; SameSite=None", "auth_token=b; HttpOnly; SameSite=Strict", "my_session=c; HttpOnly")
	b := d.tab()
	b.ask("/")
	d.app = nil
	for name, tt := range map[string]struct {
		request, site, mode, want string
	}{
		"own":         {"/", "same-origin", "navigate", "connect.sid=a; auth_token=b; my_session=c"},
		"a link":      {"/", "cross-site", "navigate", "connect.sid=a; my_session=c"},
		"a frame":     {"/", "cross-site", "no-cors", "connect.sid=a"},
		"a form":      {"POST /", "cross-site", "navigate", "connect.sid=a"},
		"an old tool": {"/", "", "", "connect.sid=a; auth_token=b; my_session=c"},
	} {
		header := []string{"Sec-Fetch-Site", tt.site, "Sec-Fetch-Mode", tt.mode}
		if tt.site == "" {
			header = nil
		}
		if b.ask(tt.request, header...); d.heard != tt.want {
			t.Errorf("%s: the app heard %q, want %q", name, d.heard, tt.want)
		}
	}
}

func TestInClear(t *testing.T) {
	d := newDesk(t, Vault{})
	d.app = sets(sid)
	r := must(http.NewRequest("GET", "http://shop.example.com/", nil))
	r.Header.Set("Cookie", "connect.sid=raw")
	w := &recorder{header: http.Header{}}
	d.chain.ServeHTTP(w, r)
	if d.heard != "connect.sid=raw" || w.header.Get("Set-Cookie") != sid {
		t.Errorf("the app heard %q, the browser %q", d.heard, w.header)
	}
}

type recorder struct{ header http.Header }

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) Write(b []byte) (int, error) { return len(b), nil }

func (r *recorder) WriteHeader(int) {}

func TestVaultSettings(t *testing.T) {
	for _, c := range []Vault{{}, {Mode: "sealed"}, {Idle: time.Second}, {InsecureIdle: time.Hour}, {InsecureAbsolute: 72 * time.Hour}, {Handle: "s"}} {
		if err := c.Validate(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	bad := Vault{Mode: "no", Names: []string{"a b", "both"}, Exempt: []string{"both"}, Handle: "__Host-x", Logins: []string{"x"}, Logouts: []string{"/a/**/b"},
		Idle: time.Hour, Visitors: 9999 * time.Hour, Absolute: 25 * time.Hour, InsecureIdle: time.Minute, InsecureAbsolute: time.Hour}
	err := bad.Validate()
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, want := range []string{"mode", "names", "both", "handle", "logins", "logouts", "idle must be 1s to 15m, not 1h: more is insecure-idle", "visitors", "absolute must", "insecure-idle must", "insecure-absolute must", "not both"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told in\n%v", want, err)
		}
	}
	_, wrapped := pavise.Protect(pavise.Site{Hosts: []string{"shop.example.com"}}, bad)
	if wrapped == nil || wrapped.Error() != err.Error() {
		t.Errorf("not each mistake once:\n%v", wrapped)
	}
}

// TestNameOfTheHandle: an app that has taken the name is told so, and another serves.
func TestNameOfTheHandle(t *testing.T) {
	d := newDesk(t, Vault{})
	d.app = sets("__Host-visit=mine; Path=/; Secure", sid)
	b := d.tab()
	if b.ask("/"); handleOf(b) == "mine" || !d.noted("handle: another-name") {
		t.Errorf("%q %q", b.lines, d.notes)
	}
	d.open(Vault{Handle: "other"})
	b = d.tab()
	if b.ask("/"); handleOf(b) != "" && handleOf(b) != "mine" || b.cookies["__Host-other"] == "" {
		t.Error(b.cookies)
	}
}
