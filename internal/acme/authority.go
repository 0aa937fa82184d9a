package acme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3"
	acmeproto "github.com/mholt/acmez/v3/acme"
	"go.uber.org/zap"
)

// An issuer asks an authority for certificates and keeps them.
type issuer interface {
	listensAt(secure, plain *net.TCPAddr)
	// issue gets one into the files; it gives up after a while.
	issue(ctx context.Context, host string, renew bool) error
	// kept returns the one in the files, or fs.ErrNotExist.
	kept(host string) (*tls.Certificate, error)
	forget(host string)
	renewalInfo(ctx context.Context, leaf *x509.Certificate) (w window, again time.Time, err error)
	challenge(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
	close()
}

// authorityIssuer is an issuer by certmagic. Of its certificate manager only single
// attempts are used: its own schedule cannot be shown to a visitor, nor be tested by
// another clock.
type authorityIssuer struct {
	cfg     Config
	log     *zap.Logger
	storage *certmagic.FileStorage
	cache   *certmagic.Cache
	magic   *certmagic.Config
	acme    *certmagic.ACMEIssuer
	client  *http.Client
}

func newAuthority(cfg Config) *authorityIssuer {
	a := &authorityIssuer{
		cfg: cfg, log: zap.New(bridge{log: cfg.Log}),
		storage: &certmagic.FileStorage{Path: filepath.Join(cfg.Dir, "acme")},
		client:  &http.Client{Timeout: 30 * time.Second},
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
		TrustedRoots: a.cfg.Roots, Logger: a.log, DisableDistributedSolvers: true,
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

// An attempt hears from the library why it failed.
type attempt struct {
	err   error
	leave context.CancelFunc
}

type attemptKey struct{}

// heard ends an attempt at its first failure: the library would go on by itself.
func heard(ctx context.Context, event string, data map[string]any) error {
	if try, ok := ctx.Value(attemptKey{}).(*attempt); ok && event == "cert_failed" {
		try.err, _ = data["error"].(error)
		try.leave()
	}
	return nil
}

func (a *authorityIssuer) issue(ctx context.Context, host string, renew bool) error {
	if err := a.knowsProfile(ctx); err != nil {
		return err
	}
	ctx, leave := context.WithTimeout(ctx, patience)
	defer leave()
	try := &attempt{leave: leave}
	ctx = context.WithValue(ctx, attemptKey{}, try)
	var err error
	if renew {
		err = a.magic.RenewCertAsync(ctx, host, true)
	} else {
		err = a.magic.ObtainCertAsync(ctx, host)
	}
	switch {
	case try.err != nil:
		return try.err
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("gave up after %s: %w", patience, context.DeadlineExceeded)
	}
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
	ctx, key := context.Background(), a.key()
	chain, err := a.storage.Load(ctx, certmagic.StorageKeys.SiteCert(key, host))
	if err != nil {
		return nil, err
	}
	private, err := a.storage.Load(ctx, certmagic.StorageKeys.SitePrivateKey(key, host))
	if err != nil {
		return nil, err
	}
	cert, err := tls.X509KeyPair(chain, private)
	if err != nil {
		return nil, err
	}
	return &cert, cert.Leaf.VerifyHostname(host)
}

func (a *authorityIssuer) forget(host string) {
	a.storage.Delete(context.Background(), certmagic.StorageKeys.CertsSitePrefix(a.key(), host))
}

// challenge answers tls-alpn-01, if the name is being asked about just now.
func (a *authorityIssuer) challenge(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	open, ok := certmagic.GetACMEChallenge(hello.ServerName)
	if !ok || open.Type != TLSALPN01 || !slices.Equal(hello.SupportedProtos, []string{acmez.ACMETLS1Protocol}) {
		return nil, errors.New("no challenge is open for this name")
	}
	return a.magic.GetCertificate(hello)
}

func (a *authorityIssuer) close() {
	a.cache.Stop()
	a.client.CloseIdleConnections()
}
