package proxy

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"

	"pavise"
)

// forwarder hands requests to the app: the end of the chain.
type forwarder struct {
	upstream Upstream
	http     *httputil.ReverseProxy
	tunnels  *tunnels
	journal  *Journal
}

func newForwarder(u Upstream, t *tunnels, j *Journal) *forwarder {
	f := &forwarder{upstream: u, tunnels: t, journal: j}
	f.http = &httputil.ReverseProxy{
		Rewrite:      f.rewrite,
		Transport:    u.transport(),
		ErrorHandler: f.failed,
		ErrorLog:     log.New(journalWriter{j}, "", 0),
	}
	return f
}

func (f *forwarder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	dress(r, pavise.RequestID(w))
	if upgrades(r) {
		f.tunnel(w, r)
		return
	}
	ended := false
	defer func() { // the transport panics in the middle of an answer, and so tells the client
		if !ended && r.Context().Err() == nil {
			f.journal.appFailed("app broke off its answer", f.upstream, r)
		}
	}()
	f.http.ServeHTTP(w, r)
	ended = true
}

// claims are headers by which a client could claim to be another, or to have
// asked for another path; the app must hear them from us alone.
var claims = []string{"Forwarded", "X-Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
	"X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Ssl", "X-Forwarded-Scheme", "X-Forwarded-Prefix",
	"X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "Fastly-Client-Ip",
	"X-Original-Url", "X-Rewrite-Url", "X-Original-Host", "X-Request-Id"}

// dress replaces what the client claims by what we know.
func dress(r *http.Request, id string) {
	for _, name := range claims {
		delete(r.Header, name)
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		r.Header["X-Forwarded-For"] = []string{host}
		r.Header["X-Real-Ip"] = []string{host}
	}
	proto := "http"
	if r.TLS != nil {
		proto = "https"
	}
	r.Header["X-Forwarded-Proto"] = []string{proto}
	r.Header["X-Forwarded-Host"] = []string{r.Host}
	if id != "" {
		r.Header["X-Request-Id"] = []string{id}
	}
}

// rewrite addresses the request to the app. The proxy has dropped the
// X-Forwarded headers of the inbound request, and queries it cannot parse.
func (f *forwarder) rewrite(p *httputil.ProxyRequest) {
	p.Out.URL.Scheme = "http"
	if f.upstream.Secure {
		p.Out.URL.Scheme = "https"
	}
	p.Out.URL.Host = f.upstream.Address
	if f.upstream.Network == "unix" {
		p.Out.URL.Host = "localhost"
	}
	p.Out.URL.RawQuery = p.In.URL.RawQuery
	p.Out.Host = p.In.Host
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"} {
		if values := p.In.Header[name]; values != nil {
			p.Out.Header[name] = values
		}
	}
	if len(p.In.Trailer) > 0 {
		p.Out.Body = &trailing{ReadCloser: p.Out.Body, from: p.In, to: p.Out.Trailer}
	}
}

// trailing hands trailers on: those of the request are known only when its body
// has been read, and the copy that the proxy made does not see them.
type trailing struct {
	io.ReadCloser
	from *http.Request
	to   http.Header
}

func (t *trailing) Read(b []byte) (int, error) {
	n, err := t.ReadCloser.Read(b)
	if err == io.EOF {
		for name, values := range t.from.Trailer {
			t.to[name] = values
		}
	}
	return n, err
}

// failed answers for an app that does not.
func (f *forwarder) failed(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		panic(http.ErrAbortHandler) // the client has gone: there is nobody to answer
	}
	status := http.StatusBadGateway
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		status = http.StatusGatewayTimeout
	}
	f.journal.appFailed("app does not answer", f.upstream, r, slog.Int("status", status), slog.String("error", err.Error()))
	(&pavise.Refusal{Status: status}).Answer(w, r)
}
