package meter

import "sync"

// What is remembered of each site and backend.
const (
	maxSeconds = 120
	fineEvery  = 10 // seconds
	fineKept   = 6
)

// totals are what was counted up to a moment.
type totals struct {
	requests, refused, failed uint64
	fine                      fineCounts
}

// A Second is what one second brought.
type Second struct {
	Requests uint32 `json:"requests"`
	Refused  uint32 `json:"refused"`
	Failed   uint32 `json:"failed"` // answered with 500 and above, or not at all by the app
}

// past is the last two minutes, and the durations of the last.
type past struct {
	mu      sync.Mutex
	last    totals
	seconds [maxSeconds]Second
	noted   int // of seconds, since the beginning
	fines   [fineKept]fineCounts
	kept    int // of fines
}

func (p *past) note(t totals) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seconds[p.noted%maxSeconds] = Second{uint32(t.requests - p.last.requests), uint32(t.refused - p.last.refused), uint32(t.failed - p.last.failed)}
	if p.noted++; p.noted%fineEvery == 0 {
		p.fines[p.kept%fineKept] = t.fine
		p.kept++
	}
	p.last = t
}

// history returns the seconds, the oldest first.
func (p *past) history() []Second {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]Second, 0, min(p.noted, maxSeconds))
	for i := max(0, p.noted-maxSeconds); i < p.noted; i++ {
		list = append(list, p.seconds[i%maxSeconds])
	}
	return list
}

// latest are the durations since about a minute ago.
func (p *past) latest(now *fineCounts) fineCounts {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept < fineKept {
		return *now
	}
	return now.since(&p.fines[p.kept%fineKept])
}
