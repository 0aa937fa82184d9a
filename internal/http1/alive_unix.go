//go:build unix

package http1

import (
	"net"
	"syscall"
)

// alive reports whether a connection that nobody waits at is still good for a
// request: the server has not closed it, nor said anything unasked. Under TLS it may
// have, a ticket for instance.
func alive(nc net.Conn) bool {
	secure := false
	if w, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc, secure = w.NetConn(), true
	}
	file, ok := nc.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return false
	}
	open := false
	err = raw.Control(func(fd uintptr) { // a deadline that is over does not matter here
		var one [1]byte
		n, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		open = err == syscall.EAGAIN || err == syscall.EINTR || secure && err == nil && n > 0
	})
	return err == nil && open
}
