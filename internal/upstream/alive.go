package upstream

import (
	"net"

	"pavise/internal/http1"
)

// alive reports whether a connection that nobody waits at is still good for a
// request: the server has not closed it, nor said anything unasked, which would be
// taken for the answer. Under TLS some of that may have been read together with the
// last answer; whatever has come since may be more of it, and is no ticket: those
// come before the first.
func (l *link) alive() bool {
	secure, ok := l.nc.(interface{ NetConn() net.Conn })
	if !ok {
		return quiet(l.nc)
	}
	if !quiet(secure.NetConn()) {
		return false
	}
	l.readBy.Forget()
	l.nc.SetReadDeadline(past) // takes what is here, and waits for nothing
	var one [1]byte
	n, err := l.nc.Read(one[:])
	return n == 0 && err != nil && http1.TimedOut(err)
}
