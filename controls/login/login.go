// Package login holds the controls that keep others from guessing: how often a
// login may fail, and how often a client may ask at all.
package login

import "net/netip"

// network is whom an address is counted as: of IPv6 everybody has a /64 at least
// (RFC 6177 2).
func network(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if !a.Is6() {
		return a
	}
	p, _ := a.Prefix(64) // of an IPv6 address: cannot fail
	return p.Addr()
}
