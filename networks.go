package pavise

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// Networks are addresses and networks in CIDR notation, as a person writes them:
// those of peers whose word is taken. In pavise.yaml an item may also name a file
// that holds one a line.
type Networks []string

// maxNetworks bounds a list: the largest that content networks publish have some
// hundred.
const maxNetworks = 10_000

// Prefixes reads the list. It reports every item that is none, at once.
func (n Networks) Prefixes() ([]netip.Prefix, error) {
	if len(n) > maxNetworks {
		return nil, fmt.Errorf("%d networks are more than the %d that one list may have", len(n), maxNetworks)
	}
	prefixes := make([]netip.Prefix, 0, len(n))
	var errs []error
	for _, s := range n {
		p, err := ParseNetwork(s)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		prefixes = append(prefixes, p)
	}
	return prefixes, errors.Join(errs...)
}

// ParseNetwork reads an address such as 10.0.0.5, or a network such as 10.0.0.0/8.
func ParseNetwork(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil || p.Addr().Is4In6():
		return netip.Prefix{}, fmt.Errorf("%q is neither an address such as 10.0.0.5 nor a network such as 10.0.0.0/8", Clip(s, 60))
	case p != p.Masked():
		return netip.Prefix{}, fmt.Errorf("%s has bits beyond its first %d: write %s, or %s alone", p, p.Bits(), p.Masked(), p.Addr())
	case p.Bits() < 7 || p.Bits() < 8 && p.Addr().Is4(): // 10.0.0.0/8 and fc00::/7 are the widest that one owner has
		part := "half the"
		if p.Bits() == 0 {
			part = "the whole"
		}
		return netip.Prefix{}, fmt.Errorf("%s is %s world: name the networks that are meant", p, part)
	}
	return p, nil
}

// Subscriber is whom a client's address is counted as: an address of IPv4, or a
// /64, which is what a subscriber gets at least (RFC 6177 2).
func Subscriber(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}

// A NetworkSet answers whether an address is in one of many networks.
type NetworkSet struct{ disjoint []netip.Prefix } // by address

// NewNetworkSet leaves out what lies within another of the networks.
func NewNetworkSet(prefixes []netip.Prefix) NetworkSet {
	sorted := slices.Clone(prefixes)
	slices.SortFunc(sorted, netip.Prefix.Compare)
	var set NetworkSet
	for _, p := range sorted {
		if last := len(set.disjoint) - 1; last < 0 || !set.disjoint[last].Overlaps(p) {
			set.disjoint = append(set.disjoint, p)
		}
	}
	return set
}

// Contains reports whether the address is in one of them. An IPv4 address in an
// IPv6 one is that IPv4 address.
func (s NetworkSet) Contains(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	i, found := slices.BinarySearchFunc(s.disjoint, addr, func(p netip.Prefix, a netip.Addr) int {
		return p.Addr().Compare(a)
	})
	return found || i > 0 && s.disjoint[i-1].Contains(addr)
}
