package catalog

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/internal/poison"
)

// BenchmarkChain is the bare chain, every control alone and the whole recommended
// policy, around an app that sets a cookie, for three kinds of request. What a
// control costs is its line less that of none.
func BenchmarkChain(b *testing.B) {
	for _, v := range visits() {
		b.Run(v.name, func(b *testing.B) {
			v.bench(b, "none", pavise.Recommend(nil))
			for _, c := range Controls() {
				if _, enforces := c.(pavise.Enforcer); enforces {
					v.bench(b, c.Doc().ID, pavise.Recommend([]pavise.Control{c}))
				}
			}
			v.bench(b, "all", pavise.Recommend(Controls()))
		})
	}
}

func (v *visit) bench(b *testing.B, name string, policy pavise.Policy) {
	chain := around(b, policy)
	v.enter(chain)
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v.to(chain)
		}
		v.check(b)
	})
}

// BenchmarkParallel shows whether requests wait for one another: beside one
// processor, two must take about half of the time each.
func BenchmarkParallel(b *testing.B) {
	chain := around(b, pavise.Recommend(Controls()))
	b.RunParallel(func(pb *testing.PB) {
		v := visits()[0]
		v.enter(chain)
		for pb.Next() {
			v.to(chain)
		}
		if v.response.status > http.StatusOK {
			b.Errorf("answered %d", v.response.status)
		}
	})
}

// TestAllocations holds what a request allocates on its way through every control.
func TestAllocations(t *testing.T) {
	if poison.On {
		t.Skip("the race detector and the poison allocate themselves")
	}
	const most = 15
	v := visits()[0]
	chain := around(t, pavise.Recommend(Controls()))
	v.enter(chain)
	n := testing.AllocsPerRun(1000, func() { v.to(chain) })
	v.check(t)
	t.Logf("%v allocations", n)
	if n > most {
		t.Errorf("a plain GET allocates %v times on its way through every control, and %d are enough", n, most)
	}
}

// around puts a policy in front of an app that sets a session cookie.
func around(t testing.TB, policy pavise.Policy) *pavise.Chain {
	app := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["Content-Type"], h["X-Powered-By"], h["Set-Cookie"] = pageType, poweredBy, sessionCookie
		w.Write(nil)
	})
	var asked atomic.Int64
	now := func() time.Time { // slow enough for login.rate: what it refuses is another benchmark
		return time.Unix(0, asked.Add(int64(10*time.Millisecond)))
	}
	chain, err := policy.Wrap(pavise.Env{Site: pavise.Site{Hosts: []string{"shop.example.com"}}, Now: now}, app)
	if err != nil {
		t.Fatal(err)
	}
	return chain
}

// What the app sets is made once, so that every allocation is the chain's.
var (
	pageType      = []string{"text/html; charset=utf-8"}
	poweredBy     = []string{"Express"}
	sessionCookie = []string{"connect.sid=s%3Aabc; Path=/; HttpOnly"}
)

// A visit is a request that is made again and again, as a server does that has its
// request and headers from a pool.
type visit struct {
	name     string
	request  http.Request
	header   http.Header
	body     string
	again    http.Request
	response sink
}

func visits() []*visit {
	page := newVisit("page", "GET", "/products?page=2", "")
	form := newVisit("form", "POST", "/cart", "product=17&quantity=2&note=as+a+gift")
	form.header["Origin"] = []string{"https://shop.example.com"}
	form.header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
	query := newVisit("query", "GET", "/search?"+twenty(), "")
	return []*visit{page, form, query}
}

// twenty are as many parameters.
func twenty() string {
	var b strings.Builder
	for i := range 20 {
		b.WriteString("&filter" + string(rune('a'+i)) + "=blue+or+green")
	}
	return b.String()[1:]
}

func newVisit(name, method, target, body string) *visit {
	r := httptest.NewRequest(method, "https://shop.example.com"+target, strings.NewReader(body))
	if body == "" {
		r.Body = http.NoBody
	}
	return &visit{name: name, request: *r, body: body,
		header: http.Header{
			"User-Agent":      {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
			"Accept":          {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
			"Accept-Language": {"en"},
			"Accept-Encoding": {"gzip, deflate, br"},
			"Cookie":          {"__Host-theme=dark; lang=en"},
			"Sec-Fetch-Site":  {"same-origin"},
			"Sec-Fetch-Mode":  {"navigate"},
			"Sec-Fetch-Dest":  {"document"},
		},
		response: sink{header: make(http.Header, 32)}}
}

// enter comes for the first time, and keeps the handle that a session gets.
func (v *visit) enter(h http.Handler) {
	for range 2 { // and once more, as who comes back
		v.to(h)
		for _, line := range v.response.header["Set-Cookie"] {
			if pair, _, _ := strings.Cut(line, ";"); strings.HasPrefix(pair, "__Host-visit=") {
				own, _, _ := strings.Cut(v.header["Cookie"][0], "; __Host-visit=")
				v.header["Cookie"] = []string{own + "; " + pair}
			}
		}
	}
}

// to sends it once more.
func (v *visit) to(h http.Handler) {
	header := v.again.Header
	if header == nil {
		header = make(http.Header, 16)
	}
	clear(header)
	maps.Copy(header, v.header)
	v.again = v.request
	v.again.Header = header
	if v.body != "" {
		v.again.Body = io.NopCloser(strings.NewReader(v.body))
	}
	clear(v.response.header)
	h.ServeHTTP(&v.response, &v.again)
}

func (v *visit) check(t testing.TB) {
	if v.response.status != http.StatusOK {
		t.Fatalf("answered %d", v.response.status)
	}
}

// sink takes a response and keeps nothing.
type sink struct {
	header http.Header
	status int
	sent   http.Header // if it is kept
	keeps  bool
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(status int) {
	if s.status = status; s.keeps {
		s.sent = s.header.Clone()
	}
}
