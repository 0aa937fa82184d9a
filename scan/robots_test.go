package scan

import (
	"net/http"
	"strings"
	"testing"

	"pavise"
)

func TestRobots(t *testing.T) {
	const text = "\xef\xbb\xbfUser-Agent: other\nDisallow: /\n\n" +
		"user-agent: *\nDisallow: /all\n\n" +
		"USER-AGENT: Pavise/2.0 # us\nUser-agent: third\nDisallow: /private\nAllow: /private/shown\nDisallow: /*.pdf$\nDisallow: /a%3cd\nDisallow: /é\nDisallow:\nallow: /%7Ejoe\ndisallow: /~joe\n\n" +
		"Sitemap: x\nuser-agent: PAVISE\nDisallow: /more\nDisallow: /*/deep*end\n"
	mine := parseRobots([]byte(text), false)
	for path, barred := range map[string]bool{
		"/": false, "/all": false, "/private": true, "/privately": true, "/private/shown/x": false, "/x.pdf": true, "/x.pdf?v=1": false,
		"/a%3Cd": true, "/a<d": true, "/%C3%A9": true, "/~joe": false, "/more/x": true, "/a/deep/x/end": true, "/a/deep": false, "/robots.txt": false,
	} {
		if got := mine.bars("https://a.test" + path); got != barred {
			t.Errorf("%s: %v, want %v", path, got, barred)
		}
	}
	everybody := parseRobots([]byte("User-agent: *\nDisallow: /all\rAllow: /\n"), false)
	if !everybody.bars("https://a.test/all") || everybody.bars("https://a.test/") {
		t.Errorf("%+v", everybody)
	}
	if cut := parseRobots([]byte("User-agent: *\nDisallow: /a\nDisallow: /"), true); cut.bars("https://a.test/b") {
		t.Error("half a rule was obeyed")
	}
	huge := parseRobots([]byte("User-agent: *\n"+strings.Repeat("Disallow: /x\n", 3*maxRobotRules)), false)
	if len(huge.rules) != maxRobotRules {
		t.Errorf("%d rules", len(huge.rules))
	}
}

// TestRobotsThatCannotBeRead: no file allows everything, a server that fails nothing.
func TestRobotsThatCannotBeRead(t *testing.T) {
	answer := func(status int, kind string) *pavise.Answer {
		return &pavise.Answer{Response: &pavise.Response{Status: status, Header: http.Header{"Content-Type": {kind}}, Body: []byte("User-agent: *\nDisallow: /")}}
	}
	for _, tt := range []struct {
		a      *pavise.Answer
		barred bool
	}{
		{&pavise.Answer{Error: "reset"}, true}, {answer(503, "text/plain"), true}, {answer(429, "text/plain"), true},
		{answer(404, "text/plain"), false}, {answer(403, "text/plain"), false}, {answer(302, "text/plain"), false},
		{answer(200, "text/html; charset=utf-8"), false}, {answer(200, "text/plain"), true},
	} {
		if got := robotsFrom(tt.a).bars("https://a.test/x"); got != tt.barred {
			t.Errorf("%+v: %v", tt.a, got)
		}
	}
}

// FuzzRobots: no file makes the parser panic, and an escape bars what its byte does.
func FuzzRobots(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /*a*$\nAllow: %4"), "/a%41")
	f.Add([]byte("user-agent:pavise\r\rdisallow:*"), "/")
	f.Fuzz(func(t *testing.T, text []byte, path string) {
		r := parseRobots(text, len(text)%2 == 0)
		if len(r.rules) > maxRobotRules {
			t.Errorf("%d rules", len(r.rules))
		}
		r.bars("https://a.test/" + path)
		if once := normalPath(path); normalPath(once) != once {
			t.Errorf("%q becomes %q and then %q", path, once, normalPath(once))
		}
	})
}
