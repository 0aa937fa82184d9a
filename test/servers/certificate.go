package servers

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// The kinds of keys that a certificate may have.
const (
	RSA   = "rsa"
	ECDSA = "ecdsa"
)

var pairs = map[string]func() (tls.Certificate, error){
	RSA: sync.OnceValues(func() (tls.Certificate, error) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return tls.Certificate{}, err
		}
		return signed(key)
	}),
	ECDSA: sync.OnceValues(func() (tls.Certificate, error) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return tls.Certificate{}, err
		}
		return signed(key)
	}),
}

// SelfSigned is a certificate for localhost and a.test with a key of the kind, the same
// for all tests of a package.
func SelfSigned(t testing.TB, kind string) tls.Certificate {
	t.Helper()
	pair, err := pairs[kind]()
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func signed(key crypto.Signer) (tls.Certificate, error) {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost", "a.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// files writes a certificate and its key, and returns where.
func files(t testing.TB, pair tls.Certificate) (cert, key string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}
