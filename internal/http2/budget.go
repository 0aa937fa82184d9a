package http2

import "time"

// A budget is how much of what costs the client nothing we do for it: each such act
// spends some, time gives it back, and so do requests that are answered and bytes of
// bodies that are moved. It ends rapid reset (CVE-2023-44487), MadeYouReset
// (CVE-2025-8671) and floods of PING, SETTINGS, PRIORITY, WINDOW_UPDATE and empty
// frames (CVE-2019-9511 to -9518).
type budget struct {
	left int
	at   time.Time // when time has last given back: at first, when the connection began
}

const (
	budgetFull   = 4000
	budgetRefill = 400 // a second

	costFrame    = 1  // a frame that moves no request on
	costSettings = 5  // it may change each stream
	costReset    = 20 // a stream that is opened for nothing

	earnAnswer = 20
	earnFrame  = 2   // of body that was not cut short by a window, for it will open two
	earnBytes  = 512 // so many are worth one
)

// spend reports whether there is enough.
func (b *budget) spend(n int) bool {
	if b.left < n {
		now := time.Now()
		b.earn(int(min(now.Sub(b.at), time.Minute).Seconds() * budgetRefill))
		b.at = now
	}
	b.left -= n
	return b.left >= 0
}

func (b *budget) earn(n int) { b.left = min(b.left+n, budgetFull) }

var errFlood = connError{enhanceYourCalm, "too much that is no request"}
