package proxy

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"

	"pavise"
	"pavise/internal/meter"
)

// An Observer is told of every exchange, WebSockets among them. What it is given is lent for
// the call.
type Observer interface {
	// Begins is called once for each: before the app is asked, which may then be told
	// more by the headers of the request, or where it is not asked at the end.
	Begins(*http.Request, *meter.Exchange)
	// Over is called when nothing more becomes of it.
	Over(*meter.Exchange)
}

// records are what observers are told by.
var records = sync.Pool{New: func() any { return new(meter.Exchange) }}

// watching returns what tells the observer of the exchanges of a site; nil where nobody
// watches.
func (s *Server) watching(site Site) func(*pavise.Exchange) {
	observer := s.cfg.Observer
	if observer == nil {
		return nil
	}
	name := site.Called()
	return func(x *pavise.Exchange) {
		e := begin(observer, x)
		e.Site, e.Took = name, s.cfg.Now().Sub(x.Begun)
		fill(e, x)
		s.tell(observer, e)
	}
}

// tell tells the observer that an exchange is over. That it panics ends nothing but itself,
// and is said: the client has its answer.
func (s *Server) tell(observer Observer, e *meter.Exchange) {
	defer func() {
		if reason := recover(); reason != nil {
			fmt.Fprintf(s.cfg.Journal.Writer(), "http: panic serving %s: observer, of %s: %v\n%s", e.Client, e.ID, reason, debug.Stack())
			return // nobody knows who still has e
		}
		*e = meter.Exchange{}
		records.Put(e)
	}()
	observer.Over(e)
}

// Called is the name of a site where it is counted and logged.
func (s *Site) Called() string {
	if s.Name == "" && len(s.Hosts) > 0 {
		return s.Hosts[0]
	}
	return s.Name
}

// begin returns the record of an exchange, and has it begin where it has none.
func begin(observer Observer, x *pavise.Exchange) *meter.Exchange {
	if e, ok := x.Attached.(*meter.Exchange); ok {
		return e
	}
	e := records.Get().(*meter.Exchange)
	e.Begun, e.Client = x.Begun, x.Client
	x.Attached = e
	observer.Begins(x.Request, e)
	return e
}

// fill takes over what the chain knows at the end.
func fill(e *meter.Exchange, x *pavise.Exchange) {
	r := x.Request
	e.ID, e.Client, e.Secure, e.Proto = x.ID, x.Client, x.Secure, r.ProtoMajor
	e.Method, e.Host, e.Path, e.Query = r.Method, r.Host, x.Path, r.URL.RawQuery
	e.Referer, e.UserAgent = r.Header.Get("Referer"), r.Header.Get("User-Agent")
	e.Status = x.Status
	e.Received += max(r.ContentLength, 0)
	e.Sent += x.Sent
	e.Action, e.Control, e.Rule = string(x.Action), x.Control, x.Rule
}

// watched is the record of the exchange that a response writer belongs to; nil where
// nobody watches.
func (f *forwarder) watched(w http.ResponseWriter) *meter.Exchange {
	if f.observer == nil {
		return nil
	}
	x := pavise.ExchangeOf(w)
	if x == nil {
		return nil
	}
	return begin(f.observer, x)
}
