package pavise

import (
	"bufio"
	"iter"
	"maps"
	"net"
	"net/http"
	"strings"

	"pavise/internal/poison"
)

// MaxHeld is how much of a response is held back to be looked at.
const MaxHeld = 64 << 10

// writer is the one response writer of the chain. It commits the headers exactly
// once, after the controls have amended them, and holds the start of an error
// response, or one that a control waits for, back until it is known whether it may leave.
type writer struct {
	http.ResponseWriter
	chain    *Chain
	x        *Exchange
	own      bool // the page is ours: nothing to replace
	wrote    bool // WriteHeader was called
	holding  bool // the headers wait for the judgement of held
	dropping bool // a page of ours went out instead
	hijacked bool
	apart    bool // the headers of the exchange are not those of the ResponseWriter
	lent     bool // an interim response was sent from the latter
	held     []byte
	spare    http.Header // for headers apart; kept with the writer
}

// retire makes the writer and its exchange fit for the pool. Who has kept one of
// them meets nil, and under the race detector what nobody could take for an
// exchange of his.
func (w *writer) retire() {
	x := w.x
	clear(x.kept)
	clear(w.spare)
	poison.Fill(w.held[:cap(w.held)])
	w.ResponseWriter, x.Request, x.Header, x.room, x.Attached = nil, nil, nil, nil, nil
	if poison.On {
		*x = Exchange{ID: released, Host: released, Port: -1, Status: -1}
	}
}

// released stands in what has gone back to the pool.
const released = "used after release"

// Unwrap serves http.ResponseController, for deadlines and full duplex.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *writer) WriteHeader(status int) {
	if w.wrote {
		return
	}
	if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols {
		w.inform(status)
		return
	}
	w.wrote = true
	w.x.Status = status
	held := status >= 400 || w.x.hold && status >= 200
	if held && len(w.chain.replaces) > 0 && !w.own && w.x.Request.Method != http.MethodHead {
		w.holding = true
		return
	}
	w.commit()
}

func (w *writer) commit() {
	for i := range w.chain.amends {
		if h := &w.chain.amends[i]; w.x.mode(h.link) == Enforce {
			h.run(w.x)
		}
	}
	keepInHead(w.x.Header)
	w.hand(w.x.Header)
	w.ResponseWriter.WriteHeader(w.x.Status)
}

// keepInHead takes what is in the head off the trailers that are announced: HTTP/3
// would send it behind the body alone, and a page without its policy.
func keepInHead(h http.Header) {
	if h["Trailer"] == nil {
		return
	}
	var late []string
	for name := range announced(h) {
		if h[name] == nil {
			late = append(late, name)
		}
	}
	if delete(h, "Trailer"); late != nil {
		h["Trailer"] = late
	}
}

func (w *writer) Write(b []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	switch {
	case w.dropping:
		return len(b), nil
	case !w.holding:
		return w.send(b)
	}
	n := min(len(b), MaxHeld-len(w.held))
	w.held = append(w.held, b[:n]...)
	if len(w.held) < MaxHeld {
		return n, nil
	}
	if err := w.release(); err != nil || w.dropping || n == len(b) {
		return len(b), err
	}
	rest, err := w.send(b[n:])
	return n + rest, err
}

// release lets what is held go, or a page of ours in its place.
func (w *writer) release() error {
	w.holding = false
	body, trailers := w.held, w.takeTrailers()
	for _, h := range w.chain.replaces {
		mode := w.x.mode(h.link)
		if mode == Off {
			continue
		}
		if page := h.run(w.x, body); page != nil && mode == Enforce {
			control := w.chain.ids[h.link]
			w.chain.env.report(w.x, Decision{Action: Replaced, Control: control, Rule: page.Rule, Saw: page.Saw,
				Except: exemption(control, w.x.Request)})
			page.head(w.Header(), w.x.ID)
			body, w.dropping = page.Body, true
			break
		}
	}
	w.commit()
	if !w.dropping {
		maps.Copy(w.Header(), trailers)
	}
	_, err := w.send(body)
	return err
}

// send writes what leaves, and counts it.
func (w *writer) send(b []byte) (int, error) {
	n, err := w.ResponseWriter.Write(b)
	w.x.Sent += int64(n)
	return n, err
}

// takeTrailers takes out what the app has announced as trailers. Behind a body that
// is held back they are there already, and must not leave in the head
// (RFC 9110 6.5.1).
func (w *writer) takeTrailers() http.Header {
	h, taken := w.Header(), http.Header{}
	for name := range announced(h) {
		if values := h[name]; values != nil {
			taken[name] = values
			delete(h, name)
		}
	}
	return taken
}

// announced are the names of the trailers that the headers announce.
func announced(h http.Header) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range h["Trailer"] {
			for name := range strings.SplitSeq(line, ",") {
				name = http.CanonicalHeaderKey(strings.TrimSpace(name))
				if name != "Trailer" && !yield(name) {
					return
				}
			}
		}
	}
}

// finish ends a response that the handler has returned from.
func (w *writer) finish() {
	if w.hijacked {
		return
	}
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	if w.holding {
		w.release()
	}
	w.handTrailers()
}

// FlushError sends what was written so far; what is held back waits for its
// judgement all the same.
func (w *writer) FlushError() error {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	if w.holding {
		return nil
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Flush is FlushError for those who ask for an http.Flusher.
func (w *writer) Flush() { w.FlushError() }

// Hijack hands the connection over; from then on no control acts on it.
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	w.hijacked = err == nil
	return conn, rw, err
}

// RequestID returns the id of the exchange that a response writer of the chain
// belongs to, or "".
func RequestID(w http.ResponseWriter) string {
	if ours := chained(w); ours != nil {
		return ours.x.ID
	}
	return ""
}

// chained returns the writer of the chain, or nil, also where an app has put writers of
// its own before it that can be unwrapped as [http.ResponseController] does.
func chained(w http.ResponseWriter) *writer {
	for {
		switch outer := w.(type) {
		case *writer:
			return outer
		case interface{ Unwrap() http.ResponseWriter }:
			w = outer.Unwrap()
		default:
			return nil
		}
	}
}
