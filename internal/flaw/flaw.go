// Package flaw tries whether a server has one of the known faults of TLS. Each try is
// a few connections, one after the other; what looks like a fault is tried again, and
// only what shows each time is one.
package flaw

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"pavise"
	"pavise/internal/rawtls"
)

// A Server is one to try.
type Server struct {
	Name string // for SNI and HTTP
	// Dial opens a connection on which TLS comes next.
	Dial func(context.Context) (net.Conn, error)
}

// patience is how long a server may say nothing before that is its answer.
const patience = 3 * time.Second

// times is how often a fault must show, the same each time.
const times = 3

var tries = map[string]func(Server, context.Context) (pavise.Trait, error){
	pavise.Heartbleed: Server.heartbleed, pavise.CCSInjection: Server.ccs, pavise.ROBOT: Server.robot,
	pavise.Ticketbleed: Server.ticketbleed, pavise.ClientRenegotiation: Server.renegotiation, pavise.PaddingOracle: Server.paddingOracle,
}

// Try tries one flaw. An error is that there was nobody to ask.
func Try(ctx context.Context, s Server, which string) (pavise.Trait, error) {
	try, ok := tries[which]
	if !ok {
		return pavise.Trait{}, fmt.Errorf("no flaw is called %q", which)
	}
	return try(s, ctx)
}

// open dials; the connection ends with the context.
func (s Server) open(ctx context.Context) (net.Conn, error) {
	conn, err := s.Dial(ctx)
	if err != nil {
		return nil, err
	}
	if at, ok := ctx.Deadline(); ok {
		conn.SetDeadline(at)
	}
	return &line{conn, context.AfterFunc(ctx, func() { conn.Close() })}, nil
}

// A line is a connection that needs no more to be watched once it is closed.
type line struct {
	net.Conn
	stop func() bool
}

func (l *line) Close() error {
	l.stop()
	return l.Conn.Close()
}

// hello is an ordinary one for TLS 1.2 and below.
func (s Server) hello(suites ...uint16) rawtls.Hello {
	return rawtls.NewHello(rawtls.TLS12, s.Name, append(suites, rawtls.RenegotiationSCSV), groups)
}

// greet opens a connection and reads what the server says in the clear. A refusal is
// a pavise.Trait, with the reason.
func (s Server) greet(ctx context.Context, h rawtls.Hello) (net.Conn, *rawtls.Reply, *pavise.Trait, error) {
	conn, err := s.open(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	_, err = conn.Write(h.Marshal())
	var reply *rawtls.Reply
	if err == nil {
		reply, err = rawtls.ReadFlight(conn)
	}
	if err == nil {
		return conn, reply, nil, nil
	}
	conn.Close()
	if ctx.Err() != nil {
		return nil, nil, nil, ctx.Err()
	}
	return nil, nil, disagreement(err), nil
}

// disagreement tells a server that does not offer what the flaw needs from one of which
// nothing was learnt.
func disagreement(err error) *pavise.Trait {
	var alert *rawtls.Alert
	if errors.As(err, &alert) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		return &pavise.Trait{Saw: "the server does not agree to what the flaw needs: " + err.Error()}
	}
	return &pavise.Trait{Unknown: "no handshake came to its end: " + err.Error()}
}

// within is a kind of suites: those of up to TLS 1.2 for which the test is true.
func within(is func(rawtls.Suite) bool) []uint16 {
	var list []uint16
	for _, id := range rawtls.Suites(rawtls.TLS12) {
		if is(rawtls.Lookup(id)) {
			list = append(list, uint16(id))
		}
	}
	return list
}

func authentic(s rawtls.Suite) bool {
	return slices.Contains([]string{"ECDHE", "DHE", "RSA"}, s.Exchange()) && !s.PSK() && !s.Anonymous()
}

// again tries once more what has shown a fault: only what shows each time is one.
func again(try func() (pavise.Trait, error)) (r pavise.Trait, err error) {
	for range times {
		if r, err = try(); err != nil || !r.Has {
			break
		}
	}
	return r, err
}

// compare has all variants of a wrong message answered, and says whether an attacker
// can tell them apart. What differs must differ in the same way each time.
func compare(variants []string, try func(i int) (string, error)) (pavise.Trait, error) {
	var first []string
	for round := range times {
		answers := make([]string, len(variants))
		for i := range variants {
			var err error
			if answers[i], err = try(i); err != nil {
				return pavise.Trait{}, err
			}
		}
		if slices.Equal(slices.Compact(slices.Clone(answers)), answers[:1]) && round == 0 {
			return pavise.Trait{Saw: "the same answer to all of " + strings.Join(variants, ", ") + ": " + answers[0]}, nil
		}
		if first == nil {
			first = answers
		}
		if !slices.Equal(first, answers) {
			return pavise.Trait{Unknown: "the answers differ from one time to the next: " + pairs(variants, first) + "; then " + pairs(variants, answers)}, nil
		}
	}
	return pavise.Trait{Has: true, Saw: pairs(variants, first)}, nil
}

func pairs(variants, answers []string) string {
	list := make([]string, len(variants))
	for i := range variants {
		list[i] = variants[i] + ": " + answers[i]
	}
	return strings.Join(list, "; ")
}
