package proxy

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"pavise"
)

// An Upstream is where the app listens.
type Upstream struct {
	Secure  bool        // speaks https, and its certificate is verified
	Network string      // "tcp" or "unix"
	Address string      // host:port, or the path of the socket
	Prefix  string      // what stands before every path there, such as /app
	TLS     *tls.Config // of a secure upstream; nil is the system's roots
	// Patience is how long the app may take to begin its answer; 0 is 2 min.
	Patience time.Duration
}

// An EverywhereError is an upstream at the address that means all of this machine's.
type EverywhereError struct {
	Host    string
	Instead string // the upstream on loopback
}

func (e *EverywhereError) Error() string {
	return e.Host + " means every address of this machine"
}

// Hint says what to write in place of the address, and what to do about the app.
func (e *EverywhereError) Hint() string {
	return e.Instead + ", and have the app listen there alone"
}

// ParseUpstream reads 3000, 127.0.0.1:3000, http://HOST:PORT, https://HOST, each with
// a path where the app is not at the root, or unix:/PATH.
func ParseUpstream(s string) (Upstream, error) {
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		if !filepath.IsAbs(path) {
			return Upstream{}, fmt.Errorf("upstream %q: the path of a socket must be absolute", s)
		}
		return Upstream{Network: "unix", Address: path}, nil
	}
	port, path, _ := strings.Cut(s, "/")
	switch {
	case port != "" && strings.Trim(port, "0123456789") == "":
		s = strings.TrimSuffix("127.0.0.1:"+port+"/"+path, "/")
	case s != "" && !strings.Contains(port, ":"):
		return Upstream{}, fmt.Errorf("upstream %q: at which port? write 127.0.0.1:3000, or 3000 alone", s)
	}
	written := s
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "":
		return Upstream{}, fmt.Errorf("upstream %q: write 127.0.0.1:3000, https://HOST:PORT or unix:/PATH", s)
	case u.Scheme != "http" && u.Scheme != "https":
		return Upstream{}, fmt.Errorf("upstream %q: the scheme must be http, https or unix", s)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.User != nil:
		return Upstream{}, fmt.Errorf("upstream %q: an address has no query, fragment or user", s)
	}
	up := Upstream{Secure: u.Scheme == "https", Network: "tcp", Prefix: strings.TrimRight(u.EscapedPath(), "/")}
	if _, err := pavise.ParsePattern(cmp.Or(up.Prefix, "/")); err != nil || strings.ContainsAny(up.Prefix, "*") {
		return Upstream{}, fmt.Errorf("upstream %q: the path must be plain, such as /app", s)
	}
	port = u.Port()
	if port == "" {
		port = map[bool]string{true: "443", false: "80"}[up.Secure]
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return Upstream{}, fmt.Errorf("upstream %q: the port must be 1 to 65535", s)
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && addr.Unmap().IsUnspecified() {
		host := strings.TrimSuffix(u.Host, ":"+u.Port())
		return Upstream{}, &EverywhereError{Host: u.Hostname(), Instead: strings.Replace(written, host, "127.0.0.1", 1)}
	}
	up.Address = net.JoinHostPort(u.Hostname(), port)
	return up, nil
}

// String returns the address as ParseUpstream reads it.
func (u Upstream) String() string {
	switch {
	case u.Network == "unix":
		return "unix:" + u.Address
	case u.Secure:
		return "https://" + u.Address + u.Prefix
	}
	return "http://" + u.Address + u.Prefix
}

// Local reports whether what is sent to the upstream stays on this machine.
func (u Upstream) Local() bool {
	if u.Network == "unix" {
		return true
	}
	host, _, _ := net.SplitHostPort(u.Address)
	return pavise.Local(host)
}

// At reports whether the upstream is what would listen at the address: to stand
// in front of oneself goes round for ever.
func (u Upstream) At(address string) bool {
	host, port, _ := net.SplitHostPort(u.Address)
	at, atPort, err := net.SplitHostPort(address)
	if err != nil || u.Network != "tcp" || port != atPort || !u.Local() {
		return false
	}
	app, ours := net.ParseIP(host), net.ParseIP(at)
	return app == nil || ours == nil || ours.IsUnspecified() || app.Equal(ours) // no address is a name, or all of them
}

// openTime is how long it may take to open a connection, a handshake of TLS and all.
func (u Upstream) openTime() time.Duration {
	const most = 10 * time.Second
	if u.Patience > 0 {
		return min(most, u.Patience)
	}
	return most
}

// dial opens a connection.
func (u Upstream) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, u.openTime())
	defer cancel()
	d := net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	conn, err := d.DialContext(ctx, u.Network, u.Address)
	if err != nil || !u.Secure {
		return conn, err
	}
	secure := tls.Client(conn, u.tls())
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secure, nil
}

func (u Upstream) tls() *tls.Config {
	cfg := u.TLS.Clone()
	if cfg == nil {
		cfg = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if cfg.ServerName == "" {
		cfg.ServerName, _, _ = net.SplitHostPort(u.Address)
	}
	return cfg
}

// Exposed returns the addresses of this machine, besides loopback, at which the
// app's own port is taken: there it can be reached around the shield. It sends
// nothing: a port that cannot be bound is one that somebody listens on.
func (u Upstream) Exposed() []string {
	if u.Network != "tcp" || !u.Local() {
		return nil
	}
	_, port, _ := net.SplitHostPort(u.Address)
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var open []string
	for _, a := range addrs {
		prefix, ok := a.(*net.IPNet)
		if !ok || prefix.IP.IsLoopback() || prefix.IP.IsLinkLocalUnicast() {
			continue
		}
		at := net.JoinHostPort(prefix.IP.String(), port)
		l, err := net.Listen("tcp", at)
		if err == nil {
			l.Close()
		} else if errors.Is(err, syscall.EADDRINUSE) {
			open = append(open, at)
		}
	}
	return open
}
