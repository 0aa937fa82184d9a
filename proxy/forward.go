package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"pavise"
	"pavise/internal/http1"
	"pavise/internal/upstream"
)

// forwarder hands requests to the app: the end of the chain.
type forwarder struct {
	upstream Upstream
	app      *upstream.Client
	tunnels  *openConns
	journal  *Journal
	observer Observer // nil is nobody
	name     string   // of the upstream
}

func newForwarder(u Upstream, app *upstream.Client, t *openConns, j *Journal, o Observer) *forwarder {
	return &forwarder{upstream: u, app: app, tunnels: t, journal: j, observer: o, name: u.String()}
}

func (f *forwarder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	upgrade := upgrades(r)
	dress(w, r)
	switch {
	case r.URL.Opaque != "": // GET x:http://host/path: the controls saw no path, and the app would see one
		f.refuse(w, r, strictID, &pavise.Refusal{Status: http.StatusBadRequest, Rule: strictID + ".request-line", Reason: "The address names no path."})
	case isMisplaced(r): // and no control has led it to https
		f.refuse(w, r, "transport.redirect", &pavise.Refusal{Status: http.StatusBadRequest, Reason: "This port speaks https alone."})
	case upgrade:
		f.tunnel(w, r)
	default:
		f.forward(w, r)
	}
}

// forward asks the app and passes its answer on.
func (f *forwarder) forward(w http.ResponseWriter, r *http.Request) {
	answer, err := f.ask(w, r)
	if err != nil {
		f.failed(w, r, err)
		return
	}
	defer answer.Close()
	if answer.Status == http.StatusSwitchingProtocols {
		f.failed(w, r, errors.New("the app switched protocols unasked"))
		return
	}
	f.pass(w, r, answer)
}

func (f *forwarder) ask(w http.ResponseWriter, r *http.Request) (*upstream.Answer, error) {
	h := w.Header()
	ours := h["Alt-Svc"]
	e := f.watched(w)
	if e != nil {
		e.Backend, e.Asked = f.name, f.journal.now()
	}
	answer, err := f.app.Ask(r, h, func(status int, hints http.Header) { inform(w, status, hints) })
	if e != nil {
		e.Waited = f.journal.now().Sub(e.Asked)
	}
	if delete(h, "Alt-Svc"); ours != nil { // the app's would lead around us
		h["Alt-Svc"] = ours
	}
	return answer, err
}

// inform passes on an answer before the last one, with the links of early hints
// (RFC 8297).
func inform(w http.ResponseWriter, status int, hints http.Header) {
	h := w.Header()
	if links := hints["Link"]; links != nil {
		h["Link"] = links
	}
	w.WriteHeader(status)
	delete(h, "Link")
}

// pass hands on an answer. One whose length is not known may be a stream: nothing
// of it is kept back while the app is silent.
func (f *forwarder) pass(w http.ResponseWriter, r *http.Request, answer *upstream.Answer) {
	w.WriteHeader(answer.Status)
	for {
		if answer.Length < 0 && !answer.More() {
			http.NewResponseController(w).Flush()
		}
		piece, err := answer.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			f.brokeOff(w, r, err)
		}
		if _, err := w.Write(piece); err != nil {
			panic(http.ErrAbortHandler) // the client has gone
		}
	}
	h := w.Header()
	for name, values := range answer.Trailer {
		if !pavise.HasToken(h["Trailer"], name) {
			name = http.TrailerPrefix + name
		}
		h[name] = values
	}
}

// brokeOff ends an answer in its middle, and so tells the client that it is not
// whole.
func (f *forwarder) brokeOff(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		f.blame(w)
		f.journal.request(slog.LevelError, "app broke off its answer", r,
			slog.String("upstream", f.upstream.String()), slog.String("error", unquoted(err)))
	}
	panic(http.ErrAbortHandler)
}

// blame has an exchange counted as one that the app failed at.
func (f *forwarder) blame(w http.ResponseWriter) {
	if e := f.watched(w); e != nil {
		e.Failed = true
	}
}

// failed answers for an app that does not. Of what it has said nothing is kept.
func (f *forwarder) failed(w http.ResponseWriter, r *http.Request, err error) {
	maps.DeleteFunc(w.Header(), func(name string, _ []string) bool { return name != "Alt-Svc" })
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
	f.blame(w)
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
	if x := pavise.ExchangeOf(w); x != nil {
		x.Action, x.Control, x.Rule = pavise.Refused, control, refused.Rule
	}
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
