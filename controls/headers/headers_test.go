package headers

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise"
)

var site = pavise.Site{Hosts: []string{"shop.example.com"}}

// family is every control of the package, in the order of the catalogue.
var family = []pavise.Control{
	NoSniff{}, Frame{}, CSP{}, Referrer{}, Permissions{}, Opener{}, Resource{}, OriginAgent{},
	DNSPrefetch{}, Download{}, CrossDomain{}, XSSFilter{}, Cache{}, Fingerprint{}, Obsolete{},
}

// head makes a header of "Name: value" lines.
func head(lines ...string) http.Header {
	h := http.Header{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	return h
}

// A trip is one request through controls, and what came of it.
type trip struct {
	name   string
	url    string // "" is the https home page
	cookie string
	status int // 0 is 200
	app    http.Header
	want   http.Header // the whole header that leaves
	note   string      // part of the one note; "" is none
}

func (c trip) request() *http.Request {
	if c.url == "" {
		c.url = "https://shop.example.com/"
	}
	r := httptest.NewRequest(http.MethodGet, c.url, nil)
	if c.cookie != "" {
		r.Header.Set("Cookie", c.cookie)
	}
	return r
}

// wrap puts controls in front of an app that answers with a header.
func wrap(t testing.TB, decide func(pavise.Decision), status int, app http.Header, controls ...pavise.Control) http.Handler {
	t.Helper()
	h, err := pavise.Recommend(controls).Wrap(pavise.Env{Site: site, Decide: decide}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, lines := range app {
			w.Header()[name] = slices.Clone(lines)
		}
		if status != 0 {
			w.WriteHeader(status)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// travel checks what leaves, twice: the second time must not differ and must not
// be noted again.
func travel(t *testing.T, control pavise.Control, trips []trip) {
	t.Helper()
	for _, c := range trips {
		t.Run(c.name, func(t *testing.T) {
			var notes []string
			decide := func(d pavise.Decision) { notes = append(notes, d.Reason) }
			h := wrap(t, decide, c.status, c.app, control)
			for range 2 {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, c.request())
				if got := w.Header(); !maps.EqualFunc(got, c.want, slices.Equal) {
					t.Errorf("sent\n%v, want\n%v", got, c.want)
				}
			}
			switch {
			case c.note == "" && len(notes) > 0, c.note != "" && len(notes) != 1:
				t.Errorf("notes %q, want %q", notes, c.note)
			case c.note != "" && !strings.Contains(notes[0], c.note):
				t.Errorf("note %q lacks %q", notes[0], c.note)
			}
		})
	}
}

// answer is a response of the site as evidence.
func answer(url string, status int, request, response http.Header) pavise.Answer {
	return pavise.Answer{
		Probe:    pavise.Ask(pavise.Request{URL: url, Header: request}),
		Response: &pavise.Response{Proto: "HTTP/1.1", Status: status, Header: response},
	}
}

func evidence(url string, answers ...pavise.Answer) *pavise.Evidence {
	return &pavise.Evidence{Taken: time.Now(), Target: pavise.Target{URL: url}, Answers: answers}
}

// page is evidence of one HTML page over https.
func page(lines ...string) *pavise.Evidence {
	h := head(lines...)
	h.Set("Content-Type", "text/html; charset=utf-8")
	return evidence("https://shop.example.com", answer("https://shop.example.com/", 200, nil, h))
}

// A verdict is what a rule comes to on evidence.
type verdict struct {
	name     string
	evidence *pavise.Evidence
	want     pavise.Outcome
	saw      string // part of it
}

func judged(t *testing.T, control pavise.Checker, rule string, verdicts []verdict) {
	t.Helper()
	for _, c := range verdicts {
		t.Run(c.name, func(t *testing.T) {
			f := finding(t, control, rule, c.evidence)
			if f.Outcome != c.want || !strings.Contains(f.Saw, c.saw) {
				t.Errorf("%s: %s, saw %q; want %s, %q", rule, f.Outcome, f.Saw, c.want, c.saw)
			}
		})
	}
}

func finding(t *testing.T, control pavise.Checker, rule string, e *pavise.Evidence) pavise.Finding {
	t.Helper()
	for _, f := range control.Check(e) {
		if f.Rule == rule {
			return f
		}
	}
	t.Fatalf("no finding for %s", rule)
	return pavise.Finding{}
}

// mistakes checks what Validate says, "" for nothing.
func mistakes(t *testing.T, cases map[string]pavise.Control) {
	t.Helper()
	for want, control := range cases {
		if got := fmt.Sprint(control.Validate()); got != want {
			t.Errorf("%+v: %s, want %s", control, got, want)
		}
	}
}

// weak is what a shop sends that fails every rule of the family at once.
func weak() http.Header {
	return head("Content-Type: text/html", "Server: Apache/2.4.1", "X-Powered-By: Express", "Via: 1.1 app-7",
		"Public-Key-Pins: max-age=1", "Expect-Ct: max-age=1", "Set-Cookie: connect.sid=abc; Path=/", "Cache-Control: public, max-age=60")
}

// TestLaw holds the law of the house within the family: the naked shop fails
// every rule, and each control alone makes its own rules pass.
func TestLaw(t *testing.T) {
	for _, control := range family {
		check := control.(pavise.Checker).Check
		naked := evidence("https://shop.example.com", answer("https://shop.example.com/", 200, nil, weak()))
		for _, f := range check(naked) {
			if f.Outcome != pavise.Fail && !control.Doc().Rule(f.Rule).Owner {
				t.Errorf("%s: naked: %s, saw %q", f.Rule, f.Outcome, f.Saw)
			}
		}
		h := wrap(t, nil, 0, weak(), control)
		shielded := evidence("https://shop.example.com")
		ask := func(p pavise.Probe) {
			r := httptest.NewRequest(http.MethodGet, p.Request.URL, nil)
			maps.Copy(r.Header, p.Request.Header)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			shielded.Add(pavise.Answer{Probe: p, Response: &pavise.Response{Proto: "HTTP/1.1", Status: w.Code, Header: w.Header()}})
		}
		ask(pavise.Ask(pavise.Request{URL: "https://shop.example.com/"}))
		if prober, ok := control.(pavise.Prober); ok {
			for _, p := range prober.Probes(shielded) {
				ask(p)
			}
		}
		for _, f := range check(shielded) {
			if f.Outcome != pavise.Pass && !control.Doc().Rule(f.Rule).Owner {
				t.Errorf("%s: shielded: %s, saw %q", f.Rule, f.Outcome, f.Saw)
			}
		}
	}
}

// TestDoc holds that every finding has its rule, and every rule is complete.
func TestDoc(t *testing.T) {
	for _, control := range family {
		doc := control.Doc()
		if doc.ID == "" || doc.Title == "" || doc.Why == "" || doc.Enforces == "" || doc.Verifies == "" {
			t.Errorf("%T: incomplete doc", control)
		}
		for _, r := range doc.Rules {
			if !strings.HasPrefix(r.ID, doc.ID+".") || r.Title == "" || r.Severity == 0 || len(r.References) == 0 ||
				r.Fix.Express == "" || !r.Owner && (r.Fix.Pavise == "" || r.Fix.Nginx == "") {
				t.Errorf("%s: incomplete", r.ID)
			}
		}
		found := control.(pavise.Checker).Check(page())
		if len(found) != len(doc.Rules) {
			t.Errorf("%s: %d findings for %d rules", doc.ID, len(found), len(doc.Rules))
		}
		for _, f := range found {
			doc.Rule(f.Rule) // panics if there is none
		}
	}
}

// TestUnknown holds that what nobody saw never passes, and that what is no page
// is not judged as one.
func TestUnknown(t *testing.T) {
	for _, control := range family {
		for _, f := range control.(pavise.Checker).Check(evidence("https://shop.example.com")) {
			if f.Outcome != pavise.Unknown {
				t.Errorf("%s: without an answer: %s", f.Rule, f.Outcome)
			}
		}
	}
	redirect := evidence("https://shop.example.com", answer("https://shop.example.com/", 302, nil, head("Content-Type: text/html")))
	data := evidence("https://shop.example.com", answer("https://shop.example.com/", 200, nil, head("Content-Type: application/json")))
	for _, control := range []pavise.Checker{Frame{}, CSP{}, Referrer{}, Permissions{}, Opener{}, OriginAgent{}, DNSPrefetch{}, XSSFilter{}} {
		for _, e := range []*pavise.Evidence{redirect, data} {
			if f := control.Check(e)[0]; f.Outcome != pavise.Skip {
				t.Errorf("%s: without a page: %s", f.Rule, f.Outcome)
			}
		}
	}
}

// TestShared holds that what one response does to its header never reaches
// another: the value slices are shared.
func TestShared(t *testing.T) {
	h := wrap(t, nil, 0, head("Content-Security-Policy: frame-ancestors *"), family...)
	fetch := func() http.Header {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, trip{}.request())
		return w.Header()
	}
	first, second := fetch(), fetch()
	for name := range first {
		first[name] = append(first[name], "spoilt")
	}
	if third := fetch(); !maps.EqualFunc(second, third, slices.Equal) {
		t.Errorf("sent %v, then %v", second, third)
	}
}

// TestConcurrent lets many requests meet one conflict; the race detector looks on.
func TestConcurrent(t *testing.T) {
	var mu sync.Mutex
	noted := map[string]int{}
	decide := func(d pavise.Decision) {
		mu.Lock()
		defer mu.Unlock()
		noted[d.Control]++
	}
	h := wrap(t, decide, 0, head("X-Frame-Options: ALLOWALL", "Referrer-Policy: unsafe-url", "Permissions-Policy: camera=*", "Set-Cookie: sid=1",
		"Cache-Control: public"), family...)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				h.ServeHTTP(httptest.NewRecorder(), trip{}.request())
			}
		})
	}
	all.Wait()
	want := map[string]int{"headers.frame": 1, "headers.referrer": 1, "headers.permissions": 1, "headers.cache": 1}
	if !maps.Equal(noted, want) {
		t.Errorf("noted %v, want %v", noted, want)
	}
}

