package proxy

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"pavise/internal/backends"
	"pavise/internal/upstream"
)

// ask asks a backend, and another where the first has certainly seen nothing, for no
// connection to it could be opened, or where it has ended without a word and what was asked
// may be asked again. Whoever is returned has begun, also with an error.
func (f *forwarder) ask(w http.ResponseWriter, r *http.Request) (*upstream.Answer, *backends.Member, error) {
	var tried backends.Tried
	stay, client := f.stays(r), clientOf(r)
	for again := repeatable(r); ; {
		by, down := f.group.Choose(time.Now(), client, stay, &tried)
		by.Begin()
		asked := f.moved(r, by)
		answer, err := f.askOne(w, asked, by)
		var open *upstream.OpenError
		var ended *upstream.UnansweredError
		switch {
		case err == nil:
			f.amend(w.Header(), r, by, stay)
			return answer, by, nil
		case r.Context().Err() != nil:
			return nil, by, err
		case again && errors.As(err, &ended) && f.mayAsk(by, ended.Kept, &tried):
			again = false
			by.End()
			continue
		case !errors.As(err, &open):
			return nil, by, err
		}
		if tried.Add(by); down || tried.All(f.group) {
			return nil, by, f.down(err)
		}
		by.End()
		r.Body = asked.Body // with what of it was read and not sent; after an answer it may still be on its way
	}
}

// repeatable reports whether a request may be sent a second time: a safe method without a
// body (RFC 9110 9.2.2). PUT and DELETE are idempotent by the letter, and many an app does
// not keep to it.
func repeatable(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return r.ContentLength == 0
	}
	return false
}

// mayAsk reports whether somebody is left to ask after a backend that has ended without a
// word: another, or itself by a new connection where it had closed one that rested.
func (f *forwarder) mayAsk(by *backends.Member, kept bool, tried *backends.Tried) bool {
	if len(f.group.Members()) == 1 {
		return kept
	}
	tried.Add(by)
	return !tried.All(f.group)
}

// A downError is that none of several backends takes a connection.
type downError struct {
	backends int
	last     error
}

// down is said where there is nobody left to ask.
func (f *forwarder) down(err error) error {
	if n := len(f.group.Members()); n > 1 {
		return &downError{n, err}
	}
	return err
}

func (e *downError) Error() string {
	return fmt.Sprintf("none of %d backends answers: %v", e.backends, e.last)
}
func (e *downError) Unwrap() error { return e.last }

// askOne asks a backend, and takes down how it does.
func (f *forwarder) askOne(w http.ResponseWriter, r *http.Request, by *backends.Member) (*upstream.Answer, error) {
	h := w.Header()
	ours, begun := h["Alt-Svc"], time.Now()
	e := f.watched(w)
	if e != nil {
		e.Backend, e.Asked = by.Name, f.journal.now()
	}
	answer, err := by.Client.Ask(r, h, func(status int, hints http.Header) { inform(w, status, hints) })
	if e != nil {
		e.Waited = f.journal.now().Sub(e.Asked)
	}
	if delete(h, "Alt-Svc"); ours != nil { // the app's would lead around us
		h["Alt-Svc"] = ours
	}
	var open *upstream.OpenError
	switch now := time.Now(); {
	case err == nil:
		by.Answered(now.Sub(begun))
	case r.Context().Err() != nil: // it is the client that has gone
	case upstream.Short(err) != nil:
		by.Unasked()
	case errors.As(err, &open):
		by.Unopened(begun, now)
	default:
		by.Failed()
	}
	return answer, err
}

// moved is the request as a backend is asked that sees other paths than the client. The
// controls go on knowing it as it was.
func (f *forwarder) moved(r *http.Request, by *backends.Member) *http.Request {
	if !f.moves || !strings.HasPrefix(r.URL.Path, "/") {
		return r
	}
	asked, u := *r, *r.URL
	if f.route.strip {
		u = *stripped(r.URL, f.route.begin)
		asked.Header["X-Forwarded-Prefix"] = []string{f.route.begin}
	}
	if u.Path = by.Prefix + u.Path; u.RawPath != "" {
		u.RawPath = by.Prefix + u.RawPath
	}
	asked.URL = &u
	return &asked
}

// amend puts into the head of an answer what is of our making: where the browser stays, and
// where it is led from the place of the app.
func (f *forwarder) amend(h http.Header, r *http.Request, by, stay *backends.Member) {
	if by.Token != "" && by != stay && r.Header.Get("X-Forwarded-Proto") == "https" {
		h["Set-Cookie"] = append(h["Set-Cookie"], f.cookie+"="+by.Token+stickyRules)
	}
	if !f.moves || h["Location"] == nil {
		return
	}
	if to := h["Location"][0]; strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") {
		h["Location"] = []string{f.outward(to, by)}
	}
}

// outward is a path of the app as the client knows it. One slash is left where the prefix
// was: with what browsers take for a second it would be another host (CWE-601).
func (f *forwarder) outward(path string, by *backends.Member) string {
	if rest, ok := strings.CutPrefix(path, by.Prefix); ok && by.Prefix != "" && (rest == "" || strings.ContainsAny(rest[:1], "/?#")) {
		path = "/" + strings.TrimLeft(rest, "/\\\t")
	}
	begin := f.route.begin
	if rest, ok := strings.CutPrefix(path, begin); f.route.strip && !(ok && (rest == "" || strings.ContainsAny(rest[:1], "/?#"))) {
		path = begin + path
	}
	return path
}
