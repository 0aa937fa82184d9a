package session

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pavise"
)

func FuzzJar(f *testing.F) {
	f.Add(jar{level: member, ends: 5, cookies: []appCookie{{name: "a", value: "b", path: "/", end: 7}}}.append(nil))
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		j, err := readJar(b)
		if err != nil {
			return
		}
		again, err := readJar(j.append(nil))
		if err != nil || fmt.Sprintf("%+v", again) != fmt.Sprintf("%+v", j) {
			t.Fatalf("%+v became %+v, %v", j, again, err)
		}
	})
}

// FuzzInward: whatever a browser sends, the app gets no session cookie of it.
func FuzzInward(f *testing.F) {
	for _, seed := range []string{"connect.sid=a", "__Host-visit=b; a=b", ";;;=;connect.sid", " PHPSESSID = 1", "a=b;connect.sid=1;c=d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		d := newDesk(t, Vault{})
		r := must(http.NewRequest("GET", "https://shop.example.com/", nil))
		r.Header["Cookie"] = []string{line}
		x := &pavise.Exchange{Request: r, Secure: true}
		hooks, err := Vault{}.Enforce(d.env)
		if err != nil {
			t.Fatal(err)
		}
		if err := hooks.Admit(x); err != nil {
			t.Fatal(err)
		}
		hooks.Rewrite(x)
		for _, c := range x.Request.Cookies() {
			if pavise.DefaultSessionName(c.Name) != "" || c.Name == "__Host-visit" {
				t.Fatalf("of %q the app hears %q", line, x.Request.Header["Cookie"])
			}
		}
	})
}

// FuzzOutward: whatever the app sets, its session does not reach the browser.
func FuzzOutward(f *testing.F) {
	for _, seed := range []string{"connect.sid=a; Path=/", "connect.sid=; Max-Age=0", "PHPSESSID=x; domain=a", "my_session=1;httponly", "=;", "__Host-visit=planted; Path=/; Secure"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		d := newDesk(t, Vault{})
		hooks := must(Vault{}.Enforce(d.env))
		x := &pavise.Exchange{Request: must(http.NewRequest("GET", "https://shop.example.com/", nil)), Secure: true, Status: 200, Header: http.Header{"Set-Cookie": {line}}}
		hooks.Amend(x)
		for _, got := range x.Header["Set-Cookie"] {
			c := pavise.ParseSetCookie(got)
			if pavise.DefaultSessionName(c.Name) != "" && c.Domain == "" && !c.Deletes(d.now) && c.Size() < 4096 {
				t.Fatalf("%q leaves as %q", line, got)
			}
		}
	})
}

func TestShapes(t *testing.T) {
	for value, want := range map[string][2]string{
		"s%3Aabc.def": {"express-session", ""},
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln":                                               {"a JSON Web Token", "JSON in Base64"},
		"eyJ1c2VyIjoiYWxpY2UifQ==":                                                                {"", "JSON in Base64"},
		"eyJpdiI6IkFBQUEiLCJ2YWx1ZSI6IkIifQ%3D%3D":                                                {"Laravel", ""},
		"a%3A1%3A%7Bs%3A4%3A%22user%22%3Bi%3A1%3B%7D":                                             {"", "PHP data"},
		"%7B%22user%22%3A1%7D":                                                                    {"", "JSON"},
		"BAh7B0kiD3Nlc3Npb25faWQGOgZFVEki--0123456789abcdef0123456789abcdef01234567":              {"Rails or Rack", "a Ruby object in Base64"},
		".eJyrVipILC4uzy9KUbJSKkotLk1RqgUAY4QHaA.aR3kLw.c2lnbmF0dXJl":                             {"Flask", "packed JSON in Base64"},
		"CfDJ8KXAmplE_of_ASP_NET":                                                                 {"ASP.NET Core", ""},
		strings.Repeat("A", 43):                                                                   {"", ""},
		base64.RawURLEncoding.EncodeToString([]byte("\x01\x02random bytes that say nothing\xff")): {"", ""},
		base64.RawURLEncoding.EncodeToString([]byte("{\xd1 random bytes with a \" \xfe}")):        {"", ""},
		"0123456789abcdef0123456789abcdef":                                                        {"", ""},
	} {
		if got := [2]string{shapeOf(value), readable(value)}; got != want {
			t.Errorf("%.40q: %q, want %q", value, got, want)
		}
	}
	for range 2000 { // nothing of ours looks like anybody's
		b := make([]byte, 200)
		rand.Read(b)
		for _, value := range []string{newToken().String(), base64.RawURLEncoding.EncodeToString(b)} {
			if shapeOf(value) != "" || readable(value) != "" {
				t.Errorf("%s: %s %s", value, shapeOf(value), readable(value))
			}
		}
	}
}
