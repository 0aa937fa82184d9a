package http1

import (
	"errors"
	"net/http"
	"net/url"
	"runtime"
	"sync/atomic"
)

// An exchange is one request and its response. It comes from a pool and goes back
// there; what handlers may keep of it is its turn, and the text of the request.
type exchange struct {
	c      *conn
	turn   *turn
	req    *http.Request
	url    url.URL
	fields http.Header // of the request
	values []string    // of them
	body   *body       // of its own where there is one: others may still read it
	awaits atomic.Bool // the client waits for 100 before it sends the body
	whole  bool        // the handler has returned
	response
	lines []line // of the response's header, in order
}

func (x *exchange) chunked() bool { return x.req.ContentLength < 0 }

// serve reads one request and has it answered; it reports whether the connection
// can take another.
func (x *exchange) serve() (again bool) {
	c := x.c
	defer x.turn.end()
	head, lines, err := c.readHead()
	if err == nil {
		if fault := x.parse(head, lines); fault != nil {
			err = fault
		}
	} else if line, rest, ok := cutLine(head); ok && x.requestLine(line) == nil {
		x.readFields(rest, lines-1) // as far as it goes, for whoever answers
	}
	c.begin(x)
	if err == nil {
		again = x.handle()
	} else if fault, ok := errors.AsType[*Fault](err); ok {
		x.refuse(fault)
	}
	if x.hijacked {
		return false
	}
	c.end()
	return again
}

// handle calls the handler and brings its response to an end.
func (x *exchange) handle() (again bool) {
	c, r := x.c, x.req
	if r.ContentLength != 0 {
		x.body = &body{x: x, left: max(r.ContentLength, 0)}
		r.Body = x.body
	}
	x.close = r.Close
	c.watch.begin(&x.turn.life, r.ContentLength == 0)
	x.call(c.s.Handler)
	if x.hijacked {
		return false
	}
	c.watch.end()
	x.body.Close()
	if !x.whole {
		c.abort(x)
		return false
	}
	err := x.finish()
	if err == nil && x.close && (!x.body.ended.Load() || c.inward.buffered() > 0) {
		c.linger()
	}
	return err == nil && !x.close
}

// call notes whether the handler has returned.
func (x *exchange) call(h http.Handler) {
	defer func() {
		if x.whole {
			return
		}
		reason := recover()
		if reason == nil || reason == http.ErrAbortHandler { // nil is runtime.Goexit
			return
		}
		stack := make([]byte, 64<<10)
		stack = stack[:runtime.Stack(stack, false)]
		x.c.s.logf("http: panic serving %s: %v\n%s", x.c.remote, reason, stack)
	}()
	h.ServeHTTP(&x.turn.writer, x.req)
	x.whole = true
}

// refuse has a fault answered and closes the connection behind that.
func (x *exchange) refuse(fault *Fault) {
	r := x.req
	if lines := r.Header["Host"]; len(lines) == 1 && wellFormed(lines[0]) {
		r.Host = lines[0]
	}
	delete(r.Header, "Host")
	if r.RequestURI == "" {
		r.URL.Path = "/"
	}
	r.Body, r.ContentLength, r.TransferEncoding, r.Trailer, r.Close = http.NoBody, 0, nil, nil, true
	x.awaits.Store(false)
	x.close = true
	answer := x.c.s.Refuse
	if answer == nil {
		answer = plainRefusal
	}
	x.call(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r, fault) }))
	if x.hijacked {
		return
	}
	if !x.whole {
		x.c.abort(x)
	} else if x.finish() == nil {
		x.c.linger()
	}
}
