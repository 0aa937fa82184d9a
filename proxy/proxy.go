// Package proxy puts policies on real traffic: it listens, shows certificates,
// picks the site, and hands what the policy admits to the app.
package proxy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"pavise"
	"pavise/proxy/http1"
)

// A Config says what to serve.
type Config struct {
	HTTPS   string // address to listen at, host:port
	HTTP    string // likewise; "" does not listen in the clear
	Sites   []Site // at least one; the first answers what names no other
	Journal *Journal
	Now     func() time.Time // nil is time.Now
	// Patience is how long a client may neither send a byte of its request nor
	// take one of its answer; 0 is a minute.
	Patience time.Duration
}

// A Site is one app behind its policy.
type Site struct {
	Hosts       []string
	Upstream    Upstream
	Policy      pavise.Policy
	Certificate Certificates
}

// A Server is a running proxy.
type Server struct {
	cfg           Config
	secure, clear net.Listener
	one           *http1.Server // HTTP/1.1
	two           *http.Server  // HTTP/2
	byHost        map[string]*pavise.Chain
	first         *pavise.Chain
	tunnels       tunnels
	patience      time.Duration // with clients
}

// Start listens, compiles every policy and serves. What is wrong with the
// configuration is reported before anything is served.
func Start(cfg Config) (*Server, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Server{cfg: cfg, byHost: map[string]*pavise.Chain{}, patience: cmp.Or(cfg.Patience, time.Minute)}
	if err := s.listen(); err != nil {
		return nil, err
	}
	var tlsBySite []*siteTLS
	for _, site := range cfg.Sites {
		t, err := s.add(site)
		if err != nil {
			return nil, errors.Join(err, s.closeListeners())
		}
		tlsBySite = append(tlsBySite, t)
	}
	s.serve(tlsBySite)
	return s, nil
}

func (s *Server) listen() error {
	var err error
	if s.secure, err = listenAt(s.cfg.HTTPS); err != nil {
		return err
	}
	if s.cfg.HTTP == "" {
		return nil
	}
	if s.clear, err = listenAt(s.cfg.HTTP); err != nil {
		return errors.Join(err, s.secure.Close())
	}
	return nil
}

func (s *Server) closeListeners() error {
	err := s.secure.Close()
	if s.clear != nil {
		err = errors.Join(err, s.clear.Close())
	}
	return err
}

// A PortError is a port that could not be listened at.
type PortError struct {
	Address string
	Err     error
}

func (e *PortError) Error() string { return fmt.Sprintf("listen at %s: %v", e.Address, e.Err) }
func (e *PortError) Unwrap() error { return e.Err }

// Hint says what to do about it.
func (e *PortError) Hint() string {
	switch {
	case errors.Is(e.Err, os.ErrPermission):
		return "ports below 1024 need a privilege: sudo setcap cap_net_bind_service=+ep \"$(command -v pavise)\", or --listen :8443 --http :8080"
	case errors.Is(e.Err, syscall.EADDRINUSE):
		return "see who listens there: ss -ltnp; or choose another port by --listen and --http"
	case errors.Is(e.Err, syscall.EADDRNOTAVAIL):
		return "this machine has no such address; ip address shows those that it has"
	}
	return "write it like :8443, 127.0.0.1:8443 or [::1]:8443"
}

func listenAt(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) {
			err = op.Err
		}
		return nil, &PortError{Address: address, Err: err}
	}
	return l, nil
}

// add compiles one site: its chain and its TLS.
func (s *Server) add(site Site) (*siteTLS, error) {
	face := pavise.Site{Hosts: site.Hosts, HTTPS: portOf(s.secure)}
	if s.clear != nil {
		face.HTTP = portOf(s.clear)
	}
	env := pavise.Env{Site: face, Now: s.cfg.Now, Decide: s.cfg.Journal.Decide, Decoders: decoders}
	handler, err := site.Policy.Wrap(env, newForwarder(site.Upstream, &s.tunnels, s.cfg.Journal))
	if err != nil {
		return nil, err
	}
	if s.first == nil {
		s.first = handler
	}
	for _, host := range site.Hosts {
		s.byHost[host] = handler
	}
	return newSiteTLS(face, site, s.cfg.Now)
}

// ServeHTTP picks the site by Host; what names none goes to the first, whose
// policy refuses it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	chain := s.site(r)
	if r.ProtoMajor > 1 {
		w, r = patient(w, r, s.patience)
	}
	chain.ServeHTTP(w, r)
}

func (s *Server) site(r *http.Request) *pavise.Chain {
	host, _ := pavise.SplitHost(r.Host)
	if chain, ok := s.byHost[host]; ok {
		return chain
	}
	return s.first
}

// Stop takes no new connection, lets running requests end until the context
// does, and then ends what is left, WebSockets among it.
func (s *Server) Stop(ctx context.Context) error {
	s.closeListeners()
	err := errors.Join(s.two.Shutdown(ctx), s.one.Shutdown(ctx))
	s.tunnels.closeAll()
	if err != nil {
		s.two.Close()
		s.one.Close()
	}
	return err
}

// HTTPS returns the address of https.
func (s *Server) HTTPS() *net.TCPAddr { return s.secure.Addr().(*net.TCPAddr) }

// HTTP returns the address of plain http, or nil.
func (s *Server) HTTP() *net.TCPAddr {
	if s.clear == nil {
		return nil
	}
	return s.clear.Addr().(*net.TCPAddr)
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }
