package scan

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"

	"pavise"
)

// A client answers probes. It trusts no certificate and needs none: what the
// site shows is judged from the evidence, not by the connection.
type client struct {
	opt     Options
	dialer  *net.Dialer
	plain   *http.Transport // HTTP/1.1 and HTTP/2, as opt.Protocols says
	upgrade *http.Transport // HTTP/1.1 alone
	dials   *atomic.Int64
}

func newClient(opt Options) client {
	c := client{opt: opt, dialer: &net.Dialer{Timeout: probeTime}, dials: new(atomic.Int64)}
	both := opt.Protocols
	if both == nil {
		both = new(http.Protocols)
		both.SetHTTP1(true)
		both.SetHTTP2(true)
	}
	one := new(http.Protocols)
	one.SetHTTP1(true)
	c.plain, c.upgrade = c.transport(both), c.transport(one)
	return c
}

func (c client) transport(protocols *http.Protocols) *http.Transport {
	return &http.Transport{
		DialContext:            c.dial,
		TLSClientConfig:        &tls.Config{InsecureSkipVerify: true},
		TLSHandshakeTimeout:    probeTime,
		ResponseHeaderTimeout:  probeTime,
		MaxResponseHeaderBytes: maxHeader,
		MaxConnsPerHost:        atATime,
		Protocols:              protocols,
	}
}

func (c client) close() {
	c.plain.CloseIdleConnections()
	c.upgrade.CloseIdleConnections()
}

// dial goes where Resolve says, and takes every name below localhost for this
// machine (RFC 6761 6.3).
func (c client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c.dials.Add(1)
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if to, ok := c.opt.Resolve[strings.ToLower(address)]; ok {
		if _, _, err := net.SplitHostPort(to); err == nil {
			return c.dialer.DialContext(ctx, network, to)
		}
		return c.dialer.DialContext(ctx, network, net.JoinHostPort(strings.Trim(to, "[]"), port))
	}
	if host = strings.ToLower(host); host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return c.dialLoopback(ctx, network, port)
	}
	return c.dialer.DialContext(ctx, network, address)
}

// dialLoopback needs no resolver: a small machine may not know the name.
func (c client) dialLoopback(ctx context.Context, network, port string) (net.Conn, error) {
	conn, err := c.dialer.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
	if err == nil {
		return conn, nil
	}
	if conn, err := c.dialer.DialContext(ctx, network, net.JoinHostPort("::1", port)); err == nil {
		return conn, nil
	}
	return nil, err
}

func (c client) answer(ctx context.Context, p pavise.Probe) pavise.Answer {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	a := pavise.Answer{Probe: p}
	var err error
	switch {
	case p.Request != nil:
		a.Response, err = c.request(ctx, *p.Request)
	case p.Handshake != nil:
		a.Session, err = c.handshake(ctx, *p.Handshake)
	default:
		a.Response, a.Ended, err = c.raw(ctx, *p.Raw)
	}
	if err != nil {
		a.Error = err.Error()
		a.Closed = errors.Is(err, syscall.ECONNREFUSED)
	}
	return a
}

func (c client) request(ctx context.Context, r pavise.Request) (*pavise.Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, strings.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	c.dress(req, r)
	transport := c.plain
	if req.Header.Get("Upgrade") != "" {
		transport = c.upgrade
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	out := &pavise.Response{Proto: res.Proto, Status: res.StatusCode, Header: res.Header}
	if res.StatusCode == http.StatusSwitchingProtocols {
		return out, nil
	}
	keep := int64(maxBody)
	if r.Keep > 0 {
		keep = min(keep, int64(r.Keep))
	}
	// A body that breaks off tells nothing: what did not come could be at fault.
	if out.Body, err = io.ReadAll(io.LimitReader(res.Body, keep)); err != nil {
		return nil, err
	}
	extract(out, req.URL)
	return out, nil
}

// dress adds what every request bears, after what the probe asked for.
func (c client) dress(req *http.Request, r pavise.Request) {
	req.Header.Set("User-Agent", cmp.Or(c.opt.Agent, "pavise"))
	req.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	for name, values := range c.opt.Header {
		req.Header[name] = values
	}
	if c.opt.Cookie != "" {
		req.Header.Set("Cookie", c.opt.Cookie)
	}
	for name, values := range r.Header {
		req.Header[name] = values
	}
	if r.Host != "" {
		req.Host = r.Host
	}
}
