// Package acme gets and renews the certificates of public names from an authority
// that speaks ACME (RFC 8555). The protocol, the account and the files are
// certmagic's; when to ask, what to do if that fails and what a person is told
// are decided here, by the injected clock.
package acme

import (
	"cmp"
	"context"
	"crypto/x509"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"

	"pavise"
)

// LetsEncrypt is the directory of the authority that is asked unless another is named.
const LetsEncrypt = certmagic.LetsEncryptProductionCA

// The challenges by which an authority finds out whether a name is ours.
const (
	HTTP01    = "http-01"     // RFC 8555 8.3
	TLSALPN01 = "tls-alpn-01" // RFC 8737
	DNS01     = "dns-01"      // RFC 8555 8.4
)

// A Config says whom to ask for certificates, and how.
type Config struct {
	Directory  string         // of the authority; "" is Let's Encrypt
	Email      string         // of the account; may be ""
	Profile    string         // one of those the directory lists; "" leaves it to the authority
	Roots      *x509.CertPool // to trust the directory; nil is the system's
	Challenges []string       // nil is http-01 and tls-alpn-01, or dns-01 where there is a DNSHook
	DNSHook    string         // program that sets and removes TXT records
	Resolvers  []string       // host:port of those who must see a TXT record; nil is the system's
	WarnHook   string         // program to run when a renewal is in danger
	KeyID      string         // external account binding (RFC 8555 7.3.4); "" is none
	MACKey     string         // its key, base64url
	Dir        string         // where account, keys and certificates are kept, or copies of them
	Store      pavise.Store   // where nodes that share them keep them; nil is Dir alone
	Now        func() time.Time
	// Log takes a line down; Warned hears of every renewal in danger.
	Log    func(level slog.Level, message string, attrs ...slog.Attr)
	Warned func()
}

// A Manager keeps the certificates of its hosts fresh.
type Manager struct {
	cfg    Config
	issuer issuer
	mu     sync.Mutex
	hosts  map[string]*Host
	begun  bool
	done   sync.WaitGroup
}

// New prepares to manage certificates. Nothing is asked of anybody before Start.
func New(cfg Config) *Manager {
	cfg.Directory = cmp.Or(cfg.Directory, LetsEncrypt)
	if cfg.Challenges == nil {
		cfg.Challenges = []string{HTTP01, TLSALPN01}
		if cfg.DNSHook != "" {
			cfg.Challenges = []string{DNS01}
		}
	}
	return &Manager{cfg: cfg, issuer: newAuthority(cfg), hosts: map[string]*Host{}}
}

// Host returns what manages a name, which begins with Keep. Until it has a certificate,
// and should that end without another, fallback is shown.
func (m *Manager) Host(name string, fallback Certificates) *Host {
	if h := m.host(name); h != nil {
		return h
	}
	h := &Host{name: name, fallback: fallback, cfg: &m.cfg, issuer: m.issuer}
	h.load()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hosts[name] = h
	return h
}

// host is the one that has the name, or nil.
func (m *Manager) host(name string) *Host {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.hosts[name]
}

// Keep has what is missing or due asked for these hosts, from now on and for no others.
// The addresses, always the same, are those at which challenges arrive; plain may be nil.
func (m *Manager) Keep(names []string, secure, plain *net.TCPAddr) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.begun {
		m.begun = true
		m.issuer.listensAt(secure, plain)
	}
	for name, h := range m.hosts {
		wanted := slices.Contains(names, name)
		switch {
		case !wanted:
			h.end()
			delete(m.hosts, name)
		case h.stop == nil:
			ctx, stop := context.WithCancel(context.Background())
			h.stop = stop
			m.done.Go(func() { h.run(ctx) })
		}
	}
}

// Stop breaks off what is under way and waits for it.
func (m *Manager) Stop() {
	m.mu.Lock()
	for _, h := range m.hosts {
		h.end()
	}
	begun := m.begun
	m.mu.Unlock()
	m.done.Wait()
	if begun {
		m.issuer.close()
	}
}

// Waiting returns the hosts that have no certificate yet.
func (m *Manager) Waiting() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []string
	for name, h := range m.hosts {
		if !h.serving() {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// Problem returns why a host has no certificate, or no new one, and what helps; ""
// where nothing is wrong.
func (m *Manager) Problem(host string) string {
	h := m.host(host)
	if h == nil {
		return ""
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.problem.what == "" {
		return ""
	}
	return h.problem.what + "; what helps: " + h.problem.todo
}
