package mail

import (
	"sync/atomic"
	"time"
)

// Counts are what a relay has done since it began, and what it has before it.
type Counts struct {
	Accepted  uint64 `json:"accepted"`  // messages taken from programs
	Refused   uint64 `json:"refused"`   // and those that were not
	Delivered uint64 `json:"delivered"` // recipients whose message the next server has taken
	Delayed   uint64 `json:"delayed"`   // attempts that shall be made again
	Failed    uint64 `json:"failed"`    // recipients that were given up
	Bounced   uint64 `json:"bounced"`   // messages that told a sender so
	Lost      uint64 `json:"lost"`      // messages that failed with nobody to be told

	Queued      int    `json:"queued"` // messages
	QueuedBytes int64  `json:"queued-bytes"`
	OldestS     int64  `json:"oldest-s"` // age of the oldest, in seconds
	Next        string `json:"next"`     // the server that mail goes to
	Trouble     string `json:"trouble,omitempty"`
}

type counts struct {
	accepted, refused, delivered, delayed, failed, bounced, lost atomic.Uint64
}

// Counts tells how it is going.
func (r *Relay) Counts() Counts {
	c := &r.counts
	all := Counts{Accepted: c.accepted.Load(), Refused: c.refused.Load(), Delivered: c.delivered.Load(), Delayed: c.delayed.Load(),
		Failed: c.failed.Load(), Bounced: c.bounced.Load(), Lost: c.lost.Load(), Next: r.Next.Name(), Trouble: r.trouble.said()}
	all.Queued, all.QueuedBytes = r.queue.Used()
	if expires, ok := r.schedule.oldest(); ok {
		all.OldestS = max(0, int64(r.Now().Sub(expires.Add(-r.GiveUp))/time.Second))
	}
	return all
}
