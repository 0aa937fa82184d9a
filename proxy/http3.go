package proxy

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"pavise"
	"pavise/internal/handover"
)

// Bounds of HTTP/3, beside those it shares with TCP.
const (
	quicStreams    = 100     // at a time in one connection
	quicStreamData = 2 << 20 // what may wait unread, of a stream
	quicConnData   = 3 << 20 // and of a connection
	quicLinger     = time.Second
	quicKeepAlive  = 15 * time.Second // else a quiet download would end with the patience of QUIC
)

// quicServer serves HTTP/3 beside the server of TLS over TCP: the same sites,
// certificates and limits, at the UDP port of the same number.
type quicServer struct {
	sites     *Server
	packets   *net.UDPConn
	transport *quic.Transport
	listener  *quic.Listener
	servers   http3Servers
	guests    *guests
	port      int
	altSvc    [2][]string // naming our port, and the standard one
	began     time.Time
	running   atomic.Int64
	last      atomic.Int64 // when an exchange ended, in nanoseconds since began; 0 is never
	down      atomic.Bool
	once      sync.Once // to stop
	stopped   error
}

// listenSecure listens at TCP, and for HTTP/3 at the UDP port of the same number:
// where the system chooses it, at one that is free for both. Only TCP must succeed.
func (s *Server) listenSecure() error {
	for tries := 1; ; tries++ {
		var err error
		if s.secure, err = s.listenAt(handover.HTTPS, s.cfg.HTTPS); err != nil || s.cfg.TCPAlone {
			return err
		}
		at := s.HTTPS()
		packets, err := s.cfg.Sockets.ListenUDP(handover.HTTP3, &net.UDPAddr{IP: at.IP, Port: at.Port, Zone: at.Zone})
		switch {
		case err == nil:
			s.packets = packets
			return nil
		case tries == 5 || !strings.HasSuffix(s.cfg.HTTPS, ":0"):
			s.withoutHTTP3(err)
			return nil
		}
		s.secure.Close()
	}
}

func (s *Server) withoutHTTP3(err error) {
	s.cfg.Journal.write(slog.LevelWarn, "no HTTP/3: its port cannot be used", slog.Int("udp_port", s.HTTPS().Port), slog.String("error", err.Error()))
}

// serveHTTP3 serves what the server of TLS over TCP does, where there is a port, unless
// the end has come before.
func (s *Server) serveHTTP3() {
	s.beginning.Lock()
	defer s.beginning.Unlock()
	if s.packets == nil || s.closed.Load() {
		return
	}
	q, err := newQUIC(s, s.packets)
	if err != nil {
		s.packets = nil
		s.withoutHTTP3(err)
		return
	}
	s.quic.Store(q)
	go q.serve()
}

// newQUIC listens at the port.
func newQUIC(s *Server, packets *net.UDPConn) (*quicServer, error) {
	q := &quicServer{began: time.Now(), sites: s, packets: packets, port: s.HTTPS().Port, guests: &guests{clients: &s.clients, of: &s.conns, balances: func(peer net.Addr) bool { return s.now.Load().balances(peer) }}}
	q.servers.all = map[int]*http3.Server{}
	for i, port := range []int{q.port, 443} {
		q.altSvc[i] = []string{`h3=":` + strconv.Itoa(port) + `"; ma=86400`}
	}
	os.Setenv("QUIC_GO_DISABLE_RECEIVE_BUFFER_WARNING", "true") // it would go to stderr, past the journal
	q.transport = &quic.Transport{Conn: packets, VerifySourceAddress: q.guests.doubt, ConnContext: q.knock, StatelessResetKey: s.resetKey()}
	var err error
	q.listener, err = q.transport.Listen(http3.ConfigureTLSConfig(s.tls), &quic.Config{
		Allow0RTT:                  false, // who replays early data repeats a request (RFC 8446 8)
		MaxIncomingStreams:         quicStreams,
		MaxIncomingUniStreams:      8, // control and QPACK take three (RFC 9114 6.2)
		MaxStreamReceiveWindow:     quicStreamData,
		MaxConnectionReceiveWindow: quicConnData,
		KeepAlivePeriod:            quicKeepAlive,
	})
	if err != nil {
		return nil, errors.Join(err, packets.Close())
	}
	return q, nil
}

