package catalog_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/internal/authority"
	"pavise/scan"
	"pavise/test/mailserver"
	"pavise/test/nameserver"
	"pavise/test/servers"
)

// The network of the fixtures: a site, its names, its mail, and what else listens.
const (
	netDomain = "shop.test"
	netHost   = "www.shop.test"
	netPage   = "<!doctype html><title>Shields and bucklers</title><p>We sell round shields, kite shields, bucklers and pavises, " +
		"painted or plain, of lime wood and hide, made by hand. Each comes with a strap of good leather, and is sent within a week. " +
		"Ask us for the arms of your house, and we paint them for you.</p>"
)

// serve has a handler answer at a port of loopback, by TLS if there is a certificate.
func serve(t *testing.T, page http.HandlerFunc, cert *tls.Certificate) int {
	t.Helper()
	l := listen(t)
	server := &http.Server{Handler: page, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), ReadHeaderTimeout: 10 * time.Second}
	t.Cleanup(func() { server.Close() })
	if cert == nil {
		go server.Serve(l)
	} else {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*cert}}
		go server.ServeTLS(l, "", "")
	}
	return port(l)
}

// says has a service say something to whoever comes, at once or when it is asked by HTTP.
func says(t *testing.T, greeting, reply string) int {
	t.Helper()
	l := servers.Listen(t)
	servers.SpeakAt(l, func(conn net.Conn) {
		io.WriteString(conn, greeting)
		asked := make([]byte, 512)
		if n, _ := conn.Read(asked); strings.HasPrefix(string(asked[:n]), "GET /") {
			io.WriteString(conn, reply)
		}
	})
	return port(l)
}

func text(page string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, page)
	}
}

func certified(t *testing.T, local *authority.Authority, hosts ...string) *tls.Certificate {
	t.Helper()
	cert, err := local.Leaf(hosts).Certificate(time.Now(), (&pavise.Listener{}).Accepts)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// expired is a certificate that nobody should believe.
func expired(t *testing.T) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"old.test"},
		NotBefore: time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// A network is a site under a public name, and all that belongs to it, on loopback.
type network struct {
	cert    *tls.Certificate
	options scan.Options
}

func newNetwork(t *testing.T, local *authority.Authority) *network {
	cert := certified(t, local, netHost, "mta-sts."+netDomain, "mail."+netDomain)
	https := serve(t, text(netPage), cert)
	clear := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, fmt.Sprintf("https://%s:%d/", netHost, https), http.StatusMovedPermanently)
	}, nil)
	secure := fmt.Sprintf("%s:%d", netHost, https)
	at := pavise.Target{URL: "https://" + secure, Start: "/", TLS: secure, Clear: fmt.Sprintf("http://%s:%d", netHost, clear), Ports: "none"}
	n := &network{cert, scan.Options{Target: at, Timeout: time.Minute, MaxConnections: 600, Resolve: map[string]string{}}}
	n.found(secure, https)
	n.found(fmt.Sprintf("%s:%d", netHost, clear), clear)
	return n
}

// found places an address at a port of loopback.
func (n *network) found(address string, port int) {
	n.options.Resolve[address] = "127.0.0.1:" + strconv.Itoa(port)
}

func (n *network) names(t *testing.T, s *nameserver.Server) {
	s.Start(t)
	n.options.Resolver = s.Addr
	n.options.Resolve["ns1."+netDomain+":53"] = s.Addr
}

func (n *network) mail(t *testing.T, host string, s *mailserver.Server) {
	address := host + ":25"
	n.options.Resolve[address] = s.Start(t).Addr
	n.options.Target.Mail = strings.Trim(n.options.Target.Mail+","+address, ",")
}

func (n *network) ports(list ...int) {
	n.options.Target.Ports = strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]")
}

