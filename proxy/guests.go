package proxy

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
)

// quicHandshakes is how many may be under way before each client must first show
// that it is where it claims to be (RFC 9000 8.1).
const quicHandshakes = 64

// guests bounds what the clients of QUIC hold, before TLS has begun. Whom QUIC
// refuses, TCP still serves, if it has connections left.
type guests struct {
	clients  *clients
	of       *connections
	balances func(net.Addr) bool // nil is nobody

	mu       sync.Mutex
	knocking int // have not finished their handshake
}

// doubt reports whether a client must show first that the address is its own.
func (g *guests) doubt(addr net.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.knocking >= quicHandshakes || g.clients.crowded(addressOf(addr).Addr())
}

// knock lets a connection begin.
func (g *guests) knock(ctx context.Context, info *quic.ClientInfo) (context.Context, error) {
	if g.balances != nil && g.balances(info.RemoteAddr) {
		return nil, errUnnamed
	}
	left, err := g.clients.enter(addressOf(info.RemoteAddr).Addr())
	if err != nil {
		g.of.refused.Add(1)
		return nil, err
	}
	g.of.enter()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.knocking++
	client := &guest{entered: sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.knocking--
	})}
	context.AfterFunc(ctx, func() {
		client.entered()
		left()
		g.of.open.Add(-1)
	})
	return context.WithValue(ctx, guestKey{}, client), nil
}

// errUnnamed is that a load balancer hands on a connection of QUIC, for which the
// PROXY protocol has no way to say whose it is: all would be one client.
var errUnnamed = errors.New("a load balancer cannot name its clients in QUIC")

type guestKey struct{}

// A guest is one connection. It is closed when it has been without an exchange
// for a while: http3.Server would wait for ever for a request that is not whole.
type guest struct {
	entered func() // once the handshake is over, well or not

	mu    sync.Mutex
	idle  time.Duration // how long it may be without an exchange
	busy  int
	timer *time.Timer
}

func guestOf(ctx context.Context) *guest { return ctx.Value(guestKey{}).(*guest) }

// enter is for when the handshake is over.
func (g *guest) enter(conn *quic.Conn, idle time.Duration) {
	g.entered()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.idle = idle
	g.timer = time.AfterFunc(idle, func() { conn.CloseWithError(0x100, "idle") }) // H3_NO_ERROR (RFC 9114 8.1)
	context.AfterFunc(conn.Context(), func() { g.timer.Stop() })
}

// begin lets an exchange begin, unless too many are at work: those of streams that
// the client has reset may still be ending when it opens the next.
func (g *guest) begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy >= 2*quicStreams {
		return false
	}
	g.busy++
	g.timer.Stop()
	return true
}

func (g *guest) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy--; g.busy == 0 {
		g.timer.Reset(g.idle)
	}
}
