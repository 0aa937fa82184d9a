package grade

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/internal/rawtls"
)

// Suites by number.
const (
	aes128 = uint32(tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)
	aes256 = uint32(tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384)
	cbc    = uint32(tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA)
	static = uint32(tls.TLS_RSA_WITH_AES_128_GCM_SHA256)
	rc4    = uint32(tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA)
	triple = uint32(tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA)
	anon   = uint32(0x0034) // TLS_DH_anon_WITH_AES_128_CBC_SHA
	export = uint32(0x0003) // TLS_RSA_EXPORT_WITH_RC4_40_MD5
	modern = uint32(tls.TLS_AES_128_GCM_SHA256)
	strong = uint32(tls.TLS_AES_256_GCM_SHA384)
)

func certificate(t *testing.T, name string, key crypto.Signer) []byte {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// A server is what a grade goes by.
type server struct {
	versions map[uint16][]uint32
	groups   []uint16
	dh       int
	traits   map[string]pavise.Trait
	flaw     string
	distrust string
	hsts     string
	der      []byte
}

func (s server) evidence() *pavise.Evidence {
	e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.example.com", TLS: "shop.example.com:443"}}
	o := &pavise.Offered{Groups: s.groups, Traits: s.traits}
	for _, v := range []uint16{rawtls.SSL2, rawtls.SSL3, tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13} {
		o.Protocols = append(o.Protocols, pavise.Protocol{Version: v, Suites: s.versions[v]})
	}
	if s.dh > 0 {
		o.DH = []pavise.DHPrime{{Bits: s.dh}}
	}
	e.Add(pavise.Answer{Probe: pavise.Probe{Offer: &pavise.Offer{Address: e.Target.TLS, Name: "shop.example.com"}}, Offered: o})
	e.Add(pavise.Answer{Probe: pavise.Probe{Handshake: &pavise.Handshake{Address: e.Target.TLS, Name: "shop.example.com"}},
		Session: &pavise.Session{Version: tls.VersionTLS12, Chain: [][]byte{s.der}, Distrust: s.distrust}})
	if s.flaw != "" {
		e.Add(pavise.Answer{Probe: pavise.Probe{Flaw: &pavise.Flaw{Address: e.Target.TLS, Which: s.flaw}}, Trait: &pavise.Trait{Has: true}})
	}
	home := pavise.Answer{Probe: e.Target.Home(), Response: &pavise.Response{Status: 200, Header: http.Header{}}}
	if s.hsts != "" {
		home.Response.Header.Set("Strict-Transport-Security", s.hsts)
	}
	e.Add(home)
	return e
}

func TestLabs(t *testing.T) {
	rsa2048, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	own, other := certificate(t, "shop.example.com", rsa2048), certificate(t, "other.example.com", rsa2048)
	type versions = map[uint16][]uint32
	good := func(change func(*server)) server {
		s := server{versions: versions{tls.VersionTLS12: {aes128, aes256}, tls.VersionTLS13: {modern, strong}}, groups: []uint16{29, 23}, der: own}
		change(&s)
		return s
	}
	for _, c := range []struct {
		name   string
		letter string
		score  int
		reason string
		server server
	}{
		{"good", "A", 93, "protocols 100, key exchange 90, ciphers 90", good(func(*server) {})},
		{"hsts", "A+", 93, "HSTS", good(func(s *server) { s.hsts = "max-age=15552000" })},
		{"short hsts", "A", 93, "", good(func(s *server) { s.hsts = "max-age=15551999" })},
		{"strongest", "A", 100, "", good(func(s *server) {
			s.versions, s.groups = versions{tls.VersionTLS13: {strong}}, []uint16{24}
			s.der = certificate(t, "shop.example.com", p384)
		})},
		{"no 1.3", "A-", 93, "no TLS 1.3", good(func(s *server) { delete(s.versions, tls.VersionTLS13) })},
		{"no 1.3 with hsts", "A-", 93, "", good(func(s *server) { delete(s.versions, tls.VersionTLS13); s.hsts = "max-age=63072000" })},
		{"1.1", "B", 92, "TLS 1.1", good(func(s *server) { s.versions[tls.VersionTLS11] = []uint32{cbc} })},
		{"1.0", "B", 91, "TLS 1.0", good(func(s *server) { s.versions[tls.VersionTLS10] = []uint32{cbc} })},
		{"ssl 3", "C", 90, "POODLE", good(func(s *server) { s.versions[rawtls.SSL3] = []uint32{cbc} })},
		{"ssl 3 without cbc", "B", 90, "SSL 3", good(func(s *server) { s.versions[rawtls.SSL3] = []uint32{rc4} })},
		{"ssl 2", "F", 0, "SSL 2", good(func(s *server) {
			s.versions = versions{rawtls.SSL2: {0x010080}}
		})},
		{"old alone", "C", 86, "no TLS 1.2", good(func(s *server) { s.versions = versions{tls.VersionTLS10: {cbc}} })},
		{"rc4", "C", 93, "RC4 in TLS 1.1", good(func(s *server) { s.versions[tls.VersionTLS12] = []uint32{aes128, aes256, rc4} })},
		{"3des first", "C", 81, "64 bits", good(func(s *server) { s.versions[tls.VersionTLS12] = []uint32{triple, aes128} })},
		{"3des last", "A", 81, "", good(func(s *server) { s.versions[tls.VersionTLS12] = []uint32{aes128, triple} })},
		{"no forward secrecy", "B", 93, "forward secrecy", good(func(s *server) { s.versions[tls.VersionTLS12] = []uint32{static, aes128} })},
		{"no aead", "B", 93, "authenticated", good(func(s *server) { s.versions[tls.VersionTLS12] = []uint32{cbc, aes128} })},
		{"anonymous", "F", 0, "without authentication", good(func(s *server) { s.versions[tls.VersionTLS12] = []uint32{aes128, anon} })},
		{"export", "F", 66, "below 112", good(func(s *server) { s.versions[tls.VersionTLS12] = []uint32{aes128, export} })},
		{"small dh", "B", 90, "Diffie-Hellman", good(func(s *server) { s.dh = 1024 })},
		{"weak group", "A", 90, "key exchange 80", good(func(s *server) { s.groups = append(s.groups, 1) })},
		{"crime", "C", 93, "compression", good(func(s *server) { s.traits = map[string]pavise.Trait{pavise.Compression: {Has: true}} })},
		{"renegotiation", "A-", 93, "secure renegotiation", good(func(s *server) { s.traits = map[string]pavise.Trait{pavise.SecureRenegotiation: {}} })},
		{"renegotiation unknown", "A", 93, "", good(func(s *server) {
			s.traits = map[string]pavise.Trait{pavise.SecureRenegotiation: {Unknown: "reset"}}
		})},
		{"heartbleed", "F", 93, "Heartbleed", good(func(s *server) { s.flaw = pavise.Heartbleed })},
		{"robot", "F", 93, "ROBOT", good(func(s *server) { s.flaw = pavise.ROBOT })},
		{"untrusted", "T", 93, "not trusted", good(func(s *server) { s.distrust = "unknown authority" })},
		{"another name", "M", 93, "another name", good(func(s *server) { s.der, s.distrust = other, "not valid for this name" })},
	} {
		g, ok := Labs(c.server.evidence())
		if !ok || g.Letter != c.letter || g.Score != c.score || !strings.Contains(strings.Join(g.Reasons, "; "), c.reason) {
			t.Errorf("%s: %s %d %q, want %s %d for %q", c.name, g.Letter, g.Score, g.Reasons, c.letter, c.score, c.reason)
		}
	}
	if g, ok := Labs(server{der: own}.evidence()); ok {
		t.Errorf("%v although nothing is offered", g)
	}
	if g, ok := Labs(&pavise.Evidence{}); ok {
		t.Errorf("%v although nobody asked", g)
	}
}

func TestUntrustedIsNotJudged(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := server{versions: map[uint16][]uint32{tls.VersionTLS12: {aes256}, tls.VersionTLS13: {strong}}, groups: []uint16{29},
		distrust: "unknown authority", der: certificate(t, "shop.example.com", key)}
	e := s.evidence()
	e.Target.Untrusted = true
	if g, ok := Labs(e); !ok || g.Letter != "A" {
		t.Errorf("%v %v", g, ok)
	}
}
