// Package handover lets a process give what it listens at to another, its successor,
// without a moment in which nobody does: sockets are passed on open, and both talk over
// a connection that nobody else has. A service manager gives sockets in the same way
// (sd_listen_fds(3)).
package handover

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
)

// The names of the sockets of serve.
const (
	HTTPS = "https"
	HTTP  = "http"
	HTTP3 = "h3"
)

// Sockets are what a process listens at: those that it was given and has use for, and
// those that it has opened itself. Nil opens all itself, and passes none on.
type Sockets struct {
	mu    sync.Mutex
	given []socket // not taken yet
	open  []socket
}

// A socket is a *net.TCPListener or a *net.UDPConn.
type socket struct {
	name string
	net  passable
}

// passable is what can be passed on. How its address is asked for depends on its kind.
type passable interface {
	syscall.Conn
	Close() error
}

func (s socket) addr() net.Addr {
	switch l := s.net.(type) {
	case *net.TCPListener:
		return l.Addr()
	case *net.UDPConn:
		return l.LocalAddr()
	}
	return nil
}

// Listen listens for TCP at the address: by the socket that was given for it, if there
// is one, else by a new one.
func (s *Sockets) Listen(name, address string) (net.Listener, error) {
	at, err := net.ResolveTCPAddr("tcp", address)
	if err == nil {
		if l, ok := s.take(name, func(a net.Addr) bool { return sameTCP(a, at) }).(*net.TCPListener); ok {
			return l, nil
		}
	}
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		s.opened(name, l.(*net.TCPListener))
	case at != nil && errors.Is(err, syscall.EADDRINUSE):
		err = s.overlapping(at, err)
	}
	return l, err
}

// An OverlapError is that an address cannot be had beside one that we were given.
type OverlapError struct{ Given net.Addr }

func (e *OverlapError) Error() string {
	return fmt.Sprintf("%v, by the socket %s that we were given", syscall.EADDRINUSE, e.Given)
}

// Unwrap serves errors.Is.
func (e *OverlapError) Unwrap() error { return syscall.EADDRINUSE }

// overlapping is the error that an address is in use, with what uses it where that is ours.
func (s *Sockets) overlapping(at *net.TCPAddr, err error) error {
	if s == nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.given {
		if t, ok := g.addr().(*net.TCPAddr); ok && t.Port == at.Port && everywhere(t.IP) != everywhere(at.IP) {
			return &OverlapError{t}
		}
	}
	return err
}

// ListenUDP is Listen for UDP.
func (s *Sockets) ListenUDP(name string, at *net.UDPAddr) (*net.UDPConn, error) {
	if c, ok := s.take(name, func(a net.Addr) bool { return sameUDP(a, at) }).(*net.UDPConn); ok {
		return c, nil
	}
	c, err := net.ListenUDP("udp", at)
	if err == nil {
		s.opened(name, c)
	}
	return c, err
}

func (s *Sockets) opened(name string, p passable) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = append(s.open, socket{name, p})
}

// take finds what was given under the name, else under one that means nothing to us, at
// the address.
func (s *Sockets) take(name string, same func(net.Addr) bool) passable {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := -1
	for i, g := range s.given {
		if same(g.addr()) && (g.name == name || found < 0 && !known(g.name)) {
			found = i
			if g.name == name {
				break
			}
		}
	}
	if found < 0 {
		return nil
	}
	taken := s.given[found]
	s.given = append(s.given[:found], s.given[found+1:]...)
	taken.name = name
	s.open = append(s.open, taken)
	return taken.net
}

// Gives reports whether there is a socket of that name that nobody has taken.
func (s *Sockets) Gives(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.given, func(g socket) bool { return g.name == name })
}

func known(name string) bool { return name == HTTPS || name == HTTP || name == HTTP3 }

// Unused closes what was given and nobody has taken, and tells what it was.
func (s *Sockets) Unused() []string {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, g := range s.given {
		list = append(list, fmt.Sprintf("%s %s (%s)", g.addr().Network(), g.addr(), g.name))
		g.net.Close()
	}
	s.given = nil
	return list
}

// sameTCP reports whether a socket is at the address; at port 0 any port will do.
func sameTCP(a net.Addr, at *net.TCPAddr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && samePlace(t.IP, at.IP) && t.Zone == at.Zone && (at.Port == 0 || t.Port == at.Port)
}

func sameUDP(a net.Addr, at *net.UDPAddr) bool {
	u, ok := a.(*net.UDPAddr)
	return ok && samePlace(u.IP, at.IP) && u.Zone == at.Zone && (at.Port == 0 || u.Port == at.Port)
}

func samePlace(a, b net.IP) bool { return a.Equal(b) || everywhere(a) && everywhere(b) }

func everywhere(ip net.IP) bool { return len(ip) == 0 || ip.IsUnspecified() }

// adopt takes files in as sockets. The files are closed, for what is used are copies.
func (s *Sockets) adopt(files []*os.File, names []string) error {
	var errs []error
	for i, f := range files {
		p, err := listening(f)
		f.Close()
		if err != nil {
			errs = append(errs, fmt.Errorf("the socket %q that we were given: %w", names[i], err))
			continue
		}
		s.given = append(s.given, socket{names[i], p})
	}
	return errors.Join(errs...)
}

// listening is a file as what it is.
func listening(f *os.File) (passable, error) {
	if l, err := net.FileListener(f); err == nil {
		if t, ok := l.(*net.TCPListener); ok {
			return t, nil
		}
		l.Close()
		return nil, errors.New("it is no socket of TCP or UDP")
	}
	c, err := net.FilePacketConn(f)
	if err != nil {
		return nil, err
	}
	if u, ok := c.(*net.UDPConn); ok {
		return u, nil
	}
	c.Close()
	return nil, errors.New("it is no socket of TCP or UDP")
}
