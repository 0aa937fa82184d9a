package traces

import (
	"cmp"
	"math"
	"net"
	"net/url"
	"slices"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"pavise/internal/meter"
	"pavise/internal/redact"
)

// The fields of OTLP that are written (opentelemetry-proto 1.x, trace.proto, common.proto).
const (
	spanTrace, spanID, spanState, spanParent, spanName, spanKind = 1, 2, 3, 4, 5, 6
	spanStart, spanEnd, spanAttribute, spanStatus, spanFlags     = 7, 8, 9, 15, 16

	kindServer, kindClient = 2, 3
	statusError            = 2
)

// spans appends what was seen of an exchange as one or two spans, each as a field of
// ScopeSpans, and returns how many. No query, no cookie and no secret is in them.
func spans(b []byte, e *meter.Exchange) ([]byte, int) {
	b = message(b, 2, serverSpan(nil, e))
	if e.Backend == "" || e.Asked.IsZero() {
		return b, 1
	}
	return message(b, 2, clientSpan(nil, e)), 2
}

// serverSpan is the request as it came to us, by the semantic conventions for HTTP servers.
func serverSpan(b []byte, e *meter.Exchange) []byte {
	b = span(b, e, e.Trace.Span, e.Parent, kindServer, e.Begun, e.Took)
	b = method(b, e)
	b = attribute(b, "url.scheme", map[bool]string{true: "https", false: "http"}[e.Secure])
	b = attribute(b, "url.path", redact.Path(e.Path))
	b = attribute(b, "server.address", redact.Cards(redact.Clip(e.Host, 255)))
	b = attribute(b, "network.protocol.version", meter.Protos[min(max(e.Proto, 1), 3)-1])
	if e.Client.IsValid() {
		b = attribute(b, "client.address", e.Client.String())
	}
	if e.UserAgent != "" {
		b = attribute(b, "user_agent.original", redact.Cards(redact.Clip(e.UserAgent, 256)))
	}
	b = attribute(b, "pavise.site", e.Site)
	b = attribute(b, "pavise.request_id", e.ID)
	if e.Action != "" {
		b = attribute(b, "pavise.action", e.Action)
		b = attribute(b, "pavise.control", e.Control)
		b = attribute(b, "pavise.rule", e.Rule)
	}
	if e.Status > 0 {
		b = count(b, "http.response.status_code", e.Status)
	}
	if e.Status == 0 || e.Status >= 500 {
		b = failed(b, e)
	}
	return b
}

// clientSpan is what the app was asked.
func clientSpan(b []byte, e *meter.Exchange) []byte {
	b = span(b, e, e.Upstream, e.Trace.Span, kindClient, e.Asked, e.Waited)
	b = method(b, e)
	u, err := url.Parse(e.Backend)
	if err != nil || u.Host == "" { // a socket
		b = attribute(b, "server.address", e.Backend)
	} else {
		b = attribute(b, "server.address", u.Hostname())
		if port, err := strconv.Atoi(u.Port()); err == nil {
			b = count(b, "server.port", port)
		}
		b = attribute(b, "url.full", u.Scheme+"://"+net.JoinHostPort(u.Hostname(), u.Port())+redact.Path(e.Path))
	}
	if e.Failed {
		b = failed(b, e)
	}
	return b
}

// span writes what every span has.
func span(b []byte, e *meter.Exchange, id, parent [8]byte, kind uint64, begun time.Time, took time.Duration) []byte {
	b = message(b, spanTrace, e.Trace.Trace[:])
	b = message(b, spanID, id[:])
	if e.Trace.State != "" {
		b = message(b, spanState, []byte(e.Trace.State))
	}
	if parent != [8]byte{} {
		b = message(b, spanParent, parent[:])
	}
	b = message(b, spanName, []byte(knownMethod(e.Method, "HTTP")))
	b = number(b, spanKind, kind)
	b = moment(b, spanStart, begun)
	b = moment(b, spanEnd, begun.Add(max(took, 0)))
	return protowire.AppendFixed32(protowire.AppendTag(b, spanFlags, protowire.Fixed32Type), 1) // sampled
}

// knownMethod is a method of those that are told apart, so that nobody names spans.
func knownMethod(name, otherwise string) string {
	if slices.Contains(meter.Methods[:len(meter.Methods)-1], name) {
		return name
	}
	return otherwise
}

func method(b []byte, e *meter.Exchange) []byte {
	return attribute(b, "http.request.method", knownMethod(e.Method, "_OTHER"))
}

// failed says what went wrong, by the status where that says it.
func failed(b []byte, e *meter.Exchange) []byte {
	why := "gone"
	if e.Status > 0 {
		why = strconv.Itoa(e.Status)
	}
	b = attribute(b, "error.type", why)
	return message(b, spanStatus, number(nil, 3, statusError))
}

func message(b []byte, field protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), m)
}

func number(b []byte, field protowire.Number, n uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), n)
}

func moment(b []byte, field protowire.Number, t time.Time) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(b, field, protowire.Fixed64Type), uint64(max(t.UnixNano(), 0)))
}

// attribute writes a KeyValue; text in OTLP is UTF-8.
func attribute(b []byte, key, value string) []byte {
	return pair(b, key, message(nil, 1, []byte(valid(value))))
}

func count(b []byte, key string, n int) []byte {
	return pair(b, key, number(nil, 3, uint64(min(max(n, 0), math.MaxInt32))))
}

func pair(b []byte, key string, value []byte) []byte {
	return message(b, spanAttribute, message(message(nil, 1, []byte(key)), 2, value))
}

// request wraps spans into an ExportTraceServiceRequest of this service.
func (o *Options) request(scopeSpans []byte) []byte {
	attr := func(key, value string) []byte {
		return message(nil, 1, message(message(nil, 1, []byte(key)), 2, message(nil, 1, []byte(value))))
	}
	resource := slices.Concat(attr("service.name", "pavise"), attr("service.version", o.Version), attr("service.instance.id", cmp.Or(o.Instance, "pavise")))
	scope := message(message(nil, 1, []byte("pavise")), 2, []byte(o.Version))
	return message(nil, 1, append(message(nil, 1, resource), message(nil, 2, append(message(nil, 1, scope), scopeSpans...))...))
}
