// Package meter knows what goes through a running Pavise: an Exchange is what became of
// one request, a Recorder what became of all of them, and a Snapshot what to tell.
package meter

import (
	"net/netip"
	"time"

	"pavise/internal/tracecontext"
)

// An Exchange is what became of one request. Its strings are the request's, and what a
// stranger chose stands in them as it came: they are lent for the call.
type Exchange struct {
	ID     string
	Site   string // as the configuration calls it
	Client netip.Addr
	Secure bool
	Proto  int // of HTTP: 1, 2 or 3
	Method string
	Host   string
	Path   string // as it was asked for, without query
	Query  string

	Referer, UserAgent string

	Begun    time.Time
	Took     time.Duration
	Status   int // 0 where the client went before there was one
	Received int64
	Sent     int64
	Upgraded bool // to a WebSocket, which is over now

	Action  string // refused or replaced, if it was
	Control string
	Rule    string

	// What was asked of an app; "" where none was.
	Backend string
	Asked   time.Time
	Waited  time.Duration // until its answer began
	Failed  bool          // it did not answer, or broke off

	// Trace is the span of this exchange, where traces are kept. Parent is who asked us,
	// and Upstream the span of our question to the app.
	Trace    tracecontext.Context
	Parent   [8]byte
	Upstream [8]byte
}

// Class is the first digit of the status; 0 is none.
func (e *Exchange) Class() int {
	if e.Status < 100 || e.Status > 599 {
		return 0
	}
	return e.Status / 100
}

// Methods are those that are told apart; all others are counted as the last.
var Methods = [...]string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE", "QUERY", "other"}

func methodOf(name string) int {
	for i, known := range Methods {
		if name == known {
			return i
		}
	}
	return len(Methods) - 1
}

// Protos are the versions of HTTP, by [Exchange.Proto] less one.
var Protos = [...]string{"1.1", "2", "3"}

// Classes are those of statuses, by their first digit; none is a client that has gone.
var Classes = [...]string{"none", "1xx", "2xx", "3xx", "4xx", "5xx"}
