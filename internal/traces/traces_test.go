package traces

import (
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"pavise/internal/meter"
)

// A collector decodes what it is sent by OpenTelemetry's own types.
type collector struct {
	*httptest.Server
	mu     sync.Mutex
	spans  []*otlp.Span
	status atomic.Int64 // to answer with
	asked  atomic.Int64
}

func newCollector(t *testing.T) *collector {
	c := &collector{}
	c.status.Store(200)
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.asked.Add(1)
		if status := int(c.status.Load()); status != 200 {
			w.WriteHeader(status)
			return
		}
		body, _ := io.ReadAll(r.Body)
		var data otlp.TracesData // of the same form as the request
		if err := proto.Unmarshal(body, &data); err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("%s %s: %v", r.URL, r.Header, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, resource := range data.ResourceSpans {
			if got := resource.Resource.Attributes[0].String(); !strings.Contains(got, "pavise") {
				t.Errorf("of %s", got)
			}
			for _, scope := range resource.ScopeSpans {
				c.spans = append(c.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) tracer(sample float64, trust ...netip.Prefix) *Tracer {
	return Open(Options{To: c.URL, Sample: sample, Trust: trust, Version: "1", Say: func(string, ...any) {}, Every: 10 * time.Millisecond, Pause: time.Millisecond})
}

const theirs = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func request() *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "192.0.2.7:1000"
	r.Header.Set("Traceparent", theirs)
	r.Header.Set("Tracestate", "rojo=1")
	return r
}

func exchange() *meter.Exchange {
	return &meter.Exchange{ID: "id", Site: "shop", Client: netip.MustParseAddr("192.0.2.9"), Secure: true, Proto: 2, Method: "GET", Host: "shop.test",
		Path: "/pay/4111111111111111", Query: "token=secret", Referer: "https://a/?secret", UserAgent: "ua\xff", Begun: time.Unix(100, 0), Took: time.Second,
		Status: 502, Backend: "http://127.0.0.1:3000", Asked: time.Unix(100, 5), Waited: time.Millisecond, Failed: true}
}

// TestSpans: two spans, one within the other, as the conventions have them and without
// what is secret.
func TestSpans(t *testing.T) {
	c := newCollector(t)
	tracer := c.tracer(0, netip.MustParsePrefix("192.0.2.7/32"))
	r, e := request(), exchange()
	tracer.Begins(r, e)
	if got := r.Header.Get("Traceparent"); got[:36] != theirs[:36] || got[36:52] != hex.EncodeToString(e.Upstream[:]) || r.Header.Get("Tracestate") != "rojo=1" {
		t.Errorf("the app hears %s", got)
	}
	tracer.Over(e)
	tracer.Close()
	if len(c.spans) != 2 {
		t.Fatalf("%v", c.spans)
	}
	server, client := c.spans[0], c.spans[1]
	if hex.EncodeToString(server.TraceId) != theirs[3:35] || hex.EncodeToString(server.ParentSpanId) != theirs[36:52] || server.TraceState != "rojo=1" ||
		string(client.ParentSpanId) != string(server.SpanId) || client.Kind != otlp.Span_SPAN_KIND_CLIENT || server.Kind != otlp.Span_SPAN_KIND_SERVER ||
		server.Name != "GET" || server.EndTimeUnixNano-server.StartTimeUnixNano != 1e9 || server.Status.Code != otlp.Status_STATUS_CODE_ERROR {
		t.Errorf("%v\n%v", server, client)
	}
	all := fmt.Sprint(server, client)
	for _, want := range []string{"http.request.method", "url.scheme", "/pay/************1111", "int_value:502", "client.address", "192.0.2.9", "error.type", "server.port", "int_value:3000"} {
		if !strings.Contains(strings.Join(strings.Fields(all), " "), want) {
			t.Errorf("without %s: %s", want, all)
		}
	}
	for _, secret := range []string{"4111111111111111", "token", "secret"} {
		if strings.Contains(all, secret) {
			t.Errorf("with %s: %s", secret, all)
		}
	}
}

// TestStrangersDecideNothing: neither that a trace is kept nor what it is called.
func TestStrangersDecideNothing(t *testing.T) {
	c := newCollector(t)
	tracer := c.tracer(0)
	for range 100 {
		r, e := request(), exchange()
		tracer.Begins(r, e)
		if got := r.Header.Get("Traceparent"); e.Trace.Sampled || strings.Contains(got, theirs[3:35]) || !strings.HasSuffix(got, "-02") || r.Header["Tracestate"] != nil {
			t.Fatalf("the app hears %s", got)
		}
		tracer.Over(e)
	}
	tracer.Close()
	if c.asked.Load() != 0 {
		t.Error("spans were sent")
	}
	all := c.tracer(1)
	defer all.Close()
	r, e := httptest.NewRequest("GET", "/", nil), exchange()
	if all.Begins(r, e); !e.Trace.Sampled || !strings.HasSuffix(r.Header.Get("Traceparent"), "-03") {
		t.Error("a share of 1 is not all")
	}
}

// TestCollectorAway: what cannot be sent is bounded, counted and said, and tried again
// where that makes sense.
func TestCollectorAway(t *testing.T) {
	c := newCollector(t)
	var said atomic.Int64
	tracer := Open(Options{To: c.URL + "/v1/traces/", Sample: 1, Every: time.Hour, Pause: time.Millisecond, Say: func(string, ...any) { said.Add(1) }})
	c.status.Store(503)
	e := exchange()
	tracer.Begins(request(), e)
	for range maxWaiting {
		tracer.Over(e)
	}
	for range 500 {
		if _, lost := tracer.Counts(); lost >= maxWaiting {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if _, lost := tracer.Counts(); lost < maxWaiting || c.asked.Load() < tries || said.Load() != 1 {
		t.Errorf("%d lost, asked %d times, said %d", lost, c.asked.Load(), said.Load())
	}
	c.status.Store(200)
	tracer.Over(e)
	tracer.Close()
	if sent, lost := tracer.Counts(); sent == 0 || sent+lost != 2*(maxWaiting+1) {
		t.Errorf("%d sent, %d lost", sent, lost)
	}
	tracer.Over(e)
	c.status.Store(400)
	before := c.asked.Load()
	refused := c.tracer(1)
	refused.Over(e)
	refused.Close()
	if n := c.asked.Load() - before; n != 1 {
		t.Errorf("what is wrong was sent %d times", n)
	}
}

// FuzzSpans: whatever strangers send, the collector can read it.
func FuzzSpans(f *testing.F) {
	f.Add("GET", "a.test", "/x", "ua", 200)
	f.Add("\xff", "\x00", "\xfe/4111", "\n", -7)
	f.Fuzz(func(t *testing.T, method, host, path, agent string, status int) {
		e := exchange()
		e.Method, e.Host, e.Path, e.UserAgent, e.Status = method, host, path, agent, status
		e.Trace.Trace[0], e.Trace.Span[0] = 1, 1
		b, n := spans(nil, e)
		var data otlp.TracesData
		if err := proto.Unmarshal((&Options{Version: "1"}).request(b), &data); err != nil {
			t.Fatal(err)
		}
		if got := data.ResourceSpans[0].ScopeSpans[0].Spans; len(got) != n {
			t.Errorf("%d spans", len(got))
		}
	})
}
