package cookies

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pavise"
)

func TestTossingAdmit(t *testing.T) {
	const disguised, duplicate = "cookies.tossing.disguised", "cookies.tossing.duplicate"
	many := func(n int) string { return strings.Repeat("a=b; ", n-1) + "a=b" }
	for _, c := range []struct {
		name string
		sent []string
		rule string
	}{
		{"none", nil, ""},
		{"honest", []string{"connect.sid=1; theme=größe; lang=\"x y\"; $=; ;a b=1"}, disguised}, // a name that begins with $
		{"utf-8 value", []string{"connect.sid=1; theme=größe; lang=\"x y\";; =; a b=1; %20=1; foo%2Fauth=1"}, ""},
		{"same name for two paths", []string{"theme=1; theme=2", "theme=3"}, ""},
		{"version", []string{"$Version=1; sid=1"}, disguised},
		{"en quad", []string{"a=b; \u2000__Host-sid=1"}, disguised},
		{"next line", []string{"\x85__Host-sid=1"}, disguised},
		{"no-break space", []string{"a=b;\u00a0sid=1"}, disguised},
		{"after the name", []string{"sid\u2000=1"}, disguised},
		{"tab", []string{"a=b; \tsid=1"}, disguised},
		{"control", []string{"\x00sid=1"}, disguised},
		{"percent", []string{"__%48ost-sid=1"}, disguised},
		{"percent default", []string{"%63onnect.sid=1"}, disguised},
		{"percent blank", []string{"%E2%80%80__Host-sid=1"}, disguised},
		{"dots for underscores", []string{"..Host-sid=1"}, disguised},
		{"bracket for an underscore", []string{"_[Secure-sid=1"}, disguised},
		{"session twice", []string{"connect.sid=1; a=b; connect.sid=2"}, duplicate},
		{"session in two lines", []string{"connect.sid=1", "connect.sid=2"}, duplicate},
		{"session in other letters", []string{"PHPSESSID=1; phpsessid=2"}, duplicate},
		{"session in dots", []string{"laravel_session=1; laravel.session=2"}, duplicate},
		{"session without value", []string{"connect.sid=1; connect.sid"}, duplicate},
		{"session with a blank", []string{"connect.sid=1; connect.sid =2"}, duplicate},
		{"guarded in other letters", []string{"__Host-x=1; __hOST-x=2"}, duplicate},
		{"guarded, both prefixes", []string{"__Host-x=1; __Secure-x=2"}, ""},
		{"most", []string{many(100), many(80)}, ""},
		{"too many", []string{many(100), many(81)}, duplicate},
		{"biggest", []string{"a=" + strings.Repeat("x", maxHeader-2)}, ""},
		{"too big", []string{"a=" + strings.Repeat("x", maxHeader-4), "b=c"}, duplicate},
		{"only blanks", []string{strings.Repeat(";", maxHeader)}, ""},
	} {
		s := guard(t, func(http.ResponseWriter, *http.Request) {}, Tossing{})
		w := httptest.NewRecorder()
		s.ServeHTTP(w, request(false, "/", c.sent...))
		rule, status := "", 200
		if len(s.said) == 1 {
			rule = s.said[0].Rule
		}
		if c.rule != "" {
			status = 400
		}
		if w.Code != status || rule != c.rule {
			t.Errorf("%s: %d by %q, want %q", c.name, w.Code, rule, c.rule)
		}
	}
}

// A visitor in whose browser somebody has planted a raw cookie is let in: Rename
// stands before Tossing and drops it.
func TestNobodyIsLockedOut(t *testing.T) {
	for sent, want := range map[string]string{
		"connect.sid=evil; connect.sid=worse; __Host-sid=1": "connect.sid=1",
		"__Secure-sid=evil; __Host-sid=1":                   "connect.sid=1",
		"%63onnect.sid=evil; __Host-sid=1":                  "connect.sid=1",
		"__Host-sid=1; __Host-sid=2":                        "refused",
		"\u2000__Host-sid=evil; __Host-sid=1":               "refused",
		"__Secure-sid=1; __Secure-sid=2":                    "refused",
	} {
		got := received(func(app http.HandlerFunc) *shield { return guard(t, app, sid, Tossing{}) }, request(true, "/", sent))
		if got != want {
			t.Errorf("%q: %q, want %q", sent, got, want)
		}
	}
}

func TestRefusalShowsNoValue(t *testing.T) {
	s := guard(t, setting(), Tossing{})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, request(true, "/", "connect.sid=s3cret; connect.sid=s3cret2"))
	if all := fmt.Sprint(s.said, w.Body); strings.Contains(all, "s3cret") || s.said[0].Saw != "connect.sid" {
		t.Errorf("%v\n%s", s.said, w.Body)
	}
}

// A shop gives a session to whom it does not know, and finds its cookie as
// carelessly as real servers do.
type shop struct {
	trims   bool // around names, as Unicode says
	last    bool // takes the last of two cookies
	rotates bool // gives a new session with every answer
	prolong bool // gives the same session again with every answer
	any     bool // gives none to whoever has any cookie
	status  int  // to whoever has a cookie; 0 is 200
	given   map[string]bool
}

