// Package authority is the certificate authority of one machine: it signs
// certificates for sites that have no public one, and its key never leaves the
// state directory.
package authority

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"pavise"
	"pavise/internal/atomicfile"
)

const (
	rootLife = 10 * 365 * 24 * time.Hour
	leafLife = 90 * 24 * time.Hour
	keyFile  = "authority.pem" // key and certificate, for this user alone
	certFile = "authority.crt" // the certificate, for everybody who shall trust it
)

// An Authority signs certificates for local use.
type Authority struct {
	dir  string
	cert *x509.Certificate
	key  crypto.Signer
}

// Open reads the authority in the directory, or makes it and a new directory.
// Several processes may do so at once: they end up with the same one.
func Open(dir string) (*Authority, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	a, err := Load(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return a, err
	}
	if err := create(filepath.Join(dir, keyFile)); err != nil {
		return nil, fmt.Errorf("local authority: %w", err)
	}
	return Load(dir)
}

// Load reads the authority in the directory; the error is fs.ErrNotExist if
// there is none.
func Load(dir string) (*Authority, error) {
	pair, err := loadPair(filepath.Join(dir, keyFile))
	if err != nil {
		return nil, fmt.Errorf("local authority: %w", err)
	}
	a := &Authority{dir: dir, cert: pair.Leaf, key: pair.PrivateKey.(crypto.Signer)}
	if err := a.publish(); err != nil {
		return nil, fmt.Errorf("local authority: %w", err)
	}
	return a, nil
}

// Certificate is what a client must trust.
func (a *Authority) Certificate() *x509.Certificate { return a.cert }

// CertificateFile is where Certificate lies in PEM form.
func (a *Authority) CertificateFile() string { return filepath.Join(a.dir, certFile) }

// Pool returns a pool of the authority alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// publish writes the certificate, unless it is there already: one that is may be
// of an authority that was deleted.
func (a *Authority) publish() error {
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
	if there, err := os.ReadFile(a.CertificateFile()); err == nil && bytes.Equal(there, block) {
		return nil
	}
	return atomicfile.Write(a.CertificateFile(), block, 0o644)
}

// OfThisRun makes an authority that nobody knows later, for a directory that nothing can be
// written to.
func OfThisRun(dir string) (*Authority, error) {
	data, err := generate()
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(data, data)
	if err != nil {
		return nil, err
	}
	return &Authority{dir: dir, cert: pair.Leaf, key: pair.PrivateKey.(crypto.Signer)}, nil
}

// create makes an authority unless another process was quicker.
func create(path string) error {
	data, err := generate()
	if err != nil {
		return err
	}
	err = atomicfile.Create(path, data, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// generate returns the key and the certificate of a new authority.
func generate() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	host, _ := os.Hostname()
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{CommonName: pavise.LocalAuthority, Organization: []string{"Pavise on " + host}},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              rootEnds(now),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return encodePair(key, der)
}

// written is a day before any on which this runs: a clock that tells another was not set
// yet, and an authority of that day shall not have ended when it is.
var written = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

func rootEnds(now time.Time) time.Time {
	if now.Before(written) {
		now = written
	}
	return now.Add(rootLife)
}

// sign makes a certificate for the hosts: names or addresses.
func (a *Authority) sign(hosts []string, now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      pkix.Name{CommonName: hosts[0]},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(leafLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	return encodePair(key, der)
}

// serial is 127 random bits (CA/Browser Forum baseline 7.1: at least 64).
func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	return n.Add(n, big.NewInt(1))
}

func encodePair(key *ecdsa.PrivateKey, der []byte) ([]byte, error) {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	data := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	return append(data, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...), nil
}

// loadPair reads key and certificate from a file that others must not read.
func loadPair(path string) (*tls.Certificate, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("%s: others can read the key (mode %04o): chmod 600 it, or delete it to get a new one", path, mode)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(data, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; delete it to get a new one", path, err)
	}
	return &pair, nil
}
