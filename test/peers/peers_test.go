// Package peers measures the chain beside what Go programs use instead of it. It is
// a module of its own, so that Pavise does not depend on them: make peers.
package peers

import (
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/go-chi/httprate"
	"github.com/justinas/nosurf"
	"github.com/unrolled/secure"

	"pavise"
	"pavise/catalog"
	"pavise/controls/headers"
	"pavise/controls/login"
	"pavise/controls/requests"
	"pavise/controls/transport"
)

type middleware = func(http.Handler) http.Handler

// ours is some controls as a Go program uses them.
func ours(t testing.TB, controls ...pavise.Control) middleware {
	m, err := pavise.Protect(pavise.Site{Hosts: []string{"shop.example.com"}}, controls...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The same eleven headers, by both.
var ourHeaders = []pavise.Control{
	transport.HSTS{}, headers.NoSniff{}, headers.Frame{}, headers.CSP{}, headers.Referrer{}, headers.Permissions{}, headers.Opener{},
	headers.Resource{}, headers.DNSPrefetch{}, headers.CrossDomain{}, headers.XSSFilter{},
}

var theirHeaders = secure.New(secure.Options{
	STSSeconds: 63072000, STSIncludeSubdomains: true, ForceSTSHeader: true,
	ContentTypeNosniff:            true,
	CustomFrameOptionsValue:       "SAMEORIGIN",
	ContentSecurityPolicy:         "object-src 'none'; base-uri 'self'; frame-ancestors 'self'",
	ReferrerPolicy:                "strict-origin-when-cross-origin",
	PermissionsPolicy:             "camera=(self), display-capture=(self), geolocation=(self), hid=(self), microphone=(self), midi=(self), serial=(self), usb=(self)",
	CrossOriginOpenerPolicy:       "same-origin-allow-popups",
	CrossOriginResourcePolicy:     "same-site",
	XDNSPrefetchControl:           "off",
	XPermittedCrossDomainPolicies: "none",
	CustomBrowserXssValue:         "0",
}).Handler

func app(w http.ResponseWriter, _ *http.Request) {
	w.Header()["Content-Type"] = pageType
	w.WriteHeader(http.StatusOK)
}

var pageType = []string{"text/html; charset=utf-8"}

// A visit is made again and again, as a server does that has its request and its
// headers from a pool.
type visit struct {
	method string
	header http.Header
}

var page = visit{"GET", http.Header{"Cookie": {"__Host-theme=dark; lang=en"}, "Sec-Fetch-Site": {"same-origin"}}}

// runner returns what makes the visit once more, and the headers of its last answer.
func (v visit) runner(t testing.TB, h http.Handler) (once func(), answered http.Header) {
	from := httptest.NewRequest(v.method, "https://shop.example.com/products?page=2", nil)
	from.Body = http.NoBody
	asked := make(http.Header, 16)
	r, w := new(http.Request), &sink{header: make(http.Header, 32)}
	return func() {
		*r = *from
		clear(asked)
		maps.Copy(asked, v.header)
		r.Header = asked
		clear(w.header)
		if h.ServeHTTP(w, r); w.status != http.StatusOK {
			t.Fatalf("answered %d", w.status)
		}
	}, w.header
}

type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(status int)      { s.status = status }

func (v visit) bench(b *testing.B, name string, around ...middleware) {
	var h http.Handler = http.HandlerFunc(app)
	for _, m := range slices.Backward(around) {
		h = m(h)
	}
	b.Run(name, func(b *testing.B) {
		once, _ := v.runner(b, h)
		b.ReportAllocs()
		for b.Loop() {
			once()
		}
	})
}

func TestSameHeaders(t *testing.T) {
	sent := func(m middleware) http.Header {
		once, h := page.runner(t, m(http.HandlerFunc(app)))
		once()
		h["Content-Security-Policy"] = []string{strings.Join(h["Content-Security-Policy"], "; ")}
		return h
	}
	if a, b := sent(ours(t, ourHeaders...)), sent(theirHeaders); !maps.EqualFunc(a, b, slices.Equal[[]string]) {
		t.Errorf("not the same is compared:\n%v\n%v", a, b)
	}
}

func BenchmarkHeaders(b *testing.B) {
	page.bench(b, "app")
	page.bench(b, "pavise", ours(b, ourHeaders...))
	page.bench(b, "secure", theirHeaders)
}

// BenchmarkOrigin judges the sender of a POST: by Sec-Fetch-Site, by Origin where an
// old browser has no more, and by a token, as nosurf does.
func BenchmarkOrigin(b *testing.B) {
	fetch := visit{"POST", http.Header{"Cookie": {"lang=en"}, "Sec-Fetch-Site": {"same-origin"}}}
	origin := visit{"POST", http.Header{"Cookie": {"lang=en"}, "Origin": {"https://shop.example.com"}}}
	fetch.bench(b, "app")
	fetch.bench(b, "fetch/pavise", ours(b, requests.Origin{}))
	fetch.bench(b, "fetch/net-http", http.NewCrossOriginProtection().Handler)
	origin.bench(b, "origin/pavise", ours(b, requests.Origin{}))
	origin.bench(b, "origin/net-http", http.NewCrossOriginProtection().Handler)
	withToken(b, fetch).bench(b, "token/nosurf", surf)
}

func surf(next http.Handler) http.Handler {
	h := nosurf.New(next)
	h.SetIsTLSFunc(func(*http.Request) bool { return true })
	return h
}

// withToken is a visit by somebody who has been given a token.
func withToken(t testing.TB, v visit) visit {
	token := ""
	h := surf(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { token = nosurf.Token(r) }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "https://shop.example.com/", nil))
	header := maps.Clone(v.header)
	header["Cookie"] = []string{v.header["Cookie"][0] + "; " + w.Result().Cookies()[0].Name + "=" + w.Result().Cookies()[0].Value}
	header["X-Csrf-Token"] = []string{token}
	header["Origin"] = []string{"https://shop.example.com"}
	return visit{v.method, header}
}

const without = 1_000_000 // what a limit refuses is another benchmark

var limit = httprate.LimitBy(1<<40, time.Minute, func(r *http.Request) (string, error) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return httprate.CanonicalizeIP(host), err
})

