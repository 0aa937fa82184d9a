package pavise

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// LocalAuthority is the common name of the authority that signs certificates for
// a machine's own use, where a site has no other.
const LocalAuthority = "Pavise local authority"

// A Site is the public face of one web application.
type Site struct {
	Hosts []string // lower case, without port; the first is the canonical one
	HTTPS int      // port of https; 0 is 443
	HTTP  int      // port of plain http; 0 is 80
}

// Canonical is the first host, or "" where none is named.
func (s Site) Canonical() string {
	if len(s.Hosts) == 0 {
		return ""
	}
	return s.Hosts[0]
}

// Owns reports whether a Host header names this site: one of its hosts, with the
// port we listen at or the standard one of the scheme (RFC 9110 7.2), which a
// container, a firewall or a balancer may have mapped to ours. Plain http may have
// come to the port of https.
func (s Site) Owns(hostport string, secure bool) bool {
	host, port := SplitHost(hostport)
	known := port == 0 || port == s.port(secure) || port == defaultPort(secure) || !secure && port == s.port(true)
	return known && slices.Contains(s.Hosts, host)
}

// Origin returns the https origin under which the client knows the site, as a
// browser writes it (RFC 6454 6.2), from the host and port of its Host header.
// For a request in the clear it is where the client should go instead.
func (s Site) Origin(host string, port int, secure bool) string {
	switch {
	case secure && port == 0:
		port = 443
	case secure:
	case port == 0 && s.port(false) != 80:
		port = 443 // the standard port is mapped to ours: so will that of https be
	default:
		port = s.port(true)
	}
	return Origin("https", host, port)
}

func (s Site) port(secure bool) int {
	switch {
	case secure && s.HTTPS != 0:
		return s.HTTPS
	case !secure && s.HTTP != 0:
		return s.HTTP
	}
	return defaultPort(secure)
}

func defaultPort(secure bool) int {
	if secure {
		return 443
	}
	return 80
}

// Origin returns an origin as a browser writes it: without the standard port of
// http or https (RFC 6454 6.2).
func Origin(scheme, host string, port int) string {
	switch {
	case port != defaultPort(scheme == "https"):
		return scheme + "://" + net.JoinHostPort(host, strconv.Itoa(port))
	case strings.IndexByte(host, ':') >= 0:
		return scheme + "://[" + host + "]"
	}
	return scheme + "://" + host
}

// PortOf returns the port of an address of http or https, also where it is left out.
func PortOf(u *url.URL) int {
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return int(port)
	}
	return defaultPort(u.Scheme == "https")
}

// SameOrigin reports whether two addresses are of one origin (RFC 6454 5).
func SameOrigin(a, b string) bool {
	x, err1 := url.Parse(a)
	y, err2 := url.Parse(b)
	return err1 == nil && err2 == nil && x.Scheme == y.Scheme && strings.EqualFold(x.Hostname(), y.Hostname()) && PortOf(x) == PortOf(y)
}

// SplitHost takes a Host header apart: the name in lower case without brackets,
// and the port, 0 where there is none. What is no host gives "".
func SplitHost(hostport string) (string, int) {
	if simpleName(hostport) {
		return hostport, 0
	}
	host, port := hostport, 0
	if i := strings.LastIndexByte(hostport, ':'); i >= 0 && !strings.HasSuffix(hostport, "]") {
		n, err := strconv.ParseUint(hostport[i+1:], 10, 16)
		if err != nil || n == 0 {
			return "", 0
		}
		host, port = hostport[:i], int(n)
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		if inner, ok = strings.CutSuffix(inner, "]"); !ok || net.ParseIP(inner) == nil {
			return "", 0
		}
		host = inner
	} else if strings.Contains(host, ":") {
		return "", 0
	}
	return strings.ToLower(host), port
}

// simpleName reports whether a Host is what nearly every one is: a name in lower case
// and no port.
func simpleName(hostport string) bool {
	for i := range len(hostport) {
		if c := hostport[i]; (c < 'a' || c > 'z') && c != '.' && c != '-' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// Named reports whether the host is a registered name: neither an address nor
// bare localhost, for which no public promise such as HSTS can be made.
func Named(host string) bool {
	if host == "" || host == "localhost" {
		return false
	}
	if last := host[len(host)-1]; strings.IndexByte(host, ':') < 0 && (last < '0' || last > '9') {
		return true // no address ends so: what it is not, ParseAddr says in an error, at every response
	}
	_, err := netip.ParseAddr(host)
	return err != nil
}

// Local reports whether a host is this machine (RFC 6761 6.3).
func Local(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}
