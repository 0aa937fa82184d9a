package proxy

import (
	"fmt"
	"net/netip"
	"sync"

	"pavise"
)

// clients counts the connections of each client address. It remembers no address
// that has none.
type clients struct {
	most    int               // 0 is any number
	proxies pavise.NetworkSet // are not counted: they are many clients
	// spared are not counted either, while a protection window is open for them; nil is
	// nobody.
	spared func(netip.Addr) bool
	mu     sync.Mutex
	of     map[netip.Prefix]crowd
}

// A crowd is the connections of one client.
type crowd struct {
	conns int
	told  bool // that there are too many
}

// A crowdError is why one connection more is refused.
type crowdError struct {
	most  int
	first bool // since the client had none
}

func (e *crowdError) Error() string {
	return fmt.Sprintf("%d connections of this client are open: if a load balancer stands there, name it by --proxy-protocol, or as trust of requests.client; "+
		"else see client-conns of transport.patience", e.most)
}

// bound sets how many each may have from now on.
func (c *clients) bound(most int, proxies pavise.NetworkSet) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.most, c.proxies = most, proxies
}

// enter counts a connection of the address until left is called.
func (c *clients) enter(a netip.Addr) (left func(), err error) {
	key := pavise.Subscriber(a)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.most == 0 || c.proxies.Contains(a) || c.spared != nil && c.spared(a) {
		return func() {}, nil
	}
	now := c.of[key]
	if now.conns >= c.most {
		first := !now.told
		now.told = true
		c.of[key] = now
		return nil, &crowdError{c.most, first}
	}
	if c.of == nil {
		c.of = map[netip.Prefix]crowd{}
	}
	now.conns++
	c.of[key] = now
	return func() { c.leave(key) }, nil
}

// crowded reports whether the address has half of the connections that it may.
func (c *clients) crowded(a netip.Addr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.most > 0 && c.of[pavise.Subscriber(a)].conns >= c.most/2
}

func (c *clients) leave(key netip.Prefix) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.of[key]
	if now.conns--; now.conns == 0 {
		delete(c.of, key)
		return
	}
	c.of[key] = now
}
