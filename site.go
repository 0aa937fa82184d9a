package pavise

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A Site is the public face of one web application.
type Site struct {
	Hosts []string // lower case, without port; the first is the canonical one
	HTTPS int      // public port of https; 0 is 443
	HTTP  int      // public port of plain http; 0 is 80
}

// Owns reports whether a Host header names this site: one of its hosts, with no
// port or the public one of the scheme (RFC 9110 7.2).
func (s Site) Owns(hostport string, secure bool) bool {
	host, port := SplitHost(hostport)
	if !slices.Contains(s.Hosts, host) {
		return false
	}
	want := s.port(secure)
	return port == want || port == 0 && want == defaultPort(secure)
}

// Origin returns the public https origin of one of the site's hosts, as a
// browser writes it: without the default port (RFC 6454 6.2).
func (s Site) Origin(host string) string {
	return "https://" + joinPort(host, s.port(true), 443)
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

func joinPort(host string, port, standard int) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == standard {
		return host
	}
	return host + ":" + strconv.Itoa(port)
}

// SplitHost takes a Host header apart: the name in lower case without brackets,
// and the port, 0 where there is none. What is no host gives "".
func SplitHost(hostport string) (string, int) {
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

// Named reports whether the host is a registered name: neither an address nor
// bare localhost, for which no public promise such as HSTS can be made.
func Named(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	return host != "" && host != "localhost"
}
