package scan

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"pavise"
)

// answering is a server that reads what comes first, says one thing and ends.
func answering(t *testing.T, said string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Read(make([]byte, 4096))
			conn.Write([]byte(said))
			conn.Close()
		}
	}()
	return l.Addr().String()
}

// TestRefusal: whatever ends a handshake is said without a word of crypto/tls.
func TestRefusal(t *testing.T) {
	alert := func(code byte) string { return string([]byte{21, 3, 3, 0, 2, 2, code}) } // RFC 8446 6: fatal
	for name, tt := range map[string]struct{ said, want string }{
		"HTTP":                  {"HTTP/1.1 400 Bad Request\r\n\r\n", "what answers there speaks HTTP in the clear, no TLS"},
		"SMTP":                  {"220 mail.test ESMTP\r\n", "what answers there speaks no TLS"},
		"nothing":               {"", "the server ended the connection without an answer to the handshake"},
		"half a record":         {alert(40)[:4], "the server ended the connection without an answer to the handshake"},
		"handshake_failure":     {alert(40), "accepts nothing of what was offered"},
		"protocol_version":      {alert(70), "no version of TLS that was offered"},
		"insufficient_security": {alert(71), "stronger ciphers"},
		"internal_error":        {alert(80), "a reason of its own"},
		"unrecognized_name":     {alert(112), "no site of this name"},
		"certificate_required":  {alert(116), "a certificate of the client"},
		"access_denied":         {alert(49), "broke the handshake off with the alert: access denied"},
		"of no name":            {alert(200), "broke the handshake off with the alert: alert(200)"},
	} {
		c := newClient(Options{})
		a := c.answer(t.Context(), pavise.Probe{Handshake: &pavise.Handshake{Address: answering(t, tt.said), Name: "shop.test"}})
		c.close()
		if a.Session == nil || !strings.Contains(a.Session.Refused, tt.want) || strings.Contains(a.Session.Refused, "tls:") {
			t.Errorf("%s: %+v, %s, want %q", name, a.Session, a.Error, tt.want)
		}
	}
	if got := refusal(errors.New("tls: server chose an unconfigured cipher suite")); got != "server chose an unconfigured cipher suite" {
		t.Errorf("%q", got)
	}
}

func TestDoubt(t *testing.T) {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	for roots, want := range map[*x509.CertPool]string{x509.NewCertPool(): "the chain leads to no authority that is trusted here", pool(s.Certificate()): ""} {
		c := newClient(Options{Roots: roots})
		if got := c.distrust([]*x509.Certificate{s.Certificate()}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		c.close()
	}
	cert := &x509.Certificate{Subject: pkix.Name{CommonName: strings.Repeat("Shop CA ", 1000)}}
	for reason, want := range map[x509.InvalidReason]string{
		x509.Expired:             "a certificate of the chain has expired, or is not valid yet: CN=Shop CA",
		x509.NotAuthorizedToSign: "signs others and may not", x509.TooManyIntermediates: "longer than", x509.IncompatibleUsage: "not made for servers",
		x509.NameMismatch: "issuer name does not match",
	} {
		if got := doubt(x509.CertificateInvalidError{Cert: cert, Reason: reason}); !strings.Contains(got, want) || strings.Contains(got, "x509:") || len(got) > 400 {
			t.Errorf("%d: %q, want %q", reason, got, want)
		}
	}
	if got := doubt(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}); !strings.Contains(got, "no authority") {
		t.Errorf("%q", got)
	}
}

func pool(certs ...*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range certs {
		p.AddCert(c)
	}
	return p
}
