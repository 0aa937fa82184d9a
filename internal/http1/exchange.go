package http1

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"runtime"
	"sync/atomic"
)

// An exchange is one request and its response. Nothing of it is used again for
// another: handlers may keep what they were given.
type exchange struct {
	c      *conn
	req    *http.Request
	url    url.URL
	life   life
	gone   context.CancelFunc // the client has left, or the handler is done
	body   body
	awaits atomic.Bool // the client waits for 100 before it sends the body
	response
}

func newExchange(c *conn) *exchange {
	x := &exchange{c: c}
	x.body.x = x
	x.life.x = x
	x.life.Context, x.gone = context.WithCancel(c.base)
	x.req = new(http.Request).WithContext(&x.life)
	r := x.req
	r.Method, r.Proto, r.ProtoMajor, r.ProtoMinor = http.MethodGet, "HTTP/1.1", 1, 1
	r.URL, r.Body, r.RemoteAddr, r.TLS = &x.url, http.NoBody, c.remote, c.tls
	return x
}

func (x *exchange) chunked() bool { return x.req.ContentLength < 0 }

// serve reads one request and has it answered; it reports whether the connection
// can take another.
func (x *exchange) serve() (again bool) {
	c := x.c
	defer x.gone()
	head, lines, err := c.readHead()
	if err == nil {
		if fault := x.parse(head, lines); fault != nil {
			err = fault
		}
	} else if line, rest, ok := cutLine(head); ok && x.requestLine(line) == nil {
		x.fields(rest, lines-1) // as far as it goes, for whoever answers
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
		x.body.left = max(r.ContentLength, 0)
		r.Body = &x.body
	} else {
		x.body.ended.Store(true)
	}
	x.close = r.Close
	c.watch.begin(x, r.ContentLength == 0)
	whole := x.call(c.s.Handler)
	if x.hijacked {
		return false
	}
	c.watch.end()
	x.body.Close()
	if !whole {
		c.abort(x)
		return false
	}
	err := x.finish()
	if err == nil && x.close && (!x.body.ended.Load() || c.inward.buffered() > 0) {
		c.linger()
	}
	return err == nil && !x.close
}

// call reports whether the handler returned.
func (x *exchange) call(h http.Handler) (whole bool) {
	defer func() {
		if whole {
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
	h.ServeHTTP(x, x.req)
	return true
}

// refuse has a fault answered and closes the connection behind that.
func (x *exchange) refuse(fault *Fault) {
	r := x.req
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if lines := r.Header["Host"]; len(lines) == 1 && wellFormed(lines[0]) {
		r.Host = lines[0]
	}
	delete(r.Header, "Host")
	if r.RequestURI == "" {
		r.URL.Path = "/"
	}
	r.Body, r.ContentLength, r.TransferEncoding, r.Trailer, r.Close = http.NoBody, 0, nil, nil, true
	x.body.ended.Store(true)
	x.awaits.Store(false)
	x.close = true
	answer := x.c.s.Refuse
	if answer == nil {
		answer = plainRefusal
	}
	whole := x.call(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r, fault) }))
	if x.hijacked {
		return
	}
	if !whole {
		x.c.abort(x)
	} else if x.finish() == nil {
		x.c.linger()
	}
}
