// Package proxy puts policies on real traffic: it listens, shows certificates,
// picks the site, and hands what the policy admits to the app.
package proxy

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"pavise"
	"pavise/internal/handover"
	"pavise/internal/http1"
)

// A Config says what to serve.
type Config struct {
	HTTPS string // address to listen at, host:port
	HTTP  string // likewise; "" does not listen in the clear
	// Sockets are what to listen by; nil opens them.
	Sockets *handover.Sockets
	// TCPAlone does without HTTP/3, which is else served at the UDP port of https.
	TCPAlone bool
	Sites    []Site // at least one; the default one, else the first, answers what names no other
	Journal  *Journal
	Now      func() time.Time // nil is time.Now
	// Store is what the sites remember, each under its own name; nil is a
	// [pavise.Memory]. Secret is the key to what they sign; nil lasts for this run.
	Store  pavise.Store
	Secret []byte
	// Shared says that other nodes use the Store as well; Former are the secrets of
	// before, as in [pavise.Env].
	Shared bool
	Former [][]byte
	// ProxyProtocol names the peers, load balancers, that send the PROXY protocol:
	// they must, and nobody else is believed.
	ProxyProtocol []netip.Prefix
	// Watch knows whom the owner keeps away and lets be, at all sites; nil is nobody.
	Watch pavise.Watch
	// Challenges prove to an authority that a host is ours; nil are none.
	Challenges Challenges
	// Observer is told of every exchange; nil is nobody.
	Observer Observer
}

// A Site is one app behind its policy.
type Site struct {
	Name      string // in what is counted and logged; "" is the first host
	Hosts     []string
	Canonical bool // every other host leads to the first
	Default   bool // answers what names no other site, in place of the first
	// Upstream is the app where that is one backend, and App says what more there is to
	// it. Paths are answered in another way.
	Upstream Upstream
	App      App
	Paths    []Path
	// Handler is the app where it is part of this program: then nothing of the above is
	// asked. What it is given serves the next request when it has returned: its
	// goroutines must not use the request or the response from then on.
	Handler     http.Handler
	Policy      pavise.Policy
	Certificate Certificates
	// Locate says where an address is; nil where nobody knows.
	Locate func(netip.Addr) pavise.Location
	// ByHost has the hosts that show certificates of their own.
	ByHost map[string]Certificates
}

// A Server is a running proxy. What it listens at, remembers and writes to is of its
// start; the sites are those of the latest [Server.Reload].
type Server struct {
	cfg           Config
	secure, clear net.Listener
	packets       *net.UDPConn // of HTTP/3; nil where there is none
	quic          atomic.Pointer[quicServer]
	beginning     sync.Mutex // of HTTP/3, which may wait, or its end
	tls           *tls.Config
	now           atomic.Pointer[generation]
	lapses        atomic.Pointer[time.Time] // when it is to be compiled anew; nil is never
	reloading     sync.Mutex
	servers       servers
	clients       clients
	opening       openConns // not yet with a server
	tunnels       openConns // no more with a server
	pool          pool
	running       atomic.Int64
	accepted      sync.WaitGroup // connections, until their server has returned
	conns         connections
	closed        atomic.Bool // nothing more is accepted
}

// Start listens, compiles every policy and serves. What is wrong with the
// configuration is reported before anything is served.
func Start(cfg Config) (*Server, error) {
	s, err := Prepare(cfg)
	if err == nil {
		s.Serve(nil)
	}
	return s, err
}

// Prepare is Start without serving: what comes waits for Serve.
func Prepare(cfg Config) (*Server, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Store == nil {
		cfg.Store = pavise.NewMemory(cfg.Now)
	}
	if cfg.Secret == nil { // else each reload would make another
		cfg.Secret = make([]byte, 32)
		rand.Read(cfg.Secret)
	}
	s := &Server{cfg: cfg}
	s.servers.of = s
	if cfg.Watch != nil {
		s.clients.spared = cfg.Watch.Spared
	}
	if err := s.listen(); err != nil {
		return nil, err
	}
	first, err := s.compile(cfg)
	if err != nil {
		return nil, errors.Join(err, s.closeListeners())
	}
	s.take(first)
	s.tls = s.dynamicTLS()
	return s, nil
}

func (s *Server) listen() error {
	if err := s.listenSecure(); err != nil {
		return err
	}
	if s.cfg.HTTP == "" {
		return nil
	}
	var err error
	if s.clear, err = s.listenAt(handover.HTTP, s.cfg.HTTP); err != nil {
		return errors.Join(err, s.closeListeners())
	}
	return nil
}

