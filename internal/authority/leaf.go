package authority

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"pavise/internal/atomicfile"
)

// A Leaf is the certificate of one site, kept in the state directory and made
// anew when two thirds of its life are over.
type Leaf struct {
	authority *Authority
	hosts     []string

	// Failed hears why a certificate that is shown could not be kept; nil is silent.
	Failed func(error)

	mu      sync.Mutex
	current *tls.Certificate
}

// Leaf returns the certificate for the hosts; it is made when first asked for.
func (a *Authority) Leaf(hosts []string) *Leaf {
	return &Leaf{authority: a, hosts: hosts}
}

// Certificate returns the one to show now.
func (l *Leaf) Certificate(now time.Time, check func(*x509.Certificate, time.Time) error) (*tls.Certificate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current == nil {
		l.current = l.kept()
	}
	if l.current == nil || now.After(renewAt(l.current.Leaf)) || now.Before(l.current.Leaf.NotBefore) { // the clock was ahead
		cert, err := l.renew(now)
		if err != nil {
			return nil, err
		}
		l.current = cert
	}
	return l.current, check(l.current.Leaf, now)
}

func renewAt(leaf *x509.Certificate) time.Time {
	return leaf.NotBefore.Add(leaf.NotAfter.Sub(leaf.NotBefore) * 2 / 3)
}

// file names the certificate by its hosts, so that instances for the same site
// share it and others stand side by side.
func (l *Leaf) file() string {
	sum := sha256.Sum256([]byte(strings.Join(l.hosts, ",")))
	name := strings.Map(func(r rune) rune {
		if r == ':' || r == '/' {
			return '_'
		}
		return r
	}, l.hosts[0])
	return filepath.Join(l.authority.dir, "certificates", name+"-"+hex.EncodeToString(sum[:4])+".pem")
}

// kept returns the certificate on disk if it is ours and for these hosts.
func (l *Leaf) kept() *tls.Certificate {
	pair, err := loadPair(l.file())
	if err != nil || pair.Leaf.CheckSignatureFrom(l.authority.cert) != nil {
		return nil
	}
	if slices.ContainsFunc(l.hosts, func(h string) bool { return pair.Leaf.VerifyHostname(h) != nil }) {
		return nil
	}
	return pair
}

func (l *Leaf) renew(now time.Time) (*tls.Certificate, error) {
	data, err := l.authority.sign(l.hosts, now)
	if err != nil {
		return nil, fmt.Errorf("local certificate: %w", err)
	}
	if err := l.keep(data); err != nil && l.Failed != nil {
		l.Failed(fmt.Errorf("the local certificate is shown, and cannot be kept: %w", err)) // the disk may be full
	}
	pair, err := tls.X509KeyPair(data, data)
	if err != nil {
		return nil, err
	}
	return &pair, nil
}

func (l *Leaf) keep(data []byte) error {
	file := l.file()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return atomicfile.Write(file, data, 0o600)
}
