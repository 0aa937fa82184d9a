package grade

import (
	"net/http"
	"strings"
	"testing"

	"pavise"
)

// home is evidence of a site whose home page is answered so.
func home(status int, body string, header ...string) *pavise.Evidence {
	e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.example.com"}}
	h := http.Header{"Content-Type": {"text/html"}}
	for i := 0; i < len(header); i += 2 {
		h.Add(header[i], header[i+1])
	}
	e.Add(pavise.Answer{Probe: e.Target.Home(), Response: &pavise.Response{Status: status, Header: h, Body: []byte(body)}})
	return e
}

// TestObservatory holds a few scores to what the rules add up to; test/observatory
// compares many with those of MDN's grader.
func TestObservatory(t *testing.T) {
	for _, c := range []struct {
		name   string
		e      *pavise.Evidence
		score  int
		letter string
	}{
		{"nothing", home(200, ""), 30, "D"},
		{"forbidden", home(403, "", "X-Content-Type-Options", "nosniff"), 35, "D"},
		{"good", home(200, "", "X-Content-Type-Options", "nosniff", "X-Frame-Options", "DENY",
			"Content-Security-Policy", "default-src 'self'", "Strict-Transport-Security", "max-age=31536000"), 105, "A+"},
		{"bonus withheld", home(200, "", "X-Content-Type-Options", "nosniff", "X-Frame-Options", "DENY",
			"Content-Security-Policy", "default-src 'self'", "Referrer-Policy", "no-referrer"), 80, "B+"},
		{"worst", home(200, `<script src="http://cdn.example/a.js"></script>`, "Set-Cookie", "sess=a"), 0, "F"},
	} {
		if g, ok := Observatory(c.e); !ok || g.Score != c.score || g.Letter != c.letter {
			t.Errorf("%s: %v %v, want %d %s", c.name, g, ok, c.score, c.letter)
		}
	}
}

// TestNoObservatory: what the Observatory refuses to grade, or nobody could look at,
// has no grade.
func TestNoObservatory(t *testing.T) {
	unanswered := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.example.com"}}
	unanswered.Add(pavise.Answer{Probe: unanswered.Target.Home(), Error: "connection refused"})
	for name, e := range map[string]*pavise.Evidence{
		"not asked": {}, "unanswered": unanswered, "server error": home(500, ""), "missing": home(404, ""),
		"leads away": home(302, "", "Location", "https://www.example.com/"),
	} {
		if g, ok := Observatory(e); ok {
			t.Errorf("%s: %v", name, g)
		}
	}
}

// TestLoop: a redirect that leads to itself ends.
func TestLoop(t *testing.T) {
	if g, ok := Observatory(home(302, "", "Location", "/")); ok {
		t.Error(g)
	}
}

func TestDeepPage(t *testing.T) {
	g, ok := Observatory(home(200, strings.Repeat("<div>", 60_000)+`<script src="https://cdn.example/a.js"></script>`))
	if !ok || g.Score > 30 {
		t.Errorf("%v %v", g, ok)
	}
}

func FuzzObservatory(f *testing.F) {
	f.Add("default-src 'self'; script-src 'nonce-a' 'strict-dynamic'", "a=b; Secure", "max-age=1", `<meta http-equiv=Content-Security-Policy content="img-src *"><script src=//a>`)
	f.Add("a/%zz;b", "=; domain=.", "max-age=-", "<base href=//x><template><script src=a>")
	f.Fuzz(func(t *testing.T, csp, cookie, hsts, body string) {
		g, ok := Observatory(home(200, body, "Content-Security-Policy", csp, "Set-Cookie", cookie, "Strict-Transport-Security", hsts))
		if !ok || g.Score < 0 || g.Score > 145 || g.Letter == "" {
			t.Errorf("%v %v", g, ok)
		}
	})
}