func (n *network) tlsa() (name, good string) {
	leaf, _ := x509.ParseCertificate(n.cert.Certificate[0])
	sum := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	_, port, _ := net.SplitHostPort(n.options.Target.TLS)
	return "_" + port + "._tcp." + netHost + " TLSA", "3 1 1 " + hex.EncodeToString(sum[:])
}

func (n *network) policy(t *testing.T, mode string) {
	n.found("mta-sts."+netDomain+":443", serve(t, text("version: STSv1\nmode: "+mode+"\nmx: *."+netDomain+"\nmax_age: 86400\n"), n.cert))
}

// goodNetwork has all that a network should have, and nothing more.
func goodNetwork(t *testing.T, local *authority.Authority) scan.Options {
	n := newNetwork(t, local)
	tlsa, fits := n.tlsa()
	n.names(t, &nameserver.Server{Signed: true, Records: map[string][]string{
		netHost + " A": {"127.0.0.1"}, netHost + " AAAA": {"::ffff:127.0.0.1"}, netDomain + " NS": {"ns1." + netDomain},
		netDomain + " CAA": {`0 issue "ca.test"`}, netDomain + " DS": {"1 13 2 00"}, netDomain + " MX": {"10 mail." + netDomain},
		netDomain + " TXT": {"hello", "v=spf1 mx include:_spf." + netDomain + " -all"}, "_spf." + netDomain + " TXT": {"v=spf1 ip4:192.0.2.0/24 ~all"},
		"_dmarc." + netDomain + " TXT": {"v=DMARC1; p=reject"}, "_mta-sts." + netDomain + " TXT": {"v=STSv1; id=1"}, tlsa: {fits},
	}})
	n.policy(t, "enforce")
	n.mail(t, "mail."+netDomain, &mailserver.Server{TLS: &tls.Config{Certificates: []tls.Certificate{*n.cert}}, Within: []string{"AUTH PLAIN"}})
	n.ports(serve(t, text("<title>Something else</title>"), nil))
	return n.options
}

// badNetwork has a fault in all that can be faulty.
func badNetwork(t *testing.T, local *authority.Authority) scan.Options {
	n := newNetwork(t, local)
	tlsa, _ := n.tlsa()
	n.names(t, &nameserver.Server{Gives: true, Records: map[string][]string{
		netHost + " A": {"127.0.0.1"}, netHost + " AAAA": {"::ffff:127.0.0.2"}, netDomain + " NS": {"ns1." + netDomain},
		netDomain + " MX": {"10 mail." + netDomain}, netDomain + " TXT": {"v=spf1 a mx a:a.test mx:b.test ptr exists:c.test a:d.test a:e.test a:f.test a:g.test a:h.test +all"},
		"_dmarc." + netDomain + " TXT": {"v=DMARC1; p=none"}, "_mta-sts." + netDomain + " TXT": {"v=STSv1; id=1"}, tlsa: {"3 1 1 00"},
	}})
	n.policy(t, "none")
	n.mail(t, "mail."+netDomain, &mailserver.Server{Banner: "220 mail.test ESMTP Exim 4.96", Extensions: []string{"AUTH PLAIN LOGIN"}, Relays: true})
	n.mail(t, "old."+netDomain, &mailserver.Server{TLS: &tls.Config{Certificates: []tls.Certificate{*expired(t)}, MinVersion: tls.VersionTLS10}})
	n.ports(
		serve(t, text(netPage), nil),
		says(t, "", "HTTP/1.0 200 OK\r\n\r\n{\"tagline\":\"You Know, for Search\"}"),
		says(t, "", "HTTP/1.0 400 Bad Request\r\n\r\nWebSockets request was expected\r\n"),
		says(t, "\xff\xfd\x18", ""),
		says(t, "who goes there?", ""),
	)
	return n.options
}

// bareNetwork has names, and says nothing by them.
func bareNetwork(t *testing.T, local *authority.Authority) scan.Options {
	n := newNetwork(t, local)
	n.names(t, &nameserver.Server{Records: map[string][]string{netHost + " A": {"127.0.0.1"}}})
	return n.options
}
