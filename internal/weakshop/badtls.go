package weakshop

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"time"

	"pavise/internal/weaktls"
)

// badTLS offers what PCI DSS forbids, from SSLv2 on, and nothing new, by a server with
// the known flaws.
func badTLS() (weaktls.Config, error) {
	c := weaktls.Config{
		Versions: []uint16{weaktls.SSL2, weaktls.SSL3, weaktls.TLS10, weaktls.TLS11, weaktls.TLS12},
		// What clients of today still agree to, and one of each kind that they no longer do.
		Suites: []uint16{0xc013, 0x002f, 0x0005, 0x000a, 0x0033, 0x0014, 0x0003, 0x0009, 0x0002, 0x0034},
		SSL2:   []uint32{0x010080, 0x020080, 0x0700c0},
		Groups: []uint16{29, 23, 19, 1}, // X25519 and P-256, secp192r1 and sect163k1

		Insecure: true, Selective: true, ClientRenegotiation: true, Compression: true, Tickets: true, SessionIDs: true,
		Heartbeat: true, Heartbleed: true, CCS: true, ROBOT: true, Ticketbleed: true, Padding: weaktls.Zombie,
	}
	var err error
	c.Certificate, c.Key, err = badCertificate()
	return c, err
}

// badCertificate is self-signed with SHA-1 over a short key, for another name,
// and long expired.
func badCertificate() ([]byte, *rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber:       big.NewInt(1),
		Subject:            pkix.Name{CommonName: "old.example"},
		DNSNames:           []string{"old.example"},
		NotBefore:          time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:           time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		SignatureAlgorithm: x509.SHA1WithRSA,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return der, key, err
}
