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

// take counts a message, or says that there are too many.
func (l *limits) take(sender string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.senders[sender]; !known && len(l.senders) >= maxSenders {
		if l.forget(now); len(l.senders) >= maxSenders {
			sender = "" // which is the one of bounces
		}
	}
	a, known := l.senders[sender]
	if !known {
		a = allowance{l.perHour, now}
	}
	a.left = min(l.perHour, a.left+l.perHour*max(0, now.Sub(a.at)).Hours())
	a.at = now
	ok := a.left >= 1
	if ok {
		a.left--
	}
	l.senders[sender] = a
	return ok
}

// forget drops those whose allowance is whole again.
func (l *limits) forget(now time.Time) {
	for sender, a := range l.senders {
		if a.left+l.perHour*now.Sub(a.at).Hours() >= l.perHour {
			delete(l.senders, sender)
		}
	}
}
