package flaw

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"pavise"
	"pavise/internal/rawtls"
)

// known is how long our session id is: what is echoed beyond it is of the server's memory.
const known = 16

// ticketbleed resumes a session by its ticket, with a session id that is shorter than
// usual. The server must echo it as it is (RFC 5077 3.4).
func (s Server) ticketbleed(ctx context.Context) (pavise.Trait, error) {
	ticket, suite, none, err := s.ticket(ctx)
	if ticket == nil {
		return none, err
	}
	var seen [][]byte
	r, err := again(func() (pavise.Trait, error) {
		h := s.hello(suite).With(rawtls.SessionTicket(ticket), rawtls.ExtendedMasterSecret())
		h.SessionID = random(known)
		conn, err := s.open(ctx)
		if err != nil {
			return pavise.Trait{}, err
		}
		defer conn.Close()
		conn.Write(h.Marshal())
		reply, err := rawtls.ReadHello(conn)
		if err != nil {
			return pavise.Trait{Saw: "the session does not resume: " + err.Error()}, ctx.Err()
		}
		if len(reply.SessionID) <= known || !bytes.HasPrefix(reply.SessionID, h.SessionID) {
			return pavise.Trait{Saw: fmt.Sprintf("a session id of %d bytes came back as one of %d", known, len(reply.SessionID))}, nil
		}
		seen = append(seen, reply.SessionID[known:])
		return pavise.Trait{Has: true, Sent: h.SessionID, Received: reply.SessionID[:known], // the rest is memory of the server
			Saw: fmt.Sprintf("a session id of %d bytes came back with %d bytes more", known, len(reply.SessionID)-known)}, nil
	})
	if r.Has && !differ(seen) {
		return pavise.Trait{Unknown: r.Saw + ", but always the same"}, err
	}
	return r, err
}

func differ(list [][]byte) bool {
	for _, b := range list {
		if !bytes.Equal(b, list[0]) {
			return true
		}
	}
	return false
}

// ticket is one of the server's, and the suite of its session, or why there is none.
func (s Server) ticket(ctx context.Context) (ticket []byte, suite uint16, none pavise.Trait, err error) {
	raw, err := s.open(ctx)
	if err != nil {
		return nil, 0, none, err
	}
	defer raw.Close()
	cache := &once{}
	cfg := &tls.Config{InsecureSkipVerify: true, ServerName: s.Name, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12,
		ClientSessionCache: cache}
	for _, of := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		cfg.CipherSuites = append(cfg.CipherSuites, of.ID)
	}
	conn := tls.Client(raw, cfg)
	var refused *net.OpError
	switch err := conn.HandshakeContext(ctx); {
	case errors.As(err, &refused) && refused.Op == "remote error":
		return nil, 0, pavise.Trait{Saw: "there is no session up to TLS 1.2: " + err.Error()}, nil
	case err != nil:
		return nil, 0, pavise.Trait{Unknown: "no handshake came to its end: " + err.Error()}, ctx.Err()
	case cache.state == nil:
		return nil, 0, pavise.Trait{Saw: "the server gives no tickets up to TLS 1.2"}, nil
	}
	ticket, _, err = cache.state.ResumptionState()
	return ticket, conn.ConnectionState().CipherSuite, none, err
}

// once keeps the last session.
type once struct{ state *tls.ClientSessionState }

func (o *once) Get(string) (*tls.ClientSessionState, bool)    { return nil, false }
func (o *once) Put(_ string, session *tls.ClientSessionState) { o.state = session }
