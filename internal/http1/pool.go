package http1

import (
	"net/http"
	"net/url"
	"sync"

	"pavise/internal/poison"
)

// exchanges are those that nobody uses.
var exchanges = sync.Pool{New: func() any {
	x := &exchange{req: new(http.Request), fields: http.Header{}}
	x.header = http.Header{}
	return x
}}

// blank is a request before anything of it is known.
var blank = &http.Request{Method: http.MethodGet, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody}

// noBody is the body of every request that has none.
var noBody = func() *body {
	b := new(body)
	b.closed.Store(true)
	b.ended.Store(true)
	return b
}()

// newExchange takes one from the pool. Nothing of the last request is left in it.
func newExchange(c *conn) *exchange {
	x := exchanges.Get().(*exchange)
	clear(x.fields)
	clear(x.header)
	x.c, x.turn, x.body, x.url, x.whole = c, c.newTurn(x.header), noBody, url.URL{}, false
	x.awaits.Store(false)
	x.response = response{header: x.header, trailers: x.trailers[:0]}
	r := x.req
	*r = *blank.WithContext(&x.turn.life) // the copy needs no memory of its own
	r.URL, r.Header, r.RemoteAddr, r.TLS = &x.url, x.fields, c.remote, c.tls
	return x
}

// mostFields is how many fields an exchange may have had to be used again: more
// would make each later one pay for them.
const mostFields = 64

// release gives the exchange back when nobody can hold it by right: handlers that
// panic leave goroutines behind, and those that take the connection over go on.
func (x *exchange) release() {
	if !x.whole || x.hijacked || max(len(x.fields), len(x.header), cap(x.values), cap(x.trailers)) > mostFields {
		return
	}
	if poison.On {
		x.spoil()
	}
	exchanges.Put(x)
}

// spoilt is what the text of a request is once it has been released.
const spoilt = "\xdbreleased\xdb"

// spoil makes nonsense of all that a handler could have kept against the rule.
func (x *exchange) spoil() {
	for i := range x.values {
		x.values[i] = spoilt
	}
	for _, h := range []http.Header{x.fields, x.header} {
		for name := range h { // not the values themselves, which may be shared
			h[name] = []string{spoilt}
		}
		h[spoilt] = []string{spoilt}
	}
	x.url = url.URL{Scheme: spoilt, Host: spoilt, Path: spoilt, RawQuery: spoilt}
	r := x.req
	r.Method, r.Proto, r.Host, r.RequestURI, r.RemoteAddr = spoilt, spoilt, spoilt, spoilt, spoilt
	r.URL, r.Body, r.Trailer, r.TLS, r.ContentLength, r.Close = &x.url, noBody, http.Header{spoilt: {spoilt}}, nil, -1, true
}
