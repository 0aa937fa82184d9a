package scan

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	"pavise"
)

// handshake tries to agree with the server. That the server will not is an
// answer; that nobody could be asked is an error.
func (c client) handshake(ctx context.Context, h pavise.Handshake) (*pavise.Session, error) {
	raw, err := c.dial(ctx, "tcp", h.Address)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	conn := tls.Client(raw, config(h))
	if err := conn.HandshakeContext(ctx); err != nil {
		if !answered(err) {
			return nil, err
		}
		return &pavise.Session{Refused: refusal(err)}, nil
	}
	return c.session(conn.ConnectionState()), nil
}

// session is what a handshake came to.
func (c client) session(state tls.ConnectionState) *pavise.Session {
	s := &pavise.Session{
		Version: state.Version, Suite: state.CipherSuite, Group: uint16(state.CurveID), ALPN: state.NegotiatedProtocol,
		Staple: state.OCSPResponse, Logged: len(state.SignedCertificateTimestamps),
	}
	for _, cert := range state.PeerCertificates {
		s.Chain = append(s.Chain, cert.Raw)
	}
	s.Distrust = c.distrust(state.PeerCertificates)
	return s
}

// config sets every field that decides what is offered, so that no switch of
// the runtime changes what a scan sees.
func config(h pavise.Handshake) *tls.Config {
	cfg := &tls.Config{
		InsecureSkipVerify: true, // the chain is judged by distrust, and shown
		ServerName:         h.Name,
		MinVersion:         tls.VersionTLS10,
		MaxVersion:         tls.VersionTLS13,
		CipherSuites:       h.Suites,
		NextProtos:         []string{"h2", "http/1.1"},
	}
	if net.ParseIP(h.Name) != nil {
		cfg.ServerName = "" // RFC 6066 3: no addresses in SNI
	}
	if h.Version != 0 {
		cfg.MinVersion, cfg.MaxVersion = h.Version, h.Version
	}
	if h.Suites == nil {
		for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
			cfg.CipherSuites = append(cfg.CipherSuites, s.ID)
		}
	}
	return cfg
}

// answered tells the server's refusal from a line on which nothing came back.
func answered(err error) bool {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, context.Canceled) {
		return false
	}
	var opErr *net.OpError
	if errors.As(err, &opErr) && opErr.Op != "remote error" && opErr.Op != "local error" {
		return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF)
	}
	return true
}

// distrust says why the chain leads to no root. Validity is another rule's
// business, so the chain is looked at on a day when the leaf is valid.
func (c client) distrust(chain []*x509.Certificate) string {
	if len(chain) == 0 {
		return "no certificate"
	}
	at := time.Now()
	if at.After(chain[0].NotAfter) || at.Before(chain[0].NotBefore) {
		at = chain[0].NotAfter.Add(-time.Second)
	}
	between := x509.NewCertPool()
	for _, cert := range chain[1:] {
		between.AddCert(cert)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: c.opt.Roots, Intermediates: between, CurrentTime: at})
	if err != nil {
		return doubt(err)
	}
	return ""
}
