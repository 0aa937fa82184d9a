package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"pavise"
)

// authority is an authority's counterpart for shop.test alone.
type authority struct{ cert *tls.Certificate }

func (a authority) ServeClear(w http.ResponseWriter, r *http.Request) bool {
	if r.URL.Path != "/.well-known/acme-challenge/token" {
		return false
	}
	io.WriteString(w, "token.print")
	return true
}

func (a authority) ChallengeCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if hello.ServerName != "shop.test" {
		return nil, errors.New("no challenge")
	}
	return a.cert, nil
}

func pairFor(t *testing.T, host string) *tls.Certificate {
	t.Helper()
	certPEM, keyPEM, _ := newPair(t, host)
	cert, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	return &cert
}

// TestChallenges reach no policy and no app: in the clear before the redirect, in
// TLS by their protocol alone.
func TestChallenges(t *testing.T) {
	challenge := pairFor(t, "shop.test")
	w := behind(t, func(w http.ResponseWriter, r *http.Request) { t.Errorf("the app saw %s", r.URL) }, false,
		func(c *Config) { c.HTTP, c.Challenges = "127.0.0.1:0", authority{challenge} })
	res, err := http.Get("http://" + w.server.HTTP().String() + "/.well-known/acme-challenge/token")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if text, _ := io.ReadAll(res.Body); string(text) != "token.print" || res.Header.Get("Mark") != "" {
		t.Errorf("%q, header %v", text, res.Header)
	}
	dial := func(name string, protocols ...string) (*tls.Conn, error) {
		return tls.Dial("tcp", w.server.HTTPS().String(), &tls.Config{ServerName: name, NextProtos: protocols, InsecureSkipVerify: true})
	}
	conn, err := dial("shop.test", "acme-tls/1")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if state := conn.ConnectionState(); state.NegotiatedProtocol != "acme-tls/1" || !state.PeerCertificates[0].Equal(challenge.Leaf) {
		t.Errorf("%s, %s", state.NegotiatedProtocol, state.PeerCertificates[0].DNSNames)
	}
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n")
	if got, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) || len(got) > 0 {
		t.Errorf("it serves: %q, %v", got, err)
	}
	if conn, err := dial("other.test", "acme-tls/1"); err == nil {
		conn.Close()
		t.Error("a name that nobody asks about")
	}
	if conn, err := dial("shop.test", "acme-tls/1", "http/1.1"); err != nil || conn.ConnectionState().NegotiatedProtocol != "http/1.1" {
		t.Errorf("with another protocol: %v", err)
	}
}

// TestByHost shows each host its own certificate, which need name no other.
func TestByHost(t *testing.T) {
	own, shared := pairFor(t, "own.test"), pairFor(t, "a.test")
	names := func(hosts []string) []string {
		list, err := newSiteTLS(pavise.Site{Hosts: hosts}, Site{Hosts: hosts, Certificate: fixed{shared},
			ByHost: map[string]Certificates{"own.test": fixed{own}}}, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		g := newGeneration()
		g.show(list)
		var shown []string
		for _, host := range hosts {
			cert, err := g.tls(host).GetCertificate(nil)
			if err != nil {
				t.Fatal(err)
			}
			shown = append(shown, cert.Leaf.DNSNames[0])
		}
		return shown
	}
	if got := names([]string{"a.test", "own.test"}); got[0] != "a.test" || got[1] != "own.test" {
		t.Errorf("%v", got)
	}
	if got := names([]string{"own.test"}); got[0] != "own.test" {
		t.Errorf("%v", got)
	}
	_, err := newSiteTLS(pavise.Site{Hosts: []string{"own.test"}}, Site{Hosts: []string{"own.test"}, ByHost: map[string]Certificates{"own.test": refusing{}}}, time.Now)
	if err == nil {
		t.Error("it starts without a certificate")
	}
}

type refusing struct{}

func (refusing) Certificate(time.Time, func(*x509.Certificate, time.Time) error) (*tls.Certificate, error) {
	return nil, errors.New("none")
}