func TestClip(t *testing.T) {
	long := head("X-Frame-Options: " + strings.Repeat("ä", 10_000))
	f := finding(t, Frame{}, "headers.frame.present", page("X-Frame-Options: "+long.Get("X-Frame-Options")))
	if len(f.Saw) > 150 {
		t.Errorf("saw %d bytes", len(f.Saw))
	}
}

// BenchmarkAmend is what the whole family costs one response, beside the app's
// own header without it.
func BenchmarkAmend(b *testing.B) {
	app := head("Content-Type: text/html; charset=utf-8", "Content-Length: 1234", "Date: Mon, 01 Jan 2024 00:00:00 GMT",
		"Etag: W/\"1\"", "X-Powered-By: Express", "Server: nginx", "Vary: Accept-Encoding")
	var amends []func(*pavise.Exchange)
	for _, c := range slices.Backward(family) {
		hooks, err := c.(pavise.Enforcer).Enforce(pavise.Env{Site: site})
		if err != nil {
			b.Fatal(err)
		}
		amends = append(amends, hooks.Amend)
	}
	x := &pavise.Exchange{Request: trip{}.request(), Secure: true, Header: http.Header{}}
	for _, amend := range amends {
		amend(x)
	}
	sets := slices.Collect(maps.Keys(x.Header))
	run := func(b *testing.B, app http.Header, amends ...func(*pavise.Exchange)) {
		x := &pavise.Exchange{Request: trip{}.request(), Secure: true, Status: 200}
		b.ReportAllocs()
		for b.Loop() {
			x.Header = make(http.Header)
			for name, lines := range app {
				x.Header[name] = lines
			}
			for _, amend := range amends {
				amend(x)
			}
		}
	}
	// What the map itself costs: the same entries without a thought.
	lines := []string{"x"}
	bare := func(x *pavise.Exchange) {
		delete(x.Header, "X-Powered-By")
		delete(x.Header, "Server")
		for _, name := range sets {
			x.Header[name] = lines
		}
	}
	session := app.Clone()
	session.Set("Set-Cookie", "connect.sid=s%3Aabc; Path=/; HttpOnly")
	own := app.Clone()
	own.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'; object-src 'none'")
	own.Set("Referrer-Policy", "no-referrer")
	own.Set("Permissions-Policy", "camera=(), geolocation=(self)")
	b.Run("app alone", func(b *testing.B) { run(b, app) })
	b.Run("app and bare map", func(b *testing.B) { run(b, app, bare) })
	b.Run("family", func(b *testing.B) { run(b, app, amends...) })
	b.Run("family, session set", func(b *testing.B) { run(b, session, amends...) })
	b.Run("family, app has its own", func(b *testing.B) { run(b, own, amends...) })
}
