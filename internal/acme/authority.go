package acme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	acmeproto "github.com/mholt/acmez/v3/acme"
	"go.uber.org/zap"
)

// An issuer asks an authority for certificates and keeps them.
type issuer interface {
	listensAt(secure, plain *net.TCPAddr)
	// issue gets one into what is kept, in place of the old one, if that is not nil; it
	// gives up after a while. It reports whether it is ours: another node may have got
	// it meanwhile.
	issue(ctx context.Context, host string, old *x509.Certificate) (ours bool, err error)
	// kept returns the one that is kept, or fs.ErrNotExist.
	kept(host string) (*tls.Certificate, error)
	forget(host string)
	renewalInfo(ctx context.Context, leaf *x509.Certificate) (w window, again time.Time, err error)
	// opened returns the challenge that is open for a host, here or at another node.
	opened(ctx context.Context, host string) (acmeproto.Challenge, bool)
	close()
}

// authorityIssuer is an issuer by certmagic. Of its certificate manager only single
// attempts are used: its own schedule cannot be shown to a visitor, nor be tested by
// another clock.
type authorityIssuer struct {
	cfg      Config
	log      *zap.Logger
	storage  certmagic.Storage
	shared   *copied // the storage, where nodes share one
	adopting sync.Mutex
	adopted  bool                                          // the accounts have been
	looking  chan struct{}                                 // a place for each who looks for a challenge of another node
	ours     func(host string) (certmagic.Challenge, bool) // opened by this process
	cache    *certmagic.Cache
	magic    *certmagic.Config
	acme     *certmagic.ACMEIssuer
	client   *http.Client
}

func newAuthority(cfg Config) *authorityIssuer {
	a := &authorityIssuer{
		cfg: cfg, log: zap.New(bridge{log: cfg.Log}),
		client: &http.Client{Timeout: 30 * time.Second}, ours: certmagic.GetACMEChallenge,
		looking: make(chan struct{}, maxLooking),
	}
	files := &certmagic.FileStorage{Path: filepath.Join(cfg.Dir, "acme")}
	a.storage = files
	if cfg.Store != nil {
		a.shared = &copied{shared: newShared(cfg.Store, cfg.Now, cfg.Log), files: files}
		a.storage = a.shared
	}
	if cfg.Roots != nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.TLSClientConfig = &tls.Config{RootCAs: cfg.Roots}
		a.client.Transport = transport
	}
	return a
}

// listensAt builds what can ask: the library wants to know the ports, so that it
// does not listen by itself.
func (a *authorityIssuer) listensAt(secure, plain *net.TCPAddr) {
	a.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert:   func(certmagic.Certificate) (*certmagic.Config, error) { return a.magic, nil },
		RenewCheckInterval: 24 * time.Hour, // nothing is in it
		OCSPCheckInterval:  24 * time.Hour,
		Logger:             a.log,
	})
	a.magic = certmagic.New(a.cache, certmagic.Config{
		Storage: a.storage, Logger: a.log, OnEvent: heard,
		KeySource: certmagic.StandardKeyGenerator{KeyType: certmagic.P256},
		OCSP:      certmagic.OCSPConfig{DisableStapling: true},
	})
	template := certmagic.ACMEIssuer{
		CA: a.cfg.Directory, TestCA: a.cfg.Directory, Email: a.cfg.Email, Agreed: true, Profile: a.cfg.Profile,
		TrustedRoots: a.cfg.Roots, Logger: a.log, DisableDistributedSolvers: a.shared == nil,
		DisableHTTPChallenge:    plain == nil || !slices.Contains(a.cfg.Challenges, HTTP01),
		DisableTLSALPNChallenge: !slices.Contains(a.cfg.Challenges, TLSALPN01),
		AltTLSALPNPort:          secure.Port,
	}
	if !secure.IP.IsUnspecified() {
		template.ListenHost = secure.IP.String()
	}
	if plain != nil {
		template.AltHTTPPort = plain.Port
	}
	if slices.Contains(a.cfg.Challenges, DNS01) {
		template.DNS01Solver = &dnsHook{cfg: &a.cfg}
	}
	if a.cfg.KeyID != "" {
		template.ExternalAccount = &acmeproto.EAB{KeyID: a.cfg.KeyID, MACKey: a.cfg.MACKey}
	}
	a.acme = certmagic.NewACMEIssuer(a.magic, template)
	a.magic.Issuers = []certmagic.Issuer{a.acme}
}

// patience is how long one attempt may take; a record may need minutes to spread.
const patience = 5 * time.Minute

// attemptKey has in the context of an attempt what ends it, with the reason.
type attemptKey struct{}

// heard ends an attempt at its first failure: the library would go on by itself.
func heard(ctx context.Context, event string, data map[string]any) error {
	if leave, ok := ctx.Value(attemptKey{}).(context.CancelCauseFunc); ok && event == "cert_failed" {
		err, _ := data["error"].(error)
		leave(err)
	}
	return nil
}

