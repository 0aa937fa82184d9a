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
	if r.URL.Opaque != "" { // GET x:http://host/path: the controls saw no path, and the app would see one
		(&pavise.Refusal{Status: http.StatusBadRequest}).Answer(w, r)
		return
	}
	dress(r, pavise.RequestID(w))
	if upgrades(r) {
		f.tunnel(w, r)
		return
	}
	if r.ProtoMajor == 1 { // else net/http holds an early answer back until the client has sent its body
		http.NewResponseController(w).EnableFullDuplex()
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

// rewrite addresses the request to the app. The proxy has dropped the X-Forwarded
// headers of the inbound request, what its Connection names, and queries it cannot
// parse.
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
	for _, name := range ours {
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
