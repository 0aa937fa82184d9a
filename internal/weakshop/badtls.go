package weakshop

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"time"
)

// badTLS offers what PCI DSS forbids: old versions, weak suites, nothing new.
func badTLS(cert tls.Certificate) *tls.Config {
	cfg := &tls.Config{
		Certificates: []tls.Certificate{cert},
		MinVersion:   tls.VersionTLS10,
		MaxVersion:   tls.VersionTLS12,
	}
	for _, suite := range append(tls.InsecureCipherSuites(), tls.CipherSuites()...) {
		cfg.CipherSuites = append(cfg.CipherSuites, suite.ID)
	}
	return cfg
}

// badCertificate is self-signed with SHA-1 over a short key, for another name,
// and long expired.
func badCertificate() (tls.Certificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		return tls.Certificate{}, err
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
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