func (a *authorityIssuer) issue(ctx context.Context, host string, old *x509.Certificate) (ours bool, err error) {
	if err := a.knowsProfile(ctx); err != nil {
		return false, err
	}
	ctx, end := context.WithTimeout(ctx, patience)
	defer end()
	ctx, leave := context.WithCancelCause(ctx)
	defer leave(nil)
	ours, err = a.ask(context.WithValue(ctx, attemptKey{}, leave), host, old)
	switch cause := context.Cause(ctx); {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return false, fmt.Errorf("gave up after %s: %w", patience, context.DeadlineExceeded)
	case cause != nil && cause != context.Canceled:
		return false, cause
	}
	return ours, err
}

// ask gets a certificate, unless another node, or another process of this machine,
// has got it meanwhile.
func (a *authorityIssuer) ask(ctx context.Context, host string, old *x509.Certificate) (ours bool, err error) {
	if err := a.adoptAccounts(ctx); err != nil {
		return false, err
	}
	name := "ask_" + host
	if err := a.storage.Lock(ctx, name); err != nil {
		return false, err
	}
	defer a.storage.Unlock(context.WithoutCancel(ctx), name)
	if cert, err := a.kept(host); err == nil && (old == nil || !cert.Leaf.Equal(old)) {
		return false, nil
	}
	ask := func() error {
		if old == nil {
			return a.magic.ObtainCertAsync(ctx, host)
		}
		return a.magic.RenewCertAsync(ctx, host, true)
	}
	if a.shared == nil {
		return true, ask()
	}
	return true, a.inTurn(ctx, host, old, ask)
}

// adoptAccounts has the store know ours, once. It is also how an attempt ends where
// the store is away, before the library makes another error of it.
func (a *authorityIssuer) adoptAccounts(ctx context.Context) error {
	if a.shared == nil {
		return nil
	}
	a.adopting.Lock()
	defer a.adopting.Unlock()
	if a.adopted {
		_, err := a.shared.head(ctx, fileKey("acme"))
		return err
	}
	err := a.shared.adoptAccounts(ctx, a.key())
	a.adopted = err == nil
	return err
}

// A profileError is a profile that the directory does not list.
type profileError struct {
	profile string
	known   []string
}

func (e *profileError) Error() string {
	if len(e.known) == 0 {
		return "the authority has no profiles, so there is no profile " + e.profile
	}
	return fmt.Sprintf("the authority has no profile %s; it has %s", e.profile, strings.Join(e.known, ", "))
}

func (a *authorityIssuer) knowsProfile(ctx context.Context) error {
	if a.cfg.Profile == "" {
		return nil
	}
	client := acmeproto.Client{Directory: a.cfg.Directory, HTTPClient: a.client}
	dir, err := client.GetDirectory(ctx)
	if err != nil {
		return err
	}
	var known []string
	if dir.Meta != nil {
		known = slices.Sorted(maps.Keys(dir.Meta.Profiles))
	}
	if !slices.Contains(known, a.cfg.Profile) {
		return &profileError{a.cfg.Profile, known}
	}
	return nil
}

// key names the authority among the files, as the library does.
func (a *authorityIssuer) key() string {
	return (&certmagic.ACMEIssuer{CA: a.cfg.Directory}).IssuerKey()
}

func (a *authorityIssuer) kept(host string) (*tls.Certificate, error) {
	ctx := context.Background()
	cert, err := readPair(ctx, a.storage, a.key(), host)
	if a.shared == nil || !errors.Is(err, fs.ErrNotExist) {
		return cert, err
	}
	if err := a.shared.adopt(ctx, a.key(), host); err != nil {
		return nil, err
	}
	return readPair(ctx, a.shared.files, a.key(), host)
}

func (a *authorityIssuer) forget(host string) {
	a.storage.Delete(context.Background(), certmagic.StorageKeys.CertsSitePrefix(a.key(), host))
}

// Bounds of the questions by which a stranger makes us look into the store.
const (
	maxLooking = 16
	lookFor    = 500 * time.Millisecond
)

// opened looks into the storage first where it is shared: this process's own
// challenges are there as well.
func (a *authorityIssuer) opened(ctx context.Context, host string) (acmeproto.Challenge, bool) {
	if a.shared != nil {
		if open, ok := a.openedAnywhere(ctx, host); ok {
			return open, true
		}
	}
	own, ok := a.ours(host)
	return own.Challenge, ok
}

func (a *authorityIssuer) openedAnywhere(ctx context.Context, host string) (open acmeproto.Challenge, ok bool) {
	ctx, leave := context.WithTimeout(ctx, lookFor)
	defer leave()
	select {
	case a.looking <- struct{}{}:
		defer func() { <-a.looking }()
	case <-ctx.Done():
		return open, false
	}
	name := path.Join("acme", certmagic.StorageKeys.Safe(a.key()), "challenge_tokens", certmagic.StorageKeys.Safe(host)+".json")
	data, err := a.shared.Load(ctx, name)
	return open, err == nil && json.Unmarshal(data, &open) == nil
}

func (a *authorityIssuer) close() {
	a.cache.Stop()
	a.client.CloseIdleConnections()
}
