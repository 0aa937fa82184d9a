package upstream

import (
	"errors"
	"net"
	"syscall"
)

// shortages are what this machine, and no server, lacks when a connection cannot be opened.
var shortages = map[syscall.Errno]string{
	syscall.EMFILE:        "this process may open no more files: raise its limit (LimitNOFILE, ulimit -n)",
	syscall.ENFILE:        "this machine may open no more files: raise fs.file-max",
	syscall.EADDRNOTAVAIL: "this machine has no address or port left to ask from: see net.ipv4.ip_local_port_range",
	syscall.ENOBUFS:       "this machine has no memory left for connections",
	syscall.ENOMEM:        "this machine has no memory left",
}

// A ShortageError is that no connection could be opened for want of something on this
// machine: of the server that says nothing.
type ShortageError struct {
	What string // is short, and what is to be done
	Err  error
}

func (e *ShortageError) Error() string { return e.What + ": " + e.Err.Error() }
func (e *ShortageError) Unwrap() error { return e.Err }

// Short returns the shortage that an error comes from; nil is none.
func Short(err error) *ShortageError {
	var short *ShortageError
	if errors.As(err, &short) {
		return short
	}
	return nil
}

// unopened says what kept a connection from being opened.
func unopened(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) && shortages[number] != "" && !nowhere(number, err) {
		err = &ShortageError{shortages[number], err}
	}
	return &OpenError{err}
}

// nowhere reports whether an address is of a kind that this machine has none of, as ::1 is
// where IPv6 is off: that is no want of ports.
func nowhere(number syscall.Errno, err error) bool {
	var op *net.OpError
	if number != syscall.EADDRNOTAVAIL || !errors.As(err, &op) {
		return false
	}
	to, ok := op.Addr.(*net.TCPAddr)
	return ok && to.IP.To4() == nil
}
