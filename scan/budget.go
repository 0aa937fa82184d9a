package scan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Bounds of what a scan may spend, unless Options say otherwise.
const (
	DefaultRequests    = 250
	DefaultConnections = 300
	DefaultRate        = 10  // a second, to one host beyond loopback
	ActiveRequests     = 150 // more, where the owner has agreed to what acts
)

// A budget is what one scan may spend, and has spent.
type budget struct {
	mu                    sync.Mutex
	requests, connections purse
	pace                  time.Duration        // between two to one host
	next                  map[string]time.Time // by host, when the next may go
	silence               map[string]int       // by network and address, how many in a row nobody answered
}

// maxSilent is how many connections in a row may be left without any answer: then
// what remains to be asked there is not waited for.
const maxSilent = 5

// A purse is how much of one thing may be spent.
type purse struct {
	what, flag  string
	most, spent int
	short       int // how often there was none left
}

func newBudget(opt Options) *budget {
	requests := DefaultRequests
	if opt.Target.Agreed != "" {
		requests += ActiveRequests
	}
	return &budget{
		requests:    purse{what: "requests", flag: "--max-requests", most: cmp.Or(opt.MaxRequests, requests)},
		connections: purse{what: "connections", flag: "--max-connections", most: cmp.Or(opt.MaxConnections, DefaultConnections)},
		pace:        time.Second / time.Duration(cmp.Or(opt.Rate, DefaultRate)),
		next:        map[string]time.Time{},
		silence:     map[string]int{},
	}
}

// An overspent error says which bound of the scan's own kept it from asking: of the
// site it tells nothing.
type overspent struct{ purse }

func (o overspent) Error() string {
	return fmt.Sprintf("not asked: the scan's bound of %d %s is reached (%s)", o.most, o.what, o.flag)
}

// spend takes one out of a purse, or says that there is none left.
func (b *budget) spend(p *purse) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.spent >= p.most {
		p.short++
		return overspent{*p}
	}
	p.spent++
	return nil
}

// request counts a request, and waits until it is its turn. The context it returns
// says that the turn was waited for, so that a connection for it does not wait again.
func (b *budget) request(ctx context.Context, host string) (context.Context, error) {
	if err := b.spend(&b.requests); err != nil {
		return ctx, err
	}
	return b.turn(ctx, host)
}

// turn waits, and returns a context in which nothing waits again.
func (b *budget) turn(ctx context.Context, host string) (context.Context, error) {
	return context.WithValue(ctx, waited{}, true), b.wait(ctx, host)
}

type waited struct{}

// connection counts a connection, and waits until it is its turn.
func (b *budget) connection(ctx context.Context, host string) error {
	if err := b.spend(&b.connections); err != nil {
		return err
	}
	if ctx.Value(waited{}) != nil {
		return nil
	}
	return b.wait(ctx, host)
}

// wait lets through as many a second as the rate says, to each host beyond loopback.
func (b *budget) wait(ctx context.Context, host string) error {
	if onLoopback(host) {
		return nil
	}
	b.mu.Lock()
	turn := time.Now()
	if next := b.next[host]; next.After(turn) {
		turn = next
	}
	b.next[host] = turn.Add(b.pace)
	b.mu.Unlock()
	select {
	case <-time.After(time.Until(turn)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// delay is how long so many turns may take while others wait for theirs.
func (b *budget) delay(turns int, host string) time.Duration {
	if onLoopback(host) {
		return 0
	}
	return time.Duration(turns) * atATime * b.pace
}

// silent is why no connection to an address is tried any more.
func (b *budget) silent(network, address string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.silence[network+" "+address] < maxSilent {
		return nil
	}
	return fmt.Errorf("nothing answers at %s: %d connections in a row were tried", address, maxSilent)
}

// heard notes what came of a connection: any answer, be it a refusal, ends a silence.
func (b *budget) heard(network, address string, err error) {
	var late net.Error
	b.mu.Lock()
	defer b.mu.Unlock()
	if key := network + " " + address; errors.As(err, &late) && late.Timeout() {
		b.silence[key]++
	} else if !errors.As(err, new(overspent)) && !errors.Is(err, context.Canceled) {
		delete(b.silence, key)
	}
}

// most is how many probes there may be: each takes a request or a connection at least.
func (b *budget) most() int { return b.requests.most + b.connections.most }

// limits says which bounds have kept the scan from asking.
func (b *budget) limits() (list []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range []purse{b.requests, b.connections} {
		if p.short > 0 {
			list = append(list, fmt.Sprintf("the bound of %d %s was reached: %s raises it", p.most, p.what, p.flag))
		}
	}
	return list
}

// onLoopback reports whether a host is this machine.
func onLoopback(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap().IsLoopback()
	}
	host = strings.ToLower(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// hostOf is the host of a host:port.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}