func BenchmarkRate(b *testing.B) {
	page.bench(b, "app")
	page.bench(b, "pavise", ours(b, login.Rate{Rate: without, Burst: without}))
	page.bench(b, "httprate", limit)
}

// BenchmarkStack is every control of the catalogue beside the four peers in a row,
// which do less: they set headers, check a token, count, and load a session from
// memory. No control of ours does the last, which stands for itself: [BenchmarkSessions].
func BenchmarkStack(b *testing.B) {
	var all []pavise.Control
	for _, c := range catalog.Controls() {
		if c.Doc().ID == "login.rate" {
			c = login.Rate{Rate: without, Burst: without}
		}
		all = append(all, c)
	}
	page.bench(b, "app")
	page.bench(b, "pavise", ours(b, all...))
	known := withToken(b, page)
	known.bench(b, "secure+nosurf+httprate", theirHeaders, surf, limit)
	sessions := scs.New()
	withSession(b, sessions, known).bench(b, "secure+nosurf+httprate+scs", theirHeaders, surf, limit, sessions.LoadAndSave)
}

// withSession is a visit by somebody who has a session.
func withSession(t testing.TB, sessions *scs.SessionManager, v visit) visit {
	h := sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { sessions.Put(r.Context(), "user", "alice") }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "https://shop.example.com/", nil))
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies were set", len(cookies))
	}
	header := maps.Clone(v.header)
	header["Cookie"] = []string{v.header["Cookie"][0] + "; " + cookies[0].Name + "=" + cookies[0].Value}
	return visit{v.method, header}
}