func (s *Server) closeListeners() error {
	err := s.secure.Close()
	if s.packets != nil {
		err = errors.Join(err, s.packets.Close())
	}
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
	var overlap *handover.OverlapError
	switch {
	case errors.Is(e.Err, os.ErrPermission):
		return "ports below 1024 need a privilege: sudo setcap cap_net_bind_service=+ep \"$(command -v pavise)\", or --listen :8443 --http :8080"
	case errors.As(e.Err, &overlap):
		return "that address is ours, and overlaps this one: restart the service, for an upgrade cannot change one for the other"
	case errors.Is(e.Err, syscall.EADDRINUSE):
		return "see who listens there: ss -ltnp; or choose another port by --listen and --http"
	case errors.Is(e.Err, syscall.EADDRNOTAVAIL):
		return "this machine has no such address; ip address shows those that it has"
	}
	return "write it like :8443, 127.0.0.1:8443 or [::1]:8443"
}

func (s *Server) listenAt(name, address string) (net.Listener, error) {
	l, err := s.cfg.Sockets.Listen(name, address)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) {
			err = op.Err
		}
		return nil, &PortError{Address: address, Err: err}
	}
	return l, nil
}

// ServeHTTP picks the site by Host. The servers of HTTP/1.1 and HTTP/2 have read what is
// a request, and are patient by themselves.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.running.Add(1)
	defer s.running.Add(-1)
	s.quic.Load().announce(w.Header(), r)
	g := s.now.Load() // by which this request is judged to its end
	site := g.site(r.Host)
	if r.ProtoMajor > 2 {
		out, own := patient(w, r, site.limits)
		defer out.leave(r)
		w, r = out, own
		if refused := malformed(r); refused != nil {
			site.chain.Refuse(w, r, strictID, refused)
			return
		}
	}
	if control, refused := g.misdirected(site, r); refused != nil {
		site.chain.Refuse(w, r, control, refused)
		return
	}
	if c := g.challenges; c == nil || r.TLS != nil || !c.ServeClear(w, r) {
		site.chain.ServeHTTP(w, r)
	}
}

// strictID is the control that refuses what is no request.
const strictID = "transport.strict"

// refuseFault answers what was no request of HTTP/1.1 or HTTP/2, by the policy of the site
// that it names, or that the handshake did.
func (s *Server) refuseFault(w http.ResponseWriter, r *http.Request, f *http1.Fault) {
	if r.Host == "" && r.TLS != nil {
		r.Host = r.TLS.ServerName
	}
	control, refused := refusalOf(f)
	s.now.Load().site(r.Host).chain.Refuse(w, r, control, refused)
}

// refusalOf tells whose control a fault breaks.
func refusalOf(f *http1.Fault) (control string, refused *pavise.Refusal) {
	refused = &pavise.Refusal{Status: f.Status, Rule: strictID + "." + f.Rule, Reason: f.Reason, Saw: f.Saw}
	switch f.Rule {
	case "size":
		refused.Rule = "requests.size.header"
		return "requests.size", refused
	case "time":
		refused.Rule = "transport.patience.header"
		return "transport.patience", refused
	}
	return strictID, refused
}

// Serve serves what was prepared. Where another process may still read from the UDP
// socket that was given, HTTP/3 waits until packets is closed; nil does not wait.
func (s *Server) Serve(packets <-chan struct{}) {
	if packets == nil {
		s.serveHTTP3()
	} else {
		go func() {
			<-packets
			s.serveHTTP3() // unless we have ended meanwhile: then the socket is another's
		}()
	}
	s.accepted.Go(func() { s.accept(s.secure, s.openSecure) })
	if s.clear != nil {
		s.accepted.Go(func() { s.accept(s.clear, s.openClear) })
	}
}

// Running returns how many requests are being answered, WebSockets among them.
func (s *Server) Running() int { return int(s.running.Load()) }

// Stop takes no new connection, lets running requests end until the context
// does, and then ends what is left, WebSockets among it. It may be called while Retire
// waits, which returns then, too.
func (s *Server) Stop(ctx context.Context) error {
	s.closeTCP()
	s.opening.closeAll()
	var stopping sync.WaitGroup
	var quic error
	stopping.Go(func() { quic = s.stopHTTP3(ctx) })
	err := s.servers.stop(ctx)
	stopping.Wait()
	s.tunnels.closeAll()
	s.settle()
	s.pool.take(nil)
	return errors.Join(err, quic)
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
