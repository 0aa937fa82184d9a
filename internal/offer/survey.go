// Package offer finds out all that a server offers in TLS, from SSLv2 to TLS 1.3: it
// offers everything, the server picks, what it picked is left out and the rest offered
// again, until it refuses.
package offer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"pavise"
	"pavise/internal/rawtls"
)

// Bounds of one survey.
const (
	atATime  = 4               // connections: more has taken servers down
	lineTime = 3 * time.Second // for one answer
	patience = 3               // lines on which nothing came before none is tried twice
)

// A Dial opens a connection on which TLS is spoken from the next byte.
type Dial func(context.Context) (net.Conn, error)

// Survey asks a server for all that it offers, on at most so many connections for the
// suites and about 40 for all else. It fails where nobody could be asked; what could
// not be told of a server that answers is told as unknown.
func Survey(ctx context.Context, dial Dial, name string, most int) (*pavise.Offered, error) {
	s := &surveyor{ctx: ctx, dial: dial, name: name, most: most, places: make(chan struct{}, atATime)}
	out := &pavise.Offered{Traits: map[string]pavise.Trait{}}
	if out.Protocols = s.protocols(); !s.heard.Load() {
		return nil, s.silence()
	}
	s.order(out.Protocols)
	var wait sync.WaitGroup
	wait.Go(func() { out.Groups, out.GroupsUnknown = s.groups(out.Protocols) })
	wait.Go(func() { out.DH, out.DHUnknown = s.primes(out.Protocols) })
	wait.Go(func() { out.ALPN = s.alpn(out.Protocols) })
	var clear, whole, hidden map[string]pavise.Trait
	wait.Go(func() { clear = s.clearTraits(out.Protocols) })
	wait.Go(func() { whole, out.TicketLife = s.sessionTraits(out.Protocols) })
	wait.Go(func() { hidden = s.hiddenHello(out.Protocols) })
	wait.Wait()
	for _, traits := range []map[string]pavise.Trait{clear, whole, hidden} {
		for name, trait := range traits {
			out.Traits[name] = trait
		}
	}
	return out, nil
}

// A surveyor asks one server.
type surveyor struct {
	ctx     context.Context
	dial    Dial
	name    string
	most    int // connections for the suites
	places  chan struct{}
	lines   atomic.Int64
	silent  atomic.Int64 // lines on which nothing came in time
	reached atomic.Bool  // somebody listens there
	heard   atomic.Bool  // the server has said something
	agreed  atomic.Bool  // it has picked something

	mu    sync.Mutex
	first error // why nobody could be asked
}

// line is a connection of its own, for a limited time; done gives it back.
func (s *surveyor) line() (conn net.Conn, done func(), err error) {
	select {
	case s.places <- struct{}{}:
	case <-s.ctx.Done():
		return nil, nil, context.Cause(s.ctx)
	}
	leave := func() { <-s.places }
	s.lines.Add(1)
	conn, err = s.dial(s.ctx) // in its own time: it may have to wait for its turn
	if err != nil {
		s.note(err)
		leave()
		return nil, nil, err
	}
	s.reached.Store(true)
	ctx, cancel := context.WithTimeout(s.ctx, lineTime)
	end := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	return conn, func() { end(); cancel(); conn.Close(); leave() }, nil
}

// note keeps the first reason why nobody could be asked.
func (s *surveyor) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first == nil {
		s.first = err
	}
}

// silence is why nothing was heard.
func (s *surveyor) silence() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first != nil {
		return s.first
	}
	return errors.New("nothing came back")
}

// ask sends a message on a line of its own and reads the answer. Where nothing came
// back it asks a second time.
func ask[answer any](s *surveyor, message []byte, read func(io.Reader) (answer, error)) (a answer, err error) {
	for range 2 {
		a, err = once(s, message, read)
		if err == nil || told(err) || !s.reached.Load() || s.ctx.Err() != nil || s.silent.Load() >= patience {
			break
		}
	}
	return a, err
}

func once[answer any](s *surveyor, message []byte, read func(io.Reader) (answer, error)) (a answer, err error) {
	conn, done, err := s.line()
	if err != nil {
		return a, err
	}
	defer done()
	if _, err = conn.Write(message); err == nil {
		a, err = read(conn)
	}
	switch {
	case err == nil:
		s.heard.Store(true)
		s.agreed.Store(true)
	case told(err):
		s.heard.Store(true)
	case isTimeout(err):
		s.silent.Add(1)
		err = fmt.Errorf("no answer within %s", lineTime)
		s.note(err)
	default:
		s.note(err)
	}
	return a, err
}

// told reports whether the server itself has said no.
func told(err error) bool {
	var alert *rawtls.Alert
	return errors.As(err, &alert) || errors.Is(err, rawtls.ErrNotTLS)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// refused reports whether the server would not agree: it said so, or hung up, as some
// do instead, though it agrees to something else.
func (s *surveyor) refused(err error) bool {
	var alert *rawtls.Alert
	return errors.As(err, &alert) || s.agreed.Load() && (errors.Is(err, rawtls.ErrNotTLS) || hungUp(err))
}