// knock lets a connection begin, as the ConnContext of quic.Transport.
func (q *quicServer) knock(ctx context.Context, info *quic.ClientInfo) (context.Context, error) {
	q.sites.lapse()
	return q.guests.knock(ctx, info)
}

// resetKey is by what a process tells the clients of the one before, on a connection that
// it knows nothing of, to connect again (RFC 9000 10.3). Nodes that share a secret must
// not: then one could be made to end the connections of another (RFC 9000 21.11).
func (s *Server) resetKey() *quic.StatelessResetKey {
	if s.cfg.Secret == nil || s.cfg.Shared {
		return nil
	}
	mac := hmac.New(sha256.New, s.cfg.Secret)
	mac.Write([]byte("stateless reset of QUIC"))
	return (*quic.StatelessResetKey)(mac.Sum(nil))
}

// ServeHTTP hands on what is a request.
func (q *quicServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	client := guestOf(r.Context())
	if !client.begin() {
		panic(http.ErrAbortHandler)
	}
	q.running.Add(1)
	defer func() {
		client.end()
		q.last.Store(int64(time.Since(q.began)))
		q.running.Add(-1)
	}()
	site := q.sites.now.Load().site(r.Host)
	limits := site.limits
	r, refused := whole(w, r, limits)
	if refused != nil {
		out, r := patient(w, r, limits)
		site.chain.Refuse(out, r, strictID, refused)
		out.leave(r)
	} else {
		q.sites.ServeHTTP(w, r)
	}
	if _, told := w.Header()["Content-Length"]; !told && r.Method == http.MethodHead {
		w.Header()["Content-Length"] = nil // else quic-go claims that there is nothing to GET
	}
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(limits.Stall)) // the rest leaves after us
}

// announce tells the client of a request over TCP where HTTP/3 is: at the port
// that the client knows, which may be mapped to ours (RFC 7838 3).
func (q *quicServer) announce(h http.Header, r *http.Request) {
	if q == nil || r.TLS == nil || r.ProtoMajor > 2 || q.down.Load() {
		return
	}
	switch _, port := pavise.SplitHost(r.Host); port {
	case q.port:
		h["Alt-Svc"] = q.altSvc[0]
	case 0, 443:
		h["Alt-Svc"] = q.altSvc[1]
	}
}

// stopHTTP3 ends it, also where it has not begun. Nothing more is accepted by then. Who
// comes second waits for the first.
func (s *Server) stopHTTP3(ctx context.Context) error {
	s.beginning.Lock()
	q := s.quic.Load()
	s.beginning.Unlock()
	if q == nil {
		return nil
	}
	q.once.Do(func() { q.stopped = q.stop(ctx) })
	return q.stopped
}

// stop tells the clients to go, waits for the exchanges that run, and a moment
// for the last bytes of the latest; then it ends what is left.
func (q *quicServer) stop(ctx context.Context) error {
	grace, cancel := context.WithCancel(ctx)
	defer cancel()
	gone := make(chan struct{})
	go func() { q.servers.shutdown(grace); close(gone) }()
	q.listener.Close() // who comes now is refused at once, and asks over TCP
	err := q.drain(ctx, gone)
	cancel()
	<-gone
	q.transport.Close()
	return errors.Join(err, q.packets.Close())
}

// lingers reports whether the last bytes of the latest answer may be under way.
func (q *quicServer) lingers() bool {
	last := q.last.Load()
	return last != 0 && time.Since(q.began)-time.Duration(last) < quicLinger
}

func (q *quicServer) drain(ctx context.Context, gone <-chan struct{}) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for q.running.Load() > 0 || q.lingers() {
		select {
		case <-gone:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// quicLog takes what quic-go has to say. Its lines about single requests are left
// out: they hold queries.
type quicLog struct{ journal *Journal }

// Enabled keeps what is below a warning away.
func (quicLog) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle takes a line down as one of net/http.
func (l quicLog) Handle(_ context.Context, r slog.Record) error {
	said := r.Message
	r.Attrs(func(a slog.Attr) bool {
		said += " " + a.String()
		return true
	})
	_, err := journalWriter(l).Write([]byte(said))
	return err
}

// WithAttrs serves slog.Handler; quic-go has none.
func (l quicLog) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup serves slog.Handler; quic-go has none.
func (l quicLog) WithGroup(string) slog.Handler { return l }