func (s *shop) session(r *http.Request) string {
	found := ""
	for pair := range strings.SplitSeq(strings.Join(r.Header["Cookie"], ";"), ";") {
		name, value, _ := strings.Cut(strings.TrimLeft(pair, " "), "=")
		if s.trims {
			name = strings.TrimSpace(name)
		}
		if name == "connect.sid" && (found == "" || s.last) {
			found = value
		}
	}
	return found
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	found, visitor := s.session(r), r.Header["Cookie"] == nil
	known := s.given[found]
	switch {
	case s.status != 0 && !visitor:
		w.WriteHeader(s.status)
	case known && s.prolong:
		w.Header().Add("Set-Cookie", "connect.sid="+found+"; Path=/; Max-Age=900")
	case s.rotates || !known && (visitor || !s.any):
		if s.given == nil {
			s.given = map[string]bool{}
		}
		fresh := fmt.Sprintf("known%d", len(s.given))
		s.given[fresh] = true
		w.Header().Add("Set-Cookie", "connect.sid="+fresh+"; Path=/")
	}
}

// ask collects what Tossing wants to know, round after round, from a handler.
func ask(t *testing.T, h http.Handler) *pavise.Evidence {
	t.Helper()
	e := &pavise.Evidence{Taken: noon, Target: pavise.Target{URL: "https://shop.example.com"}}
	for range 3 {
		for _, p := range (Tossing{}).Probes(e) {
			if e.Answer(p) != nil {
				continue
			}
			r := httptest.NewRequest("GET", p.Request.URL, nil)
			for name, values := range p.Request.Header {
				r.Header[name] = values
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			e.Add(pavise.Answer{Probe: p, Response: &pavise.Response{Status: w.Code, Header: w.Result().Header}})
		}
	}
	if n := len(e.Answers); n > 6 {
		t.Errorf("%d requests", n)
	}
	return e
}

func TestTossingCheck(t *testing.T) {
	const pass, fail, unknown = pavise.Pass, pavise.Fail, pavise.Unknown
	shielded := func(s *shop, controls ...pavise.Control) http.Handler { return guard(t, s.ServeHTTP, controls...) }
	for _, c := range []struct {
		name                 string
		site                 http.Handler
		disguised, duplicate pavise.Outcome
	}{
		{"weak", &shop{trims: true}, fail, fail},
		{"weak, last", &shop{trims: true, last: true}, fail, fail},
		{"weak, prolongs", &shop{trims: true, prolong: true}, fail, fail},
		{"exact", &shop{}, pass, fail},
		{"rotates", &shop{trims: true, rotates: true}, unknown, unknown},
		{"gives none to any cookie", &shop{any: true}, unknown, unknown},
		{"refuses all cookies", &shop{status: 403}, unknown, unknown},
		{"down", &shop{status: 503}, unknown, unknown},
		{"no session", http.HandlerFunc(setting("theme=1")), pavise.Skip, pavise.Skip},
		{"shielded", shielded(&shop{trims: true}, Tossing{}), pass, pass},
		{"shielded, rotates", shielded(&shop{trims: true, rotates: true}, Tossing{}), pass, pass},
		{"shielded, all", shielded(&shop{trims: true}, Rename{}, Tossing{}, Flags{}), pass, pass},
		{"shielded, named", shielded(&shop{trims: true, last: true}, sid, Tossing{}), pass, pass},
	} {
		e := ask(t, c.site)
		found := outcomes(t, Tossing{}, e)
		got := [2]pavise.Outcome{found["cookies.tossing.disguised"].Outcome, found["cookies.tossing.duplicate"].Outcome}
		if got != [2]pavise.Outcome{c.disguised, c.duplicate} {
			t.Errorf("%s: %v, want %v and %v: %v", c.name, got, c.disguised, c.duplicate, found)
		}
		for _, f := range found {
			if f.Outcome == 0 || f.Saw == "" || strings.Contains(f.Saw+f.Proof.Command+f.Proof.Received, "known") && f.Outcome == fail {
				t.Errorf("%s: %+v", c.name, f)
			}
		}
	}
	empty := &pavise.Evidence{Taken: noon, Target: pavise.Target{URL: "https://shop.example.com"}}
	for rule, f := range outcomes(t, Tossing{}, empty) {
		if f.Outcome != unknown {
			t.Errorf("%s: %v without evidence", rule, f.Outcome)
		}
	}
}

func BenchmarkTossing(b *testing.B) {
	x := &pavise.Exchange{Request: request(true, "/", "_ga=GA1.1.1234; theme=dark; lang=en; connect.sid=s%3Aabcdefghijklmnopqrstuvwx; seen=1")}
	b.ReportAllocs()
	for b.Loop() {
		if admit(x) != nil {
			b.Fatal("refused")
		}
	}
}
