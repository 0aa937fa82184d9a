package main

import "time"

// A plan is how much is measured.
type plan struct {
	name        string
	rounds      int
	span        time.Duration // of one measurement
	pacedSpan   time.Duration // of one at a set rate
	idle        int           // connections that are idle at once
	rest        time.Duration // until the memory is looked at again
	asked       []int         // requests after which it is looked at, together
	connections []int
	bodies      []int64
	limit       time.Duration // for all
}

var quick = plan{
	name: "quick", rounds: 5, span: 200 * time.Millisecond, pacedSpan: 500 * time.Millisecond,
	idle: 5000, rest: 2 * time.Second, asked: []int{3_000, 30_000},
	connections: []int{1, 100, 1_000}, bodies: []int64{1 << 10, 100 << 10, 10 << 20, 100 << 20},
	limit: 5 * time.Minute,
}

var usual = plan{
	name: "usual", rounds: 5, span: 500 * time.Millisecond, pacedSpan: 1500 * time.Millisecond,
	idle: 5000, rest: 10 * time.Second, asked: []int{30_000, 300_000},
	connections: []int{1, 100, 1_000, 10_000}, bodies: []int64{1 << 10, 100 << 10, 10 << 20, 1 << 30},
	limit: 20 * time.Minute,
}

var full = plan{
	name: "full", rounds: 15, span: 2 * time.Second, pacedSpan: 5 * time.Second,
	idle: 5000, rest: 10 * time.Second, asked: []int{30_000, 300_000},
	connections: []int{1, 100, 1_000, 10_000}, bodies: []int64{1 << 10, 100 << 10, 10 << 20, 1 << 30},
	limit: 90 * time.Minute,
}

// files is how many a process must be allowed to have open: most go to HAProxy, which
// reckons with two for each of the connections that its configuration allows.
const files = 18_000
