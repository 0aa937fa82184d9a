package pavise

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// modeByHand is what the index must agree with: the most specific pattern that
// matches, the first of equals, and what is everywhere last.
func modeByHand(p Policy, id string, r *http.Request, now time.Time) Mode {
	type candidate struct {
		Pattern
		everywhere bool
		mode       Mode
	}
	var list []candidate
	for _, s := range p {
		if s.Mode == Enforce || s.Control.Doc().ID != id || s.ended(now) {
			continue
		}
		if s.Paths == nil {
			list = append(list, candidate{everywhere: true, mode: s.Mode})
		}
		for _, path := range s.Paths {
			if pattern, _ := ParsePattern(path); pattern.Match(r) {
				list = append(list, candidate{Pattern: pattern, mode: s.Mode})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		switch {
		case a.everywhere == b.everywhere:
			return a.Compare(b.Pattern)
		case b.everywhere:
			return -1
		}
		return 1
	})
	if len(list) == 0 {
		return Enforce
	}
	return list[0].mode
}

// A die makes policies and requests of few words, so that much of it meets.
type die struct{ *rand.Rand }

func (d die) of(words ...string) string { return words[d.IntN(len(words))] }

func (d die) path(words ...string) string {
	var b strings.Builder
	for range 1 + d.IntN(4) {
		b.WriteString("/" + d.of(words...))
	}
	return b.String()
}

func (d die) pattern() string {
	path := d.path("a", "b", "*")
	switch d.IntN(4) {
	case 0:
		path += "/**"
	case 1:
		path += "/"
	}
	return d.of("", "", "GET ", "POST ") + d.of(path, path, path, path, "/**", "/")
}

var testIDs = []string{"t.one", "t.two", "t.three"}

func (d die) policy(now time.Time) Policy {
	var p Policy
	for _, id := range testIDs {
		p = append(p, Setting{Control: testControl{id, Hooks{Admit: refuse(403)}}})
	}
	for range d.IntN(24) {
		s := Setting{Control: p[d.IntN(len(testIDs))].Control, Mode: Observe + Mode(d.IntN(2)), Reason: "test"}
		for range 1 + d.IntN(2) {
			s.Paths = append(s.Paths, d.pattern())
		}
		switch d.IntN(8) {
		case 0:
			s.Paths = nil
		case 1:
			s.Until = now
		case 2:
			s.Until = now.Add(time.Second)
		}
		p = append(p, s)
	}
	return p
}

func (d die) request() *http.Request {
	r := httptest.NewRequest(d.of("GET", "POST", "PUT"), "/", nil)
	r.URL.Path = d.path("a", "b", "c", "*", "a%2fb", "..", "") + d.of("", "", "/")
	r.URL.RawPath = d.of("", "", "", strings.ReplaceAll(r.URL.Path, "a", "%61"), strings.ReplaceAll(r.URL.Path, "/b", "%2Fb"))
	return r
}

func agrees(t *testing.T, d die) {
	now := time.Unix(1_800_000_000, 0)
	p := d.policy(now)
	chain, err := p.Wrap(Env{Now: func() time.Time { return now }}, http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		r := d.request()
		x := Exchange{weak: chain.exceptions.modes(nil, len(chain.ids), r, chain.env.Now)}
		for i, id := range testIDs {
			if got, want := x.mode(i), modeByHand(p, id, r, now); got != want {
				t.Fatalf("%s %s (%s): %s is %s, not %s; policy %v", r.Method, r.URL.Path, r.URL.RawPath, id, got, want, p[len(testIDs):])
			}
		}
	}
}

func TestExceptionsAgreeWithPatterns(t *testing.T) {
	for seed := range uint64(500) {
		agrees(t, die{rand.New(rand.NewPCG(seed, 1))})
	}
}

func FuzzExceptions(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) { agrees(t, die{rand.New(rand.NewPCG(a, b))}) })
}

// TestManyExceptions counts what is allocated: with ten thousand exceptions it must
// be what it is with one.
func TestManyExceptions(t *testing.T) {
	run := func(n int) float64 {
		h, r := weakened(t, n)
		w := httptest.NewRecorder()
		return testing.AllocsPerRun(100, func() { h.ServeHTTP(w, r) })
	}
	if one, many := run(1), run(10_000); many > one+1 {
		t.Errorf("one exception: %v allocations, ten thousand: %v", one, many)
	}
}

// weakened has so many exceptions, by pairs of which one has a * in it, and a
// request that two of them are for.
func weakened(t testing.TB, n int) (http.Handler, *http.Request) {
	p := Policy{{Control: testControl{"t.refuses", Hooks{Admit: refuse(403)}}}}
	for i := range n {
		path := fmt.Sprintf("POST /hooks/%d", i)
		if i%2 == 1 {
			path = fmt.Sprintf("/*/%d/**", i-1)
		}
		p = append(p, Setting{Control: p[0].Control, Mode: Off, Reason: "test", Paths: []string{path}})
	}
	h, err := p.Wrap(Env{}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	if err != nil {
		t.Fatal(err)
	}
	return h, httptest.NewRequest("POST", "/hooks/0", nil)
}

func BenchmarkExceptions(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h, r := weakened(b, n)
			w := httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				w.Body.Reset()
				h.ServeHTTP(w, r)
			}
		})
	}
}
