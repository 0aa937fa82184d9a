package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"strings"

	"pavise"
	"pavise/internal/http1"
)

// forwarder hands requests to the app: the end of the chain.
type forwarder struct {
	upstream Upstream
	http     *httputil.ReverseProxy
	tunnels  *openConns
	journal  *Journal
}

func newForwarder(u Upstream, t *openConns, j *Journal) *forwarder {
	f := &forwarder{upstream: u, tunnels: t, journal: j}
	f.http = &httputil.ReverseProxy{
		Rewrite:        f.rewrite,
		Transport:      u.transport(),
		ModifyResponse: f.answered,
		ErrorHandler:   f.failed,
		ErrorLog:       log.New(journalWriter{j}, "", 0),
	}
	return f
}

func (f *forwarder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	dress(w, r)
	switch {
	case r.URL.Opaque != "": // GET x:http://host/path: the controls saw no path, and the app would see one
		f.refuse(w, r, strictID, &pavise.Refusal{Status: http.StatusBadRequest, Rule: strictID + ".request-line", Reason: "The address names no path."})
		return
	case isMisplaced(r): // and no control has led it to https
		f.refuse(w, r, "transport.redirect", &pavise.Refusal{Status: http.StatusBadRequest, Reason: "This port speaks https alone."})
		return
	}
	if upgrades(r) {
		f.tunnel(w, r)
		return
	}
	ended := false
	defer func() { // the transport panics in the middle of an answer, and so tells the client
		if !ended && r.Context().Err() == nil {
			f.journal.request(slog.LevelError, "app broke off its answer", r, slog.String("upstream", f.upstream.String()))
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
	maps.DeleteFunc(p.Out.Trailer, func(name string, _ []string) bool { return unfit(name) })
	if p.Out.Body != nil {
		p.Out.Body = &upload{ReadCloser: p.Out.Body, in: p.In, trailer: p.Out.Trailer}
	}
}

// An upload is the body of a request on its way to the app.
type upload struct {
	io.ReadCloser
	in      *http.Request
	trailer http.Header // of the request to the app: the names are those announced
}

// Read hands trailers on, too: those of the request are known only when its body
// has been read, and the copy that the proxy made does not see them. What was not
// announced stays here.
func (u *upload) Read(b []byte) (int, error) {
	n, err := u.ReadCloser.Read(b)
	if err == io.EOF {
		for name := range u.trailer {
			u.trailer[name] = u.in.Trailer[name]
		}
	}
	return n, err
}

// answered looks at the head of the app's answer before it is passed on.
func (f *forwarder) answered(res *http.Response) error {
	if res.StatusCode < 200 {
		return fmt.Errorf("the app answered with the status %d", res.StatusCode)
	}
	delete(res.Header, "Alt-Svc") // it would lead around us
	return nil
}

// failed answers for an app that does not.
func (f *forwarder) failed(w http.ResponseWriter, r *http.Request, err error) {
	var fault *http1.Fault
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &fault):
		control, refused := refusalOf(fault)
		f.refuse(w, r, control, refused)
		return
	case errors.Is(err, errSlowClient):
		f.refuse(w, r, "transport.patience", &pavise.Refusal{Status: http.StatusRequestTimeout, Reason: "The rest of the request did not come."})
		return
	case errors.As(err, &large):
		f.refuse(w, r, "requests.size", &pavise.Refusal{Status: http.StatusRequestEntityTooLarge, Rule: "requests.size.body",
			Reason: "What was sent is larger than this address takes.", Saw: fmt.Sprintf("a body of more than %d bytes, not announced", large.Limit)})
		return
	case r.Context().Err() != nil:
		panic(http.ErrAbortHandler) // the client has gone: there is nobody to answer
	}
	status := http.StatusBadGateway
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		status = http.StatusGatewayTimeout
	}
	f.journal.request(slog.LevelError, "app does not answer", r,
		slog.String("upstream", f.upstream.String()), slog.Int("status", status), slog.String("error", unquoted(err)))
	(&pavise.Refusal{Status: status}).Answer(w, r)
}

// refuse answers what the app must not see, whatever the policy.
func (f *forwarder) refuse(w http.ResponseWriter, r *http.Request, control string, refused *pavise.Refusal) {
	host, _ := pavise.SplitHost(r.Host)
	client, _ := netip.ParseAddrPort(r.RemoteAddr)
	f.journal.Decide(pavise.Decision{Time: f.journal.now(), ID: pavise.RequestID(w), Action: pavise.Refused, Control: control,
		Rule: refused.Rule, Status: refused.Status, Reason: refused.Reason, Saw: refused.Saw,
		Client: client.Addr().Unmap(), Method: r.Method, Host: host, Path: r.URL.Path})
	refused.Answer(w, r)
}

// unquoted is an error without what it quotes: net/http quotes the line that it
// could not read, and that may hold a cookie.
func unquoted(err error) string {
	text, _, _ := strings.Cut(err.Error(), `"`)
	return clip(text)
}
