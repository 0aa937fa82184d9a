package mail

import (
	"sync"
	"time"
)

// maxSenders bounds how many are told apart; those beyond share one allowance.
const maxSenders = 10_000

// limits are the allowances of senders: so many messages an hour, all at once if need be.
type limits struct {
	perHour float64

	mu      sync.Mutex
	senders map[string]allowance
}

type allowance struct {
	left float64
	at   time.Time
}

func newLimits(perHour int) *limits {
	return &limits{perHour: float64(perHour), senders: map[string]allowance{}}
}

// take counts a message of all senders that are named, or says that one has too many: then
// it counts for none.
func (l *limits) take(now time.Time, senders ...string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, sender := range senders {
		if sender = l.known(sender, now); l.senders[sender].left < 1 {
			return false
		}
	}
	l.add(-1, senders)
	return true
}

// give takes back what was counted of a message that is not taken now, and comes again.
func (l *limits) give(senders ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(1, senders)
}

func (l *limits) add(n float64, senders []string) {
	for _, sender := range senders {
		a, ok := l.senders[sender]
		if !ok {
			sender = shared
			a = l.senders[sender]
		}
		a.left = min(l.perHour, a.left+n)
		l.senders[sender] = a
	}
}

// shared is whose allowance those use who cannot be told apart: the one of bounces.
const shared = ""

// known brings an allowance up to date, and says under what name it is kept.
func (l *limits) known(sender string, now time.Time) string {
	a, ok := l.senders[sender]
	if !ok && len(l.senders) >= maxSenders {
		if l.forget(now); len(l.senders) >= maxSenders {
			sender = shared
			a, ok = l.senders[sender]
		}
	}
	if !ok {
		a = allowance{l.perHour, now}
	}
	a.left = min(l.perHour, a.left+l.perHour*max(0, now.Sub(a.at)).Hours())
	a.at = now
	l.senders[sender] = a
	return sender
}

// forget drops those whose allowance is whole again.
func (l *limits) forget(now time.Time) {
	for sender, a := range l.senders {
		if a.left+l.perHour*now.Sub(a.at).Hours() >= l.perHour {
			delete(l.senders, sender)
		}
	}
}
