package http1

import "net/http"

// A response is the writing half of an exchange. All of it is under the lock of
// the connection's output, for the body may be read, and so invited, meanwhile.
//
// Until it is committed the output holds the head that WriteHeader made, a gap for
// the lines that depend on the body, and the body so far. So what fits leaves in
// one write, and with its length.
type response struct {
	header    http.Header
	status    int   // 0 before WriteHeader
	head      int   // bytes of the head in the output
	length    int64 // declared; -1 if it is not
	written   int64
	sniff     bool // Content-Type is to be told from the body
	dated     bool
	committed bool
	chunks    bool     // the body is sent in chunks
	trailers  []string // names announced
	trailing  bool     // there may be trailers
	mute      bool     // nothing of the body is sent: HEAD, 204, 304
	close     bool     // the connection closes behind it
	hijacked  bool
}

// fits reports whether so much more body can wait in the output for what comes
// behind it: the end of a chunk must fit, too.
func (x *exchange) fits(n int) bool {
	c := x.c
	return !x.committed && len(c.out)+n+len(crlf) <= cap(c.out)
}

// send sends body, behind the head if that has not left.
func (x *exchange) send(p []byte) error {
	if !x.committed {
		x.commit(p)
	}
	switch {
	case x.mute || len(p) == 0:
		return x.c.broken
	case x.chunks:
		return x.c.chunk(p)
	}
	return x.c.put(p)
}

// invite tells a client that waits with its body to send it (RFC 9110 10.1.1).
func (x *exchange) invite() {
	if !x.awaits.Load() {
		return
	}
	c := x.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.x == x && !x.committed && x.awaits.Swap(false) {
		c.sendAll(pleaseGoOn) // what is in the output stays there
	}
}

var pleaseGoOn = []byte("HTTP/1.1 100 Continue\r\n\r\n")
