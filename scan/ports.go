package scan

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"pavise"
)

// Bounds of a sweep. A long list is tried faster than the rest of a scan, or it would
// never end.
const (
	connectTime = 2 * time.Second
	longList    = 100 // ports
	longRate    = 500 // a second, beyond loopback
	longAtATime = 200
	maxOpen     = 256 // who has more open has none: it answers everywhere
)

// sweep tries ports, and asks those that are open what they are.
func (c client) sweep(ctx context.Context, p pavise.Ports) (*pavise.Sweep, error) {
	list, err := pavise.ParsePorts(p.List)
	if err != nil {
		return nil, err
	}
	at, err := c.whereabouts(ctx, p.Host)
	if err != nil {
		return nil, err
	}
	s := &sweeper{client: c, at: at, result: pavise.Sweep{Address: at.String()}}
	atOnce, pause := atATime, time.Duration(0)
	if len(list) > longList && !at.IsLoopback() {
		atOnce, pause = longAtATime, time.Second/longRate
		ctx = context.WithValue(ctx, waited{}, true) // it has a pace of its own
	}
	places := make(chan struct{}, atOnce)
	var wait sync.WaitGroup
	for i, port := range list {
		if !rest(ctx, pause) || s.full() {
			s.untried(len(list)-i, overdue(ctx))
			break
		}
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			s.try(ctx, port)
		})
	}
	wait.Wait()
	slices.SortFunc(s.result.Open, func(a, b pavise.Service) int { return a.Port - b.Port })
	return &s.result, nil
}

// sweepTime is how long a sweep may take: every port may be silent, or open.
func (c client) sweepTime(p pavise.Ports) time.Duration {
	ports, _ := pavise.ParsePorts(p.List)
	if len(ports) > longList {
		return probeTime + time.Duration(len(ports)/longAtATime+1)*(connectTime+serviceTime)
	}
	return probeTime + time.Duration(len(ports)/atATime+1)*(connectTime+serviceTime) + c.budget.delay(len(ports), c.host(net.JoinHostPort(p.Host, "1")))
}

// rest waits, and reports whether there is time for more.
func rest(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

func overdue(ctx context.Context) string {
	if ctx.Err() == nil {
		return "so many ports are open that they cannot be services"
	}
	return why(ctx, ctx.Err()).Error()
}

// whereabouts is the one address of a host at which its ports are tried. Where
// Resolve sends any port of the host, it sends all.
func (c client) whereabouts(ctx context.Context, host string) (netip.Addr, error) {
	for address, to := range c.opt.Resolve {
		if from, _, err := net.SplitHostPort(address); err != nil || from != host {
			continue
		}
		if only, _, err := net.SplitHostPort(to); err == nil {
			to = only
		}
		if at, err := netip.ParseAddr(to); err == nil {
			return at, nil
		}
	}
	if at, err := netip.ParseAddr(host); err == nil {
		return at.Unmap(), nil
	}
	if pavise.Local(host) {
		return netip.MustParseAddr("127.0.0.1"), nil
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.Addr{}, err
	}
	slices.SortStableFunc(found, func(a, b netip.Addr) int { return a.Unmap().BitLen() - b.Unmap().BitLen() })
	return found[0].Unmap(), nil
}

// A sweeper gathers what the ports of one address come to.
type sweeper struct {
	client client
	at     netip.Addr
	mu     sync.Mutex
	result pavise.Sweep
}

func (s *sweeper) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.result.Open) >= maxOpen
}

func (s *sweeper) untried(ports int, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.result.Untried += ports
	s.result.Why = cmp.Or(s.result.Why, why)
}

// try connects to a port, and hears what is there.
func (s *sweeper) try(ctx context.Context, port int) {
	address := net.JoinHostPort(s.at.String(), strconv.Itoa(port))
	conn, err := s.client.dialBriefly(ctx, "tcp", address, connectTime)
	var service pavise.Service
	own := false
	if err == nil {
		own = sameHost(conn)
		service = s.client.service(ctx, conn, address, port)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.result.Own = s.result.Own || own
		s.result.Open = append(s.result.Open, service)
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET):
		s.result.Closed++
	case ctx.Err() == nil && (timedOut(err) || errors.Is(err, syscall.EHOSTUNREACH)): // so some filters say no
		s.result.Silent++
	default:
		s.result.Untried++
		s.result.Why = cmp.Or(s.result.Why, why(ctx, err).Error())
	}
}

// sameHost reports whether both ends of a connection have one address.
func sameHost(conn net.Conn) bool {
	here, _, err1 := net.SplitHostPort(conn.LocalAddr().String())
	there, _, err2 := net.SplitHostPort(conn.RemoteAddr().String())
	return err1 == nil && err2 == nil && here == there
}

// dialBriefly waits for its turn, and then for the connection so long and no longer.
func (c client) dialBriefly(ctx context.Context, network, address string, limit time.Duration) (net.Conn, error) {
	ctx, err := c.budget.turn(ctx, c.host(address))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return c.dial(ctx, network, address)
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
