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
	perSecond   = 10  // beyond loopback, of a short list
	longList    = 100 // ports
	longRate    = 500 // a second
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
	s := &sweeper{client: c, at: at}
	atOnce, pause := pace(len(list), at.IsLoopback())
	places := make(chan struct{}, atOnce)
	var wait sync.WaitGroup
	for i, port := range list {
		if !rest(ctx, pause) || s.full() {
			s.result.Untried += len(list) - i
			s.result.Why = cmp.Or(s.result.Why, overdue(ctx))
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

// pace is how many ports are tried at a time, and how long to rest between two.
func pace(ports int, loopback bool) (atOnce int, pause time.Duration) {
	switch {
	case loopback:
		return atATime, 0
	case ports > longList:
		return longAtATime, time.Second / longRate
	}
	return atATime, time.Second / perSecond
}

// sweepTime is how long a sweep may take in all: the whole scan is bounded, too.
func sweepTime(list string) time.Duration {
	ports, _ := pavise.ParsePorts(list)
	if len(ports) > longList {
		return probeTime + time.Duration(len(ports)/longAtATime+1)*(connectTime+serviceTime)
	}
	return probeTime + time.Duration(len(ports)/atATime+1)*(connectTime+serviceTime)
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

// try connects to a port, and hears what is there.
func (s *sweeper) try(ctx context.Context, port int) {
	address := net.JoinHostPort(s.at.String(), strconv.Itoa(port))
	soon, cancel := context.WithTimeout(ctx, connectTime)
	conn, err := s.client.dial(soon, "tcp", address)
	cancel()
	var service pavise.Service
	if err == nil {
		service = s.client.service(ctx, conn, address, port)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.result.Address = s.at.String()
		s.result.Open = append(s.result.Open, service)
	case ctx.Err() != nil:
		s.result.Untried, s.result.Why = s.result.Untried+1, why(ctx, err).Error()
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET):
		s.result.Closed++
	case soon.Err() != nil, timedOut(err), errors.Is(err, syscall.EHOSTUNREACH): // so some filters say no
		s.result.Silent++
	default:
		s.result.Untried, s.result.Why = s.result.Untried+1, err.Error()
	}
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
