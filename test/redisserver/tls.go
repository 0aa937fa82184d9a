package redisserver

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pavise/internal/authority"
)

// A TLS has the files for both sides: of an authority, and of one certificate that it
// has signed for 127.0.0.1 and localhost.
type TLS struct {
	CA, Certificate, Key string
	Clients              bool // only clients with a certificate of the authority are served
}

// NewTLS makes the files.
func NewTLS(t testing.TB) *TLS {
	t.Helper()
	dir := t.TempDir()
	local, err := authority.Open(filepath.Join(dir, "authority"))
	if err != nil {
		t.Fatal(err)
	}
	pair, err := local.Leaf([]string{"127.0.0.1", "localhost"}).Certificate(time.Now(), func(*x509.Certificate, time.Time) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	files := &TLS{CA: local.CertificateFile(), Certificate: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	var certificates []byte
	for _, der := range pair.Certificate {
		certificates = append(certificates, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	for file, data := range map[string][]byte{files.Certificate: certificates, files.Key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// lines are those of redis.conf.
func (f *TLS) lines(port string) []string {
	clients := "no"
	if f.Clients {
		clients = "yes"
	}
	return []string{"port 0", "tls-port " + port, "tls-cert-file " + f.Certificate, "tls-key-file " + f.Key,
		"tls-ca-cert-file " + f.CA, "tls-auth-clients " + clients}
}
