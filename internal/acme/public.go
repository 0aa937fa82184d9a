package acme

import (
	"net/netip"
	"strings"
)

// reserved are the names that no public authority certifies: they are kept for local
// use, for tests and for texts (RFC 2606, 6761, 6762, 7686, 8375, 9476; ICANN 2024
// for internal).
var reserved = []string{
	"alt", "arpa", "example", "example.com", "example.net", "example.org", "home.arpa", "internal", "invalid", "lan", "local",
	"localhost", "onion", "test",
}

// Public reports whether a public authority could certify the name.
func Public(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") {
		return false
	}
	for _, end := range reserved {
		if host == end || strings.HasSuffix(host, "."+end) {
			return false
		}
	}
	return true
}

// Private reports whether even a company's own authority would have no use for the
// name: an address, or this machine under its own name.
func Private(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || host == "localhost" || strings.HasSuffix(host, ".localhost")
}
