//go:build unix

package upstream

import (
	"net"
	"syscall"
)

// quiet reports whether nothing waits to be read, not even the end.
func quiet(nc net.Conn) bool {
	file, ok := nc.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return false
	}
	waits := false
	err = raw.Control(func(fd uintptr) { // a deadline that is over does not matter here
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		waits = err == syscall.EAGAIN || err == syscall.EINTR
	})
	return err == nil && waits
}
