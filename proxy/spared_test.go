package proxy

import (
	"net/netip"
	"testing"
)

// TestSparedConnections: a window lets its addresses open any number, and what is opened
// within it is not taken off what is counted after.
func TestSparedConnections(t *testing.T) {
	open := true
	scanner, other := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("198.51.100.7")
	c := clients{most: 2, spared: func(a netip.Addr) bool { return open && a == scanner }}
	var left []func()
	for range 100 {
		leave, err := c.enter(scanner)
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, leave)
	}
	if c.crowded(scanner) {
		t.Error("who is spared is doubted")
	}
	open = false
	for i, who := range []netip.Addr{scanner, other} {
		for j := range 3 {
			if _, err := c.enter(who); (err == nil) != (j < 2) {
				t.Errorf("client %d, connection %d: %v", i, j, err)
			}
		}
	}
	for _, leave := range left {
		leave()
	}
	if _, err := c.enter(scanner); err == nil {
		t.Error("the end of the window made room")
	}
}
