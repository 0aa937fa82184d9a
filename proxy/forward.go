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
	"strings"

	"pavise"
	"pavise/internal/backends"
	"pavise/internal/http1"
	"pavise/internal/upstream"
)

// forwarder hands requests to the backends of a route.
type forwarder struct {
	floor
	group    *backends.Group
	route    *route
	cookie   string // by which a browser stays; "" is none
	moves    bool   // a backend sees other paths than the client
	tunnels  *openConns
	observer Observer // nil is nobody
}

func (f *forwarder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f.moves && climbs(r) {
		f.refuse(w, r, strictID, &pavise.Refusal{Status: http.StatusBadRequest, Rule: strictID + ".request-line",
			Reason: "The address leads out of where the app is.", Saw: "a dot segment"})
		return
	}
	if r.Header["Upgrade"] != nil { // to a WebSocket, or it would have been taken out
		f.tunnel(w, r)
	} else {
		f.forward(w, r)
	}
}

// forward asks the app and passes its answer on.
func (f *forwarder) forward(w http.ResponseWriter, r *http.Request) {
	answer, by, err := f.ask(w, r)
	if by != nil {
		defer by.End()
	}
	if err != nil {
		f.failed(w, r, by, err)
		return
	}
	defer answer.Close()
	if answer.Status == http.StatusSwitchingProtocols {
		f.failed(w, r, by, errors.New("the app switched protocols unasked"))
		return
	}
	f.pass(w, r, by, answer)
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
func (f *forwarder) pass(w http.ResponseWriter, r *http.Request, by *backends.Member, answer *upstream.Answer) {
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
			f.brokeOff(w, r, by, err)
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
func (f *forwarder) brokeOff(w http.ResponseWriter, r *http.Request, by *backends.Member, err error) {
	if r.Context().Err() == nil {
		f.blame(w)
		f.journal.request(slog.LevelError, "app broke off its answer", r,
			slog.String("upstream", by.Name), slog.String("error", unquoted(err)))
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
func (f *forwarder) failed(w http.ResponseWriter, r *http.Request, by *backends.Member, err error) {
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
	status, said := http.StatusBadGateway, "app does not answer"
	var timeout net.Error
	var down *downError
	switch {
	case upstream.Short(err) != nil: // it is us
		status, said = http.StatusServiceUnavailable, "app cannot be asked"
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout():
		status = http.StatusGatewayTimeout
	case errors.As(err, &down):
		status = http.StatusServiceUnavailable
	}
	f.journal.request(slog.LevelError, said, r,
		slog.String("upstream", by.Name), slog.Int("status", status), slog.String("error", unquoted(err)))
	(&pavise.Refusal{Status: status}).Answer(w, r)
}

// unquoted is an error without what it quotes: net/http quotes the line that it
// could not read, and that may hold a cookie.
func unquoted(err error) string {
	text, _, _ := strings.Cut(err.Error(), `"`)
	return clip(text)
}
