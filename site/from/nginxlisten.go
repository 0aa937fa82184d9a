package from

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strings"

	"pavise"
)

// shared is what a provider gives its customers (RFC 6598), and what private networks
// over others use.
var shared = netip.MustParsePrefix("100.64.0.0/10")

// listener takes the address of a listen apart. An empty host is every address.
func listener(d pavise.Directive) (host, port string) {
	if len(d.Args) == 0 {
		return "", "80"
	}
	at := d.Args[0]
	if strings.HasPrefix(at, "unix:") {
		return at, ""
	}
	if end := strings.LastIndexByte(at, ']'); end > 0 {
		host, port = strings.Trim(at[:end], "["), strings.TrimPrefix(at[end+1:], ":")
	} else if before, after, ok := strings.Cut(at, ":"); ok {
		host, port = before, after
	} else if strings.Trim(at, "0123456789") == "" {
		port = at
	} else {
		host = at
	}
	if host == "*" || host == "0.0.0.0" || host == "::" {
		host = ""
	}
	return host, cmp.Or(port, "80")
}

// own reports whether a host is this machine's alone, or that of a private network.
func own(host string) bool {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host != "" && (strings.HasPrefix(host, "unix:") || pavise.Local(host))
	}
	addr = addr.Unmap()
	return addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast() || shared.Contains(addr)
}

// private reports whether a server listens at addresses for some alone.
func private(d pavise.Directive) bool {
	found := false
	for _, in := range d.Block {
		if in.Name == "listen" {
			if host, _ := listener(in); !own(host) {
				return false
			}
			found = true
		}
	}
	return found
}

// usual reports whether a server listens for everybody at a port that Pavise has, as one
// does that says nothing of it.
func usual(d pavise.Directive) bool {
	said := false
	for _, in := range d.Block {
		if in.Name == "listen" {
			said = true
			if host, port := listener(in); (port == "80" || port == "443") && !own(host) {
				return true
			}
		}
	}
	return !said
}

// answersUsually reports whether a server that is usual does not only lead away or refuse.
func (n *nginx) answersUsually(d pavise.Directive) bool {
	_, leads := n.leads(d, nil)
	_, refuses := alone(d)
	return usual(d) && !leads && !refuses
}

// hostsOf are the hosts of servers of which something is true.
func (n *nginx) hostsOf(is func(pavise.Directive) bool) map[string]bool {
	hosts := map[string]bool{}
	for _, s := range n.servers {
		if !is(s) {
			continue
		}
		list, _ := n.names(s)
		for _, h := range list {
			hosts[h] = true
		}
	}
	return hosts
}

// listen tells of an address: Pavise has one for https and one for http.
func (n *nginx) listen(b *built, d pavise.Directive) {
	host, port := listener(d)
	listen := "pavise site set 'listen={https: \"" + net.JoinHostPort(host, "443") + "\"}', if it is for all"
	switch {
	case slices.Contains(d.Args, "proxy_protocol"):
		if b != nil {
			b.server.relayed = true
		}
		n.tell(d, Left, "who may send the PROXY protocol must be said", "pavise site set 'listen={proxy-protocol: [ADDRESS]}'")
	case strings.HasPrefix(host, "unix:"):
		n.tell(d, Left, "Pavise listens at no socket, but at every address"+b.hid(), b.reopen("see who asks there"))
	case own(host):
		n.tell(d, Left, host+" is for some alone, and Pavise listens at every address"+b.hid(), b.reopen(listen))
	case host != "":
		n.tell(d, Left, "Pavise listens at every address, and not at "+host+" alone", listen)
	case port == "80" || port == "443" || strings.Trim(port, "0123456789") != "":
		n.tell(d, Implied, "Pavise listens at 443, and at 80 to lead to https", "")
	default:
		n.tell(d, Left, "Pavise serves all sites at one address for https", "pavise site set 'listen={https: \":"+port+"\"}', if it is for all")
	}
}

// hid says that a site is closed for where nginx listens for it.
func (b *built) hid() string {
	if b == nil || !b.server.shut {
		return ""
	}
	return ": the site is closed to everybody, as maintenance"
}

func (b *built) reopen(do string) string {
	if b == nil || !b.server.shut {
		return do
	}
	return do + ", then: " + b.open(&b.server)
}
