package pavise

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"slices"
	"time"
)

// An Exchange is one request and its response on their way through the chain.
// Controls get it for the time of the call and must not keep it.
type Exchange struct {
	ID      string        // shown to the client and written to the log
	Request *http.Request // as the app will see it: hooks may change it
	Client  netip.Addr    // the peer's address, until a control knows better
	Host    string        // the Host header's name, lower case, without port
	Port    int           // the Host header's port, 0 if it has none
	Secure  bool          // came over TLS, or a trusted proxy says so
	Status  int           // of the response; 0 before there is one
	Header  http.Header   // of the response
	// LoggedIn is that this exchange was seen to be a login that succeeded: known
	// before Amend, where logins are guarded.
	LoggedIn bool
	// What follows is for Env.Over, which hears of the whole exchange.
	Begun   time.Time
	Path    string // that was asked for, whatever was made of it since
	Sent    int64  // bytes of the response's body, without those of a hijacked connection
	Action  Action // Refused or Replaced, if the response was
	Control string // that did it
	Rule    string // for which it did
	// Attached is what the end of the chain, or who handed the request in, keeps here.
	Attached any

	kept  []kept   // what controls keep from request to response
	weak  []Mode   // per link; empty where no exception applies
	asked int      // links whose Admit was reached
	hold  bool     // the start of the response waits for Replace
	room  []string // what Lines gave away
	head  Head     // once read

	forwarding bool // headers are what ReplaceForwarding wrote
}

type kept struct {
	id    string
	value any
}

// Keep remembers a value under a control's id until the exchange ends.
func (x *Exchange) Keep(id string, v any) { x.kept = append(x.kept, kept{id, v}) }

// Hold asks that the start of the response is held back, whatever its status, so
// that Replace hooks can look at it. It is for Admit and Rewrite to call.
func (x *Exchange) Hold() { x.hold = true }

// roomLines is how many lines the controls of the catalogue write for one exchange
// that sets a cookie. Where there are more, they get as much room again.
const roomLines = 24

// Lines returns lines for a header, to be written in place: nobody but this exchange
// has them, so an app that changes its headers changes no other response. They
// outlive the exchange, as a server may send them after it, and append copies them.
func (x *Exchange) Lines(lines ...string) []string {
	if cap(x.room)-len(x.room) < len(lines) {
		x.room = make([]string, 0, max(roomLines, len(lines)))
	}
	from := len(x.room)
	if len(lines) == 1 { // nearly always, and cheaper than a copy of several
		x.room = append(x.room, lines[0])
	} else {
		x.room = append(x.room, lines...)
	}
	return slices.Clip(x.room[from:])
}

// Kept returns what Keep remembered last, or nil.
func (x *Exchange) Kept(id string) any {
	for i := len(x.kept) - 1; i >= 0; i-- {
		if x.kept[i].id == id {
			return x.kept[i].value
		}
	}
	return nil
}

// newID makes an id that is unique enough to find one line in a log. It is no
// secret and not for authentication.
func newID() string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], rand.Uint64())
	return hex.EncodeToString(b[:])
}

// An Action is what a decision came to.
type Action string

// The actions.
const (
	Refused  Action = "refused"
	Observed Action = "observed" // would have been refused
	Replaced Action = "replaced" // another page went out
	Noted    Action = "noted"    // a conflict or a thing the owner should know
)

// A Decision is what a control did to one exchange, for the log and the
// counters. It holds no query, no body and no cookie value.
type Decision struct {
	Time    time.Time
	ID      string
	Action  Action
	Control string
	Rule    string
	Status  int
	Reason  string
	Saw     string // the value that tripped it, never a secret
	Client  netip.Addr
	Method  string
	Host    string
	Path    string
	Mend    string // what helps the owner better than an exemption
	Except  string // else the exemption to paste into pavise.yaml
}

// Note reports something about an exchange that changed nothing: a conflict
// between the app and the policy, say. nil is what belongs to no exchange.
func (e Env) Note(x *Exchange, control, reason string) {
	e.report(x, Decision{Action: Noted, Control: control, Reason: reason})
}

func (e Env) report(x *Exchange, d Decision) {
	if x != nil && (d.Action == Refused || d.Action == Replaced) {
		x.Action, x.Control, x.Rule = d.Action, d.Control, d.Rule
	}
	if e.Decide == nil {
		return
	}
	if d.Time = e.Now(); x != nil {
		d.ID, d.Client, d.Status = x.ID, x.Client, cmp.Or(d.Status, x.Status)
		d.Method, d.Host, d.Path = x.Request.Method, x.Host, x.Request.URL.Path
	}
	e.Decide(d)
}

// ExchangeOf returns the exchange that a response writer of the chain belongs to, or nil.
func ExchangeOf(w http.ResponseWriter) *Exchange {
	if ours := chained(w); ours != nil {
		return ours.x
	}
	return nil
}
