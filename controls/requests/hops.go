package requests

import (
	"net/http"
	"net/netip"
	"strings"

	"pavise"
)

// maxHops bounds the proxies that one request can have come through.
const maxHops = 32

// A form is how a trusted proxy names the client: in which header, how that is
// read, and in which it says by what scheme the client came. Where Forwarded says
// so, nobody need have replaced what a client wrote into another.
type form struct {
	name  string
	hops  func(http.Header, string) hops
	proto string
}

// hops hands out the hops of a request, the nearest first; ok is false where what
// is written there is no hop.
type hops = func(yield func(h hop, ok bool) bool)

// A hop is who sent a request to a proxy, as that proxy says.
type hop struct {
	addr  netip.Addr
	proto string // "" where the proxy says nothing
}

// said is what trusted proxies come to.
type said struct {
	client netip.Addr
	proto  string
	fault  string // why a farther hop was not believed
}

// read walks from the peer, which is trusted, to the first hop that is not: that
// is the client. At what is no address it stops, and the client is who said it: a
// guess could be what a stranger wrote.
func (f form) read(h http.Header, trusted pavise.NetworkSet, peer netip.Addr) said {
	s, n := said{client: peer}, 0
	protos := protosOf(h[f.proto])
	for hop, ok := range f.hops(h, f.name) {
		if n++; !ok || n > maxHops {
			s.fault = "what a trusted proxy wrote into " + f.name + " is no chain of addresses: the proxy itself is taken for the client"
			break
		}
		s.client = hop.addr
		protos.add(hop.proto)
		if !trusted.Contains(hop.addr) {
			break
		}
	}
	s.proto = protos.String()
	return s
}

// listed reads X-Forwarded-For: its lines are one list, to which each proxy has
// added on the right.
func listed(h http.Header, name string) hops {
	return func(yield func(hop, bool) bool) {
		lines := h[name]
		for i := len(lines) - 1; i >= 0; i-- {
			for line, more := lines[i], true; more; {
				at := strings.LastIndexByte(line, ',')
				addr, ok := parseHop(line[at+1:])
				if !yield(hop{addr: addr}, ok) {
					return
				}
				if more = at >= 0; more {
					line = line[:at]
				}
			}
		}
	}
}

// single reads a header that names one client. More than one name none.
func single(h http.Header, name string) hops {
	return func(yield func(hop, bool) bool) {
		if lines := h[name]; len(lines) > 0 {
			addr, ok := parseHop(lines[0])
			yield(hop{addr: addr}, ok && len(lines) == 1)
		}
	}
}

// parseHop reads an address, with or without port and brackets. It strips a zone,
// which means something on one machine alone, and folds IPv4 in IPv6.
func parseHop(s string) (netip.Addr, bool) {
	s = strings.Trim(s, " \t")
	if len(s) > len("[1111:2222:3333:4444:5555:6666:255.255.255.255%0123456789abcdef]:65535") {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		if inner, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(s, "]") {
			addr, err = netip.ParseAddr(strings.TrimSuffix(inner, "]"))
			if err != nil || addr.Is4() {
				return netip.Addr{}, false
			}
		} else if at, err := netip.ParseAddrPort(s); err == nil {
			addr = at.Addr()
		}
	}
	addr = addr.Unmap().WithZone("")
	return addr, addr.IsValid() && !addr.IsUnspecified()
}

// protos is by which scheme the client came, as every proxy on the way says.
type protos struct{ https, other bool }

func (p *protos) add(proto string) {
	p.https = p.https || strings.EqualFold(proto, "https")
	p.other = p.other || proto != "" && !strings.EqualFold(proto, "https")
}

// String is "" where nobody has said anything: one hop in the clear is in the clear.
func (p protos) String() string {
	switch {
	case p.other:
		return "http"
	case p.https:
		return "https"
	}
	return ""
}

// protosOf reads the lines of X-Forwarded-Proto.
func protosOf(lines []string) (p protos) {
	for _, line := range lines {
		for proto := range strings.SplitSeq(line, ",") {
			p.add(strings.Trim(proto, " \t"))
		}
	}
	return p
}
