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

	"pavise/internal/rawtls"
)

// A Server is one to try.
type Server struct {
	Name string // for SNI and HTTP
	// Dial opens a connection on which TLS comes next.
	Dial func(context.Context) (net.Conn, error)
}

// A Result is what came of a try.
type Result struct {
	Has     bool
	Unknown string // why nobody can tell; Has is then false
	Saw     string
	Sent    []byte // what showed it, as far as it is short
	// Received is what came back, without anything that may be of the server's memory.
	Received []byte
}

// patience is how long a server may say nothing before that is its answer.
const patience = 2 * time.Second

// times is how often a fault must show, the same each time.
const times = 3

// The flaws that can be tried.
const (
	Heartbleed    = "heartbleed"     // CVE-2014-0160
	CCS           = "ccs"            // CVE-2014-0224
	ROBOT         = "robot"          // CVE-2017-13099 and kin
	Ticketbleed   = "ticketbleed"    // CVE-2016-9244
	Renegotiation = "renegotiation"  // a client may begin one
	PaddingOracle = "padding-oracle" // in CBC mode
)

var tries = map[string]func(Server, context.Context) (Result, error){
	Heartbleed: Server.heartbleed, CCS: Server.ccs, ROBOT: Server.robot,
	Ticketbleed: Server.ticketbleed, Renegotiation: Server.renegotiation, PaddingOracle: Server.paddingOracle,
}

// Try tries one flaw. An error is that there was nobody to ask.
func Try(ctx context.Context, s Server, which string) (Result, error) {
	try, ok := tries[which]
	if !ok {
		return Result{}, fmt.Errorf("no flaw is called %q", which)
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
// a Result, with the reason.
func (s Server) greet(ctx context.Context, h rawtls.Hello) (net.Conn, *rawtls.Reply, *Result, error) {
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
func disagreement(err error) *Result {
	var alert *rawtls.Alert
	if errors.As(err, &alert) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		return &Result{Saw: "the server does not agree to what the flaw needs: " + err.Error()}
	}
	return &Result{Unknown: "no handshake came to its end: " + err.Error()}
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
func again(try func() (Result, error)) (r Result, err error) {
	for range times {
		if r, err = try(); err != nil || !r.Has {
			break
		}
	}
	return r, err
}

// compare has all variants of a wrong message answered, and says whether an attacker
// can tell them apart. What differs must differ in the same way each time.
func compare(variants []string, try func(i int) (string, error)) (Result, error) {
	var first []string
	for round := range times {
		answers := make([]string, len(variants))
		for i := range variants {
			var err error
			if answers[i], err = try(i); err != nil {
				return Result{}, err
			}
		}
		if slices.Equal(slices.Compact(slices.Clone(answers)), answers[:1]) && round == 0 {
			return Result{Saw: "the same answer to all of " + strings.Join(variants, ", ") + ": " + answers[0]}, nil
		}
		if first == nil {
			first = answers
		}
		if !slices.Equal(first, answers) {
			return Result{Unknown: "the answers differ from one time to the next: " + pairs(variants, first) + "; then " + pairs(variants, answers)}, nil
		}
	}
	return Result{Has: true, Saw: pairs(variants, first)}, nil
}

func pairs(variants, answers []string) string {
	list := make([]string, len(variants))
	for i := range variants {
		list[i] = variants[i] + ": " + answers[i]
	}
	return strings.Join(list, "; ")
}
