package scan

import (
	"context"
	"net"
	"net/url"
	"strconv"
	"strings"
)

func (c client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	return first(ctx, c, network, address, func(at string) (net.Conn, error) { return c.dialer.DialContext(ctx, network, at) })
}

// first dials where an address is, and returns the first connection that comes of
// it, or why the first did not. Every connection of a scan is counted here, and where
// several in a row were left without any answer no more are tried.
func first[conn any](ctx context.Context, c client, network, address string, dial func(at string) (conn, error)) (to conn, err error) {
	places, err := c.places(address)
	if err != nil {
		return to, err
	}
	if err := c.budget.silent(network, address); err != nil {
		return to, err
	}
	defer func() { c.budget.heard(network, address, err) }()
	if err := c.budget.connection(ctx, hostOf(places[0])); err != nil {
		return to, err
	}
	to, err = dial(places[0])
	for _, at := range places[1:] {
		if err == nil {
			break
		}
		if other, otherErr := dial(at); otherErr == nil {
			return other, nil
		}
	}
	return to, err
}

// places goes where Resolve says, and takes every name below localhost for this
// machine (RFC 6761 6.3), without a resolver: a small machine may not know the name.
func (c client) places(address string) ([]string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if to, ok := c.opt.Resolve[strings.ToLower(address)]; ok {
		if _, _, err := net.SplitHostPort(to); err == nil {
			return []string{to}, nil
		}
		return []string{net.JoinHostPort(strings.Trim(to, "[]"), port)}, nil
	}
	if host = strings.ToLower(host); host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return []string{net.JoinHostPort("127.0.0.1", port), net.JoinHostPort("::1", port)}, nil
	}
	return []string{address}, nil
}

// host is the host to which a connection to the address goes, on this machine or not.
func (c client) host(address string) string {
	if places, err := c.places(address); err == nil {
		return hostOf(places[0])
	}
	return hostOf(address)
}

// addressOf is the host:port that a URL names.
func addressOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	port, err := portOf(u)
	if err != nil {
		return ""
	}
	return net.JoinHostPort(u.Hostname(), strconv.Itoa(port))
}
