package catalog_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"pavise"
	"pavise/internal/authority"
	"pavise/internal/weakshop"
	"pavise/scan"
)

// A publicAuthority signs as public ones do: below a root, by rules that it names.
type publicAuthority struct {
	root, between *x509.Certificate
	key           *ecdsa.PrivateKey // of the one between
}

func newPublicAuthority(t *testing.T) *publicAuthority {
	a := &publicAuthority{}
	rootKey := ecKey(t)
	template := func(name string) *x509.Certificate {
		return &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, IsCA: true,
			BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
	}
	a.root = signed(t, template("Root of the tests"), nil, rootKey.Public(), rootKey)
	a.key = ecKey(t)
	a.between = signed(t, template("Between of the tests"), a.root, a.key.Public(), rootKey)
	return a
}

func ecKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// signed makes a certificate; without a parent it signs itself.
func signed(t *testing.T, template, parent *x509.Certificate, key crypto.PublicKey, by crypto.Signer) *x509.Certificate {
	t.Helper()
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, by)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// leaf signs a certificate for the host, valid for so many days.
func (a *publicAuthority) leaf(t *testing.T, host string, key crypto.Signer, days int, more ...pkix.Extension) *x509.Certificate {
	t.Helper()
	policy, err := x509.OIDFromInts([]uint64{2, 23, 140, 1, 2, 1})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now().Add(-time.Hour)
	return signed(t, &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), DNSNames: []string{host}, Policies: []x509.OID{policy},
		IssuingCertificateURL: []string{"http://ca.test/between.crt"}, NotBefore: begin, NotAfter: begin.AddDate(0, 0, days),
		ExtraExtensions: more}, a.between, key.Public(), a.key)
}

// staple is the authority's answer about a certificate.
func (a *publicAuthority) staple(t *testing.T, cert *x509.Certificate, status int) []byte {
	t.Helper()
	answer, err := ocsp.CreateResponse(a.between, a.between, ocsp.Response{Status: status, SerialNumber: cert.SerialNumber,
		ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(24 * time.Hour), RevokedAt: time.Now().Add(-2 * time.Hour)}, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// twoTimestamps have the form of what logs give, and come from none.
func twoTimestamps(t *testing.T) pkix.Extension {
	value, err := asn1.Marshal([]byte{0, 8, 0, 2, 1, 1, 0, 2, 2, 2})
	if err != nil {
		t.Fatal(err)
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}, Value: value}
}

func rsaKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// shown serves a page with the certificates.
func shown(t *testing.T, cfg *tls.Config, roots ...*x509.Certificate) scan.Options {
	t.Helper()
	l := listen(t)
	server := &http.Server{Handler: text(netPage), TLSConfig: cfg, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		ReadHeaderTimeout: 10 * time.Second}
	t.Cleanup(func() { server.Close() })
	go server.ServeTLS(l, "", "")
	secure := fmt.Sprintf("%s:%d", weakshop.Host, port(l))
	opt := scan.Options{Target: pavise.Target{URL: "https://" + secure, Start: "/", TLS: secure}, Timeout: time.Minute, Roots: x509.NewCertPool()}
	for _, root := range roots {
		opt.Roots.AddCert(root)
	}
	return opt
}

// goodChains are as a public authority gives them today, for both kinds of keys.
func goodChains(t *testing.T, _ *authority.Authority) scan.Options {
	a := newPublicAuthority(t)
	cfg := &tls.Config{}
	for _, key := range []crypto.Signer{ecKey(t), rsaKey(t)} {
		leaf := a.leaf(t, weakshop.Host, key, 90, twoTimestamps(t))
		cfg.Certificates = append(cfg.Certificates, tls.Certificate{PrivateKey: key,
			Certificate: [][]byte{leaf.Raw, a.between.Raw}, OCSPStaple: a.staple(t, leaf, ocsp.Good)})
	}
	return shown(t, cfg, a.root)
}

// badChains have everything wrong that comes along with a certificate.
func badChains(t *testing.T, _ *authority.Authority) scan.Options {
	a := newPublicAuthority(t)
	ec, other := ecKey(t), rsaKey(t)
	leaf := a.leaf(t, weakshop.Host, ec, 300)
	odd := a.leaf(t, "other.test", other, 300)
	old := expired(t)
	usual := &tls.Certificate{PrivateKey: ec, Certificate: [][]byte{leaf.Raw, a.root.Raw}, OCSPStaple: a.staple(t, leaf, ocsp.Revoked)}
	return shown(t, &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		switch {
		case hello.ServerName == "":
			return old, nil
		case hello.SupportsCertificate(usual) == nil:
			return usual, nil
		}
		return &tls.Certificate{PrivateKey: other, Certificate: [][]byte{odd.Raw}}, nil
	}}, a.root)
}
