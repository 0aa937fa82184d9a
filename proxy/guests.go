package proxy

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
)

// Bounds of the connections of QUIC.
const (
	// quicConns is how many one client may have: a browser has one, and many
	// browsers may share an address. Whom QUIC refuses, TCP still serves.
	quicConns = 256
	// quicHandshakes is how many may be under way before each client must first
	// show that it is where it claims to be (RFC 9000 8.1).
	quicHandshakes = 64
)

var errTooManyConns = errors.New("too many connections from this address")

// guests bounds what the clients of QUIC hold, before TLS has begun.
type guests struct {
	idle  time.Duration // how long a connection may be without an exchange
	conns int           // of one client

	mu       sync.Mutex
	from     map[netip.Addr]int
	knocking int // have not finished their handshake
}

func newGuests(idle time.Duration) *guests {
	return &guests{idle: idle, conns: quicConns, from: map[netip.Addr]int{}}
}

// household is the address of a client; of IPv6 one has a whole network.
func household(addr net.Addr) netip.Addr {
	udp, ok := addr.(*net.UDPAddr)
	if !ok {
		return netip.Addr{}
	}
	a := udp.AddrPort().Addr().Unmap().WithZone("")
	if a.Is6() {
		p, _ := a.Prefix(64)
		return p.Addr()
	}
	return a
}

// doubt reports whether a client must show first that the address is its own.
func (g *guests) doubt(addr net.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.knocking >= quicHandshakes || g.from[household(addr)] >= g.conns/2
}

// knock lets a connection begin, as the ConnContext of quic.Transport.
func (g *guests) knock(ctx context.Context, info *quic.ClientInfo) (context.Context, error) {
	from := household(info.RemoteAddr)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.from[from] >= g.conns {
		return nil, errTooManyConns
	}
	g.from[from]++
	g.knocking++
	client := &guest{idle: g.idle, entered: sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.knocking--
	})}
	context.AfterFunc(ctx, func() {
		client.entered()
		g.leave(from)
	})
	return context.WithValue(ctx, guestKey{}, client), nil
}

func (g *guests) leave(from netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.from[from]--; g.from[from] == 0 {
		delete(g.from, from)
	}
}

type guestKey struct{}

// A guest is one connection. It is closed when it has been without an exchange
// for a while: http3.Server would wait for ever for a request that is not whole.
type guest struct {
	entered func() // once the handshake is over, well or not
	idle    time.Duration

	mu    sync.Mutex
	busy  int
	timer *time.Timer
}

func guestOf(ctx context.Context) *guest { return ctx.Value(guestKey{}).(*guest) }

// enter is for when the handshake is over.
func (g *guest) enter(ctx context.Context, conn *quic.Conn) {
	g.entered()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.timer = time.AfterFunc(g.idle, func() { conn.CloseWithError(0x100, "idle") }) // H3_NO_ERROR (RFC 9114 8.1)
	context.AfterFunc(ctx, func() { g.timer.Stop() })
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
