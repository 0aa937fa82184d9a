package main

import (
	"context"
	"time"
)

// A scenario is one kind of load.
type scenario struct {
	name, title string
	http2       bool
	warm        int // requests before the first round, to warm up and to see how fast it goes
	load        func(context.Context, target, int) (outcome, error)
	path        string
	rate        int // requests a second; 0 is as many as it can
}

var scenarios = []scenario{
	{name: "h1", title: "1 KB, HTTP/1.1", warm: 1000, path: page, load: h2loadWith("--h1")},
	{name: "h2", title: "1 KB, HTTP/2", warm: 1000, path: page, http2: true, load: h2loadWith("-m", "1")},
	{name: "h2x10", title: "1 KB, HTTP/2, 10 streams", warm: 1000, path: page, http2: true, load: h2loadWith("-m", "10")},
	{name: "file", title: "1 MB, HTTP/1.1", warm: 50, path: file, load: h2loadWith("--h1")},
	{name: "handshake", title: "full handshake", warm: 100, path: page, load: handshakes},
	{name: "paced", title: "1 KB, 1,000 a second", warm: 100, path: page, rate: 1000, load: pacedLoad},
}

func h2loadWith(flags ...string) func(context.Context, target, int) (outcome, error) {
	return func(ctx context.Context, t target, n int) (outcome, error) { return h2load(ctx, t, n, flags...) }
}

func pacedLoad(ctx context.Context, t target, n int) (outcome, error) {
	clients, err := t.dialAll(ctx, connections)
	if err != nil {
		return outcome{}, err
	}
	defer closeAll(clients)
	return paced(ctx, clients, 1000, n)
}

// A sample is one measurement of a front under a scenario.
type sample struct {
	Scenario string
	Front    string
	Round    int
	Requests int
	CPU      float64 // microseconds a request
	Rate     float64 // requests a second
	P50, P99 float64 `json:",omitzero"` // microseconds
}

// compare measures every front under every scenario, in rounds, so that whatever else
// the machine does meets all of them alike.
func compare(ctx context.Context, r *rig, p plan) ([]sample, error) {
	var servers []*server
	for _, f := range fronts {
		s, err := r.start(ctx, f)
		if err != nil {
			return nil, err
		}
		defer s.process.stop()
		servers = append(servers, s)
	}
	say("all %d servers send the page", len(servers))
	counts, err := calibrate(ctx, r, p, servers)
	if err != nil {
		return nil, err
	}
	var samples []sample
	for round := range p.rounds {
		for _, sc := range scenarios {
			for _, i := range rotated(len(fronts), round) {
				n := counts[sc.name][i]
				if n == 0 {
					continue
				}
				s, err := measure(ctx, r, sc, servers[i], n)
				if err != nil {
					return nil, err
				}
				s.Round = round + 1
				samples = append(samples, s)
			}
			say("round %d of %d: %s", round+1, p.rounds, sc.title)
		}
	}
	return samples, nil
}

// calibrate finds how many requests of each scenario keep each server busy for the
// span of a measurement; 0 where it does not speak the protocol.
func calibrate(ctx context.Context, r *rig, p plan, servers []*server) (map[string][]int, error) {
	counts := map[string][]int{}
	for _, sc := range scenarios {
		for i, s := range servers {
			n := 0
			if fronts[i].http2 || !sc.http2 {
				warm, err := measure(ctx, r, sc, s, sc.warm)
				if err != nil {
					return nil, err
				}
				n = sc.count(p, warm.Rate)
			}
			counts[sc.name] = append(counts[sc.name], n)
		}
	}
	return counts, nil
}

func (sc scenario) count(p plan, rate float64) int {
	if sc.rate > 0 {
		return int(float64(sc.rate) * p.pacedSpan.Seconds())
	}
	return max(sc.warm, int(rate*p.span.Seconds()))
}

func measure(ctx context.Context, r *rig, sc scenario, s *server, n int) (sample, error) {
	o, cpu, err := s.spent(func() (outcome, error) { return sc.load(ctx, r.target(s, sc.path), n) })
	if err != nil {
		return sample{}, err
	}
	return sample{
		Scenario: sc.name, Front: s.name, Requests: n, Rate: o.rate, CPU: each(cpu, n),
		P50: micros(percentile(o.latencies, 50)), P99: micros(percentile(o.latencies, 99)),
	}, nil
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// each is the time a request, in microseconds.
func each(d time.Duration, n int) float64 { return micros(d) / float64(n) }

// rotated is 0 to n-1, beginning elsewhere in each round.
func rotated(n, round int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = (i + round) % n
	}
	return order
}
