package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"pavise"
)

// Certificates gives the certificate that a site shows just now. It is asked at
// every handshake, so it must be quick; check says whether a new one may be
// taken into use.
type Certificates interface {
	Certificate(now time.Time, check Check) (*tls.Certificate, error)
}

// Check refuses a certificate that the policy will not have shown.
type Check = func(leaf *x509.Certificate, now time.Time) error

// siteTLS is what the hosts of a site that share a certificate do in a handshake.
type siteTLS struct {
	hosts  []string
	config *tls.Config
}

// newSiteTLS returns what the site does in a handshake: by host where a host has
// certificates of its own, and for all others together.
func newSiteTLS(face pavise.Site, site Site, now func() time.Time) ([]*siteTLS, error) {
	var list []*siteTLS
	add := func(from Certificates, hosts ...string) error {
		face.Hosts = hosts
		t, err := newHostTLS(face, site.Policy, from, now)
		list = append(list, t)
		return err
	}
	var others []string
	for _, host := range site.Hosts {
		from, own := site.ByHost[host]
		if !own {
			others = append(others, host)
		} else if err := add(from, host); err != nil {
			return nil, err
		}
	}
	if others != nil {
		if err := add(site.Certificate, others...); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// newHostTLS lets the policy tune the listener, and sees that there is a
// certificate to show before anything is served.
func newHostTLS(face pavise.Site, policy pavise.Policy, from Certificates, now func() time.Time) (*siteTLS, error) {
	l, err := tuned(face, policy, now())
	if err != nil {
		return nil, err
	}
	if _, err := from.Certificate(now(), l.Accepts); err != nil {
		return nil, err
	}
	return &siteTLS{hosts: face.Hosts, config: &tls.Config{
		MinVersion:       l.MinVersion,
		CipherSuites:     l.CipherSuites,
		CurvePreferences: l.Groups,
		NextProtos:       []string{"h2", "http/1.1"},
		// Else the first answers of each connection leave in pieces of about 1,200
		// bytes, each a record and a system call of its own.
		DynamicRecordSizingDisabled: true,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return from.Certificate(now(), l.Accepts)
		},
	}}, nil
}

// Check reports why Start would not take the site's certificate into use.
func (s Site) Check(now func() time.Time) error {
	_, err := newSiteTLS(pavise.Site{Hosts: s.Hosts}, s, now)
	return err
}

// Files is a certificate of one's own, read again when the files change.
type Files struct {
	Cert, Key string
	Journal   *Journal

	mu      sync.Mutex
	current *tls.Certificate
	looked  time.Time // when the files were last looked at
	stamp   string    // of the files as they were read, or refused
	again   time.Time // when what was refused is looked at again, though it is the same; zero is never
}

// lookEvery bounds how often the files are looked at.
const lookEvery = time.Second

// refusedFor is how long a new certificate is refused without being looked at again.
const refusedFor = time.Hour

// Certificate returns the one in the files. A new one that cannot be read or
// that check refuses leaves the old one in use, with a line in the log.
func (f *Files) Certificate(now time.Time, check Check) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.current != nil && now.Sub(f.looked) < lookEvery {
		return f.current, nil
	}
	f.looked = now
	stamp := stampOf(f.Cert) + stampOf(f.Key)
	if f.current != nil && stamp == f.stamp && (f.again.IsZero() || now.Before(f.again)) {
		return f.current, nil
	}
	f.stamp, f.again = stamp, time.Time{}
	cert, err := f.read(now, check)
	switch {
	case err == nil && f.current != nil:
		f.Journal.write(slog.LevelInfo, "certificate read again", slog.String("file", f.Cert))
	case err != nil && f.current == nil:
		return nil, err
	case err != nil:
		f.again = now.Add(refusedFor) // it may be valid from tomorrow on, or the clock be wrong
		f.Journal.write(slog.LevelError, "new certificate refused, the old one stays", slog.String("file", f.Cert), slog.String("error", err.Error()))
		return f.current, nil
	}
	f.current = cert
	return cert, nil
}

func (f *Files) read(now time.Time, check Check) (*tls.Certificate, error) {
	cert, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", f.Cert, f.Key, err)
	}
	if err := check(cert.Leaf, now); err != nil {
		return nil, fmt.Errorf("certificate %s: %w", f.Cert, err)
	}
	return &cert, nil
}

func stampOf(file string) string {
	info, err := os.Stat(file)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(info.Size(), info.ModTime().UnixNano(), ";")
}
