package meter

import (
	"cmp"
	"slices"
	"time"
)

// A Snapshot is what a recorder has counted up to a moment.
type Snapshot struct {
	Taken    time.Time `json:"taken"`
	Started  time.Time `json:"started"`
	Sites    []Site    `json:"sites"`    // by name
	Backends []Backend `json:"backends"` // the slowest first
}

// A Site is what went through one site since the start.
type Site struct {
	Name     string    `json:"name"`
	Requests uint64    `json:"requests"`
	Refused  uint64    `json:"refused"`
	Failed   uint64    `json:"failed"`   // answered with 500 and above
	Upgraded uint64    `json:"upgraded"` // WebSockets that are over
	Sent     uint64    `json:"sent_bytes"`
	Received uint64    `json:"received_bytes"`
	Counts   []Count   `json:"counts"`
	Took     Histogram `json:"took"`
	Recent   Recent    `json:"recent"`
	// Seconds are the last two minutes, the oldest first.
	Seconds []Second `json:"seconds"`
}

// A Count is how many requests had a method, a class of status and a version of HTTP.
type Count struct {
	Method string `json:"method"`
	Class  string `json:"class"`
	Proto  string `json:"proto"`
	Times  uint64 `json:"times"`
}

// A Backend is what one app was asked.
type Backend struct {
	Name    string    `json:"name"`
	Asked   uint64    `json:"asked"`
	Failed  uint64    `json:"failed"`
	Waited  Histogram `json:"waited"` // until answers began
	Recent  Recent    `json:"recent"`
	Seconds []Second  `json:"seconds"`
}

// Recent is how many requests a second brought in the last ten, and what half, nineteen
// of twenty and ninety-nine of a hundred of the last minute took at most.
type Recent struct {
	PerSecond float64 `json:"per_second"`
	P50       float64 `json:"p50_seconds"`
	P95       float64 `json:"p95_seconds"`
	P99       float64 `json:"p99_seconds"`
}

// Snapshot tells what there is.
func (r *Recorder) Snapshot(now time.Time) Snapshot {
	s := Snapshot{Taken: now.UTC(), Started: r.started.UTC(), Sites: []Site{}, Backends: []Backend{}}
	for name, of := range r.sites.all() {
		s.Sites = append(s.Sites, of.tell(name))
	}
	for name, of := range r.backends.all() {
		s.Backends = append(s.Backends, of.tell(name))
	}
	slices.SortFunc(s.Sites, func(a, b Site) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Backends, func(a, b Backend) int {
		return cmp.Or(cmp.Compare(b.Recent.P95, a.Recent.P95), cmp.Compare(a.Name, b.Name))
	})
	return s
}

func (s *site) tell(name string) Site {
	t := s.totals()
	told := Site{Name: name, Requests: t.requests, Refused: t.refused, Failed: t.failed, Counts: []Count{}, Seconds: s.past.history()}
	for i := range s.cells {
		c := &s.cells[i]
		told.Upgraded += c.upgraded.Load()
		told.Sent += c.sent.Load()
		told.Received += c.received.Load()
		told.Took.add(&c.took)
	}
	s.each(func(method, class, proto int, n uint64) {
		told.Counts = append(told.Counts, Count{Methods[method], Classes[class], Protos[proto], n})
	})
	told.Recent = recent(s.past.latest(&t.fine), told.Seconds)
	return told
}

// each calls f for what was counted at all.
func (s *site) each(f func(method, class, proto int, n uint64)) {
	for m := range Methods {
		for c := range Classes {
			for p := range Protos {
				n := uint64(0)
				for i := range s.cells {
					n += s.cells[i].requests[m][c][p].Load()
				}
				if n > 0 {
					f(m, c, p, n)
				}
			}
		}
	}
}

func (s *site) totals() (t totals) {
	s.each(func(_, class, _ int, n uint64) {
		t.requests += n
		if Classes[class] == "5xx" {
			t.failed += n
		}
	})
	for i := range s.cells {
		t.refused += s.cells[i].refused.Load()
		t.fine.add(&s.cells[i].took)
	}
	return t
}

func (b *backend) tell(name string) Backend {
	t := b.totals()
	told := Backend{Name: name, Asked: t.requests, Failed: t.failed, Seconds: b.past.history()}
	for i := range b.cells {
		told.Waited.add(&b.cells[i].waited)
	}
	told.Recent = recent(b.past.latest(&t.fine), told.Seconds)
	return told
}

func (b *backend) totals() (t totals) {
	for i := range b.cells {
		t.failed += b.cells[i].failed.Load()
		t.fine.add(&b.cells[i].waited)
	}
	for _, n := range t.fine {
		t.requests += n
	}
	return t
}

func recent(fine fineCounts, seconds []Second) Recent {
	r := Recent{P50: fine.percentile(50), P95: fine.percentile(95), P99: fine.percentile(99)}
	last := seconds[max(0, len(seconds)-10):]
	for _, s := range last {
		r.PerSecond += float64(s.Requests)
	}
	r.PerSecond /= float64(max(1, len(last)))
	return r
}
