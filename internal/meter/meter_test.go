package meter

import (
	"fmt"
	"math"
	"sync"
	"testing"
	"time"
)

var page = Exchange{Site: "shop", Proto: 2, Method: "GET", Status: 200, Sent: 10, Received: 3, Took: 20 * time.Millisecond,
	Backend: "http://127.0.0.1:3000", Asked: time.Unix(1, 0), Waited: 15 * time.Millisecond}

func with(change func(*Exchange)) *Exchange {
	e := page
	change(&e)
	return &e
}

// TestCounts: everything is counted once, however many count at a time, and what a
// stranger chooses makes nothing new to count.
func TestCounts(t *testing.T) {
	r := New(time.Unix(0, 0))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 100 {
				r.Over(with(func(e *Exchange) { e.Method = fmt.Sprintf("X%d-%d", i, n) }))
			}
		})
	}
	all.Wait()
	for _, e := range []*Exchange{
		with(func(e *Exchange) { e.Status, e.Action, e.Backend = 403, "refused", "" }),
		with(func(e *Exchange) { e.Status, e.Failed = 502, true }),
		with(func(e *Exchange) { e.Status = 0 }),
		with(func(e *Exchange) { e.Status, e.Upgraded, e.Took, e.Proto = 101, true, time.Hour, 1 }),
		with(func(e *Exchange) { e.Status, e.Proto = 999, 77 }),
	} {
		r.Over(e)
	}
	s := r.Snapshot(time.Unix(60, 0))
	if len(s.Sites) != 1 || len(s.Backends) != 1 {
		t.Fatalf("%+v", s)
	}
	shop, app := s.Sites[0], s.Backends[0]
	if shop.Requests != 805 || shop.Refused != 1 || shop.Failed != 1 || shop.Upgraded != 1 || shop.Sent != 8050 || shop.Received != 2415 ||
		shop.Took.Count != 804 || len(shop.Counts) != 6 {
		t.Errorf("%+v", shop)
	}
	if want := (Count{"other", "2xx", "2", 800}); shop.Counts[len(shop.Counts)-1] != want {
		t.Errorf("%+v", shop.Counts)
	}
	if app.Asked != 804 || app.Failed != 1 || math.Abs(app.Waited.Seconds-804*.015) > 1e-6 || app.Waited.Buckets[2] != 804 {
		t.Errorf("%+v", app)
	}
}

// TestNamesAreBounded: after so many sites all others are one.
func TestNamesAreBounded(t *testing.T) {
	var names table[backend]
	for i := range maxNames + 50 {
		names.get(fmt.Sprint(i))
	}
	if n := len(names.all()); n != maxNames+1 {
		t.Errorf("%d names", n)
	}
	if names.get("another") != names.get("one more") {
		t.Error("two of the others are told apart")
	}
}

// TestPercentiles: no percentile is wrong by more than a fifth, from a quarter of a
// millisecond to two minutes.
func TestPercentiles(t *testing.T) {
	for _, took := range []time.Duration{250 * time.Microsecond, time.Millisecond, 17 * time.Millisecond, time.Second / 3, 7 * time.Second, 2 * time.Minute} {
		var h histogram
		for range 100 {
			h.take(took)
		}
		h.take(10 * time.Hour)
		var f fineCounts
		f.add(&h)
		for _, p := range []int{1, 50, 99} {
			if got := f.percentile(p); got < took.Seconds()*.8 || got > took.Seconds()*1.2 {
				t.Errorf("%d%% of %s: %gs", p, took, got)
			}
		}
		if got := f.percentile(100); got != 128 {
			t.Errorf("the longest is %gs", got)
		}
	}
	if got := new(fineCounts).percentile(99); got != 0 {
		t.Errorf("of none: %g", got)
	}
	for i := 1; i < fine; i++ { // the upper end belongs to the bucket
		if at := fineOf(fineEnd(i) * (1 - 1e-9)); at != i {
			t.Errorf("the end of %d falls into %d", i, at)
		}
	}
	if fineOf(0) != 0 || fineOf(-1) != 0 || fineOf(1e9) != fine-1 {
		t.Error("what is out of bounds falls out")
	}
}

// TestPast: rates and percentiles are of the time just gone.
func TestPast(t *testing.T) {
	r := New(time.Unix(0, 0))
	r.Over(with(func(e *Exchange) { e.Took, e.Waited = 10*time.Second, 10*time.Second }))
	for range 200 {
		r.tick()
		r.Over(&page)
		r.Over(&page)
	}
	s := r.Snapshot(time.Unix(200, 0))
	if got := s.Sites[0]; len(got.Seconds) != maxSeconds || got.Recent.PerSecond != 2 || got.Recent.P99 > .03 || got.Seconds[maxSeconds-1] != (Second{Requests: 2}) {
		t.Errorf("%+v", got.Recent)
	}
	if got := s.Backends[0].Recent; got.P95 < .012 || got.P95 > .018 {
		t.Errorf("%+v", got)
	}
}

// TestAllocations: counting costs no memory.
func TestAllocations(t *testing.T) {
	r := New(time.Unix(0, 0))
	if n := testing.AllocsPerRun(1000, func() { r.Over(&page) }); n > 0 {
		t.Errorf("%.1f allocations an exchange", n)
	}
}

func BenchmarkOver(b *testing.B) {
	r := New(time.Unix(0, 0))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r.Over(&page)
		}
	})
}
