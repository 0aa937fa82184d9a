// Package traces keeps W3C trace contexts going from who asks us to the apps, and sends
// spans of some exchanges to an OpenTelemetry collector, by OTLP over HTTP. It is in no
// request's way: what the collector does not take in time is lost, and counted.
package traces

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"pavise"
	"pavise/internal/meter"
	"pavise/internal/tracecontext"
)

// Options say what is sent where.
type Options struct {
	To       string  // origin of the collector, or the address of its /v1/traces
	Sample   float64 // share of what nobody trusted has decided about
	Trust    []netip.Prefix
	Version  string
	Instance string // tells this process from others
	// Say tells the operator when spans begin to be lost, and when they are taken again.
	Say func(format string, args ...any)
	// Every is how long spans wait for others; 0 is 5 s. Pause is how long to wait after
	// the collector has failed the first time; 0 is 1 s.
	Every, Pause time.Duration
}

// What waits for the collector, and how long that may take.
const (
	maxBatch   = 512 // spans
	maxWaiting = 4096
	sendTime   = 10 * time.Second
	tries      = 3
	maxReply   = 64 << 10
)

// A Tracer is open until Close.
type Tracer struct {
	o      Options
	trust  pavise.NetworkSet
	client http.Client

	mu      sync.Mutex
	waiting []byte // spans, as fields of ScopeSpans
	count   int
	closed  bool

	wake  chan struct{}
	done  chan struct{}
	ctx   context.Context // ends what is being sent
	stop  context.CancelFunc
	sent  atomic.Uint64
	lost  atomic.Uint64
	ailed bool // of run alone
	told  uint64
}

// Open begins to send.
func Open(o Options) *Tracer {
	if o.To = strings.TrimRight(o.To, "/"); !strings.HasSuffix(o.To, "/v1/traces") {
		o.To += "/v1/traces"
	}
	if o.Every == 0 {
		o.Every = 5 * time.Second
	}
	if o.Pause == 0 {
		o.Pause = time.Second
	}
	t := &Tracer{o: o, trust: pavise.NewNetworkSet(o.Trust), wake: make(chan struct{}, 1), done: make(chan struct{})}
	t.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.ctx, t.stop = context.WithCancel(context.Background())
	go t.run()
	return t
}

// Begins gives an exchange its place in a trace, and the app's request the header that
// says so. Only whom we trust has a trace of his gone on with, and decides whether it is
// kept: a stranger could else have us send spans of all that he asks, under the ids of
// others.
func (t *Tracer) Begins(r *http.Request, e *meter.Exchange) {
	parent, ok := tracecontext.Parse(r.Header["Traceparent"], r.Header["Tracestate"])
	if ok && t.trusted(r) {
		e.Trace, e.Parent = parent, parent.Span
		e.Trace.Span = tracecontext.NewSpan()
	} else {
		e.Trace = tracecontext.New()
		e.Trace.Sampled = rand.Float64() < t.o.Sample
	}
	e.Upstream = tracecontext.NewSpan()
	asks := e.Trace
	asks.Span = e.Upstream
	r.Header["Traceparent"] = []string{asks.Parent()}
	if delete(r.Header, "Tracestate"); asks.State != "" {
		r.Header["Tracestate"] = []string{asks.State}
	}
}

// trusted reports whether the peer is one whose word counts.
func (t *Tracer) trusted(r *http.Request) bool {
	if len(t.o.Trust) == 0 {
		return false
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && t.trust.Contains(peer.Addr().Unmap().WithZone(""))
}

// Over keeps the spans of an exchange that is sampled.
func (t *Tracer) Over(e *meter.Exchange) {
	if !e.Trace.Sampled {
		return
	}
	b, n := spans(nil, e)
	t.mu.Lock()
	if t.closed || t.count+n > maxWaiting {
		t.mu.Unlock()
		t.lost.Add(uint64(n))
		return
	}
	t.waiting = append(t.waiting, b...)
	t.count += n
	full := t.count >= maxBatch
	t.mu.Unlock()
	if full {
		t.knock()
	}
}

func (t *Tracer) knock() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// run sends what waits until the tracer is closed.
func (t *Tracer) run() {
	defer close(t.done)
	every := time.NewTicker(t.o.Every)
	defer every.Stop()
	for {
		select {
		case <-every.C:
		case <-t.wake:
		}
		t.mu.Lock()
		batch, n, last := t.waiting, t.count, t.closed
		t.waiting, t.count = nil, 0
		t.mu.Unlock()
		if n > 0 {
			t.tell(t.deliver(t.o.request(batch), n))
		}
		if last {
			return
		}
	}
}

// tell says when spans begin to be lost, and when that is over.
func (t *Tracer) tell(err error) {
	switch lost := t.lost.Load(); {
	case err != nil && !t.ailed:
		t.ailed = true
		t.o.Say("warning: the collector %s takes no spans, and requests go on without them: %v", t.o.To, err)
	case err == nil && t.ailed:
		t.o.Say("the collector takes spans again; %d were lost", lost-t.told)
		t.ailed, t.told = false, lost
	}
}

// deliver sends a batch, and again where the collector may take it later.
func (t *Tracer) deliver(body []byte, n int) error {
	var err error
	pause := t.o.Pause
	for try := range tries {
		if try > 0 {
			select {
			case <-time.After(pause):
			case <-t.ctx.Done():
			}
			pause *= 2
		}
		var again bool
		if again, err = t.post(body); err == nil {
			t.sent.Add(uint64(n))
			return nil
		}
		if !again || t.ctx.Err() != nil {
			break
		}
	}
	t.lost.Add(uint64(n))
	return err
}

// post asks once; again is whether another try makes sense (OTLP 1.x, "Failures").
func (t *Tracer) post(body []byte) (again bool, err error) {
	ctx, cancel := context.WithTimeout(t.ctx, sendTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.o.To, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("User-Agent", "pavise/"+t.o.Version)
	res, err := t.client.Do(req)
	if err != nil {
		return true, err
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, maxReply))
	switch res.StatusCode {
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
		return false, nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true, fmt.Errorf("it answers %s", res.Status)
	}
	return false, fmt.Errorf("it answers %s", res.Status)
}

// Counts are how many spans the collector has taken, and how many were lost.
func (t *Tracer) Counts() (sent, lost uint64) { return t.sent.Load(), t.lost.Load() }

// closeTime is how long what waits may take at the end.
const closeTime = 3 * time.Second

// Close sends what waits.
func (t *Tracer) Close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.knock()
	late := time.AfterFunc(closeTime, t.stop)
	defer late.Stop()
	<-t.done
	t.stop()
	t.client.CloseIdleConnections()
}

func valid(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
