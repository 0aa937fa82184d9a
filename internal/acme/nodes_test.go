package acme

import (
	"crypto/x509"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"

	"pavise"
	"pavise/internal/authority"
	"pavise/test/pebble"
)

// beside is another node with the store of a front, by the same clock. The authority
// does not find it: what it opens the front has to answer, and its own process's
// memory, which is also that of the front, tells it nothing.
func (f *front) beside(t *testing.T, dir string) *front {
	t.Helper()
	local, err := authority.Open(filepath.Join(dir, "local"))
	if err != nil {
		t.Fatal(err)
	}
	other := &front{t: t, authority: f.authority, local: local}
	cfg := f.cfg
	cfg.Dir, cfg.Log = dir, other.log
	other.Manager = New(cfg)
	address := func(at string) *net.TCPAddr {
		a, err := net.ResolveTCPAddr("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	other.issuer.listensAt(address(f.authority.TLS), address(f.authority.HTTP))
	t.Cleanup(other.issuer.close)
	return other
}

func forgetful(f *front) {
	f.issuer.(*authorityIssuer).ours = func(string) (certmagic.Challenge, bool) { return certmagic.Challenge{}, false }
}

// together has every node do what is due, all at the same time.
func together(t *testing.T, hosts []*Host) {
	var wait sync.WaitGroup
	for _, h := range hosts {
		wait.Go(func() { h.step(t.Context()) })
	}
	wait.Wait()
}

// TestNodes: three nodes on one store have one certificate, which the authority issues
// once, and renews once; each may answer for another.
func TestNodes(t *testing.T) {
	t.Parallel()
	a := pebble.Start(t, pebble.Options{})
	for _, challenge := range []string{HTTP01, TLSALPN01} {
		t.Run(challenge, func(t *testing.T) {
			before := a.Orders()
			store := newSwitched()
			f := newFront(t, a, func(c *Config) { c.Store, c.Challenges = store, []string{challenge} })
			forgetful(f)
			nodes := []*front{f, f.beside(t, t.TempDir()), f.beside(t, t.TempDir())}
			var hosts []*Host
			for _, n := range nodes {
				hosts = append(hosts, n.host("shop."+challenge+".test"))
			}
			hosts[1].step(t.Context()) // the front answers for it
			nodes[1].leaf(hosts[1])
			same := func(orders int) *x509.Certificate {
				t.Helper()
				together(t, hosts)
				first := nodes[0].leaf(hosts[0])
				for i, n := range nodes {
					if !n.leaf(hosts[i]).Equal(first) {
						t.Errorf("node %d has another\n%s", i, strings.Join(n.lines, "\n"))
					}
				}
				if n := a.Orders() - before; n != orders {
					t.Errorf("%d orders, want %d", n, orders)
				}
				return first
			}
			first := same(1)
			if challenge == TLSALPN01 {
				return
			}
			away(t, f, store, nodes[2].cfg.Dir, hosts[2].name)
			f.pass(70 * 24 * time.Hour)
			for _, h := range hosts {
				h.polled = f.now.Add(time.Hour)
			}
			if second := same(2); second.Equal(first) {
				t.Error("not renewed")
			}
		})
	}
}

// away: where the store is away a node that starts has its copy, one that is new has
// the local authority's, and nobody asks the other authority.
func away(t *testing.T, f *front, store *switched, dir, name string) {
	orders := f.authority.Orders()
	store.away.Store(true)
	again, fresh := f.beside(t, dir), f.beside(t, t.TempDir())
	again.leaf(again.host(name))
	h := fresh.host(name)
	if wait := h.step(t.Context()); wait > time.Minute || h.serving() || !strings.Contains(h.problem.what, "store") {
		t.Errorf("a new node: again in %s, %+v", wait, h.problem)
	}
	store.away.Store(false)
	f.pass(time.Minute)
	h.step(t.Context())
	fresh.leaf(h)
	if n := f.authority.Orders() - orders; n != 0 {
		t.Errorf("%d orders", n)
	}
}

// TestAdopted: what a node has on disk from before there was a store, or from before
// the store lost it, comes into the store, account and all.
func TestAdopted(t *testing.T) {
	t.Parallel()
	a := pebble.Start(t, pebble.Options{})
	f := newFront(t, a, func(c *Config) { c.Email = "owner@shop.test" })
	first := f.host("shop.adopted.test")
	first.step(t.Context())
	leaf := f.leaf(first)
	f.cfg.Store = pavise.NewMemory(nil)
	old, fresh := f.beside(t, f.cfg.Dir), f.beside(t, t.TempDir())
	hosts := []*Host{old.host(first.name), fresh.host(first.name)}
	together(t, hosts)
	if !old.leaf(hosts[0]).Equal(leaf) || !fresh.leaf(hosts[1]).Equal(leaf) || a.Orders() != 1 {
		t.Errorf("%d orders\n%s", a.Orders(), strings.Join(fresh.lines, "\n"))
	}
	for _, n := range []*front{old, fresh} {
		if err := n.issuer.(*authorityIssuer).adoptAccounts(t.Context()); err != nil {
			t.Error(err)
		}
	}
	users, err := fresh.issuer.(*authorityIssuer).shared.List(t.Context(), "acme", true)
	if err != nil || !strings.Contains(strings.Join(users, " "), "owner@shop.test/owner.key") {
		t.Errorf("%q %v", users, err)
	}
	refusedInTurn(t, f, old, fresh)
}

// refusedInTurn: what one node was refused the next does not try at once.
func refusedInTurn(t *testing.T, f, one, other *front) {
	a := f.authority
	a.Tell("set-servfail", map[string]string{"host": "nowhere.adopted.test."})
	h := one.host("nowhere.adopted.test")
	h.step(t.Context())
	orders := a.Orders()
	second := other.host(h.name)
	wait := second.step(t.Context())
	if second.problem != h.problem || !strings.Contains(second.problem.what, "DNS") || wait > time.Minute || second.fails != 1 || a.Orders() != orders {
		t.Errorf("again in %s, %d orders more: %+v\n%s", wait, a.Orders()-orders, second.problem, strings.Join(other.lines, "\n"))
	}
	a.Tell("clear-servfail", map[string]string{"host": "nowhere.adopted.test."})
	f.pass(2 * time.Minute)
	if second.step(t.Context()); a.Orders() == orders {
		t.Error("nobody asked when the time had come")
	}
}
