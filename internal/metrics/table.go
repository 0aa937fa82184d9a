package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"pavise/internal/meter"
)

// A Metric is one that is told.
type Metric struct {
	Name, Help string
	Labels     []string
	Type       string // counter, gauge or histogram
	desc       *prometheus.Desc
}

// The metrics, by what they tell of.
var (
	requests       = counter("pavise_http_requests_total", "Requests that are over, by site, method, class of status and version of HTTP.", "site", "method", "class", "proto")
	durations      = histogram("pavise_http_request_duration_seconds", "From the head of a request to the end of its response, but for WebSockets.", "site")
	refused        = counter("pavise_http_requests_refused_total", "Requests that a control has refused.", "site")
	received       = counter("pavise_http_request_body_bytes_total", "Bytes of request bodies as announced, and of WebSockets from clients.", "site")
	sent           = counter("pavise_http_response_body_bytes_total", "Bytes of response bodies, and of WebSockets to clients.", "site")
	running        = gauge("pavise_http_requests_in_flight", "Requests that are being answered, WebSockets among them.")
	decisions      = counter("pavise_decisions_total", "What controls have done to requests, by control and action: refused, observed, replaced, noted. Also how often the store was away (store, away) and certificates were not renewed in time (transport.certificate, not_renewed_in_time).", "control", "action")
	websockets     = counter("pavise_websockets_total", "WebSockets that are over.", "site")
	websocketsOpen = gauge("pavise_websockets_open", "WebSockets that are open.")

	upstreams = histogram("pavise_upstream_duration_seconds", "From asking an app to the head of its answer.", "backend")
	failures  = counter("pavise_upstream_failures_total", "Requests that an app did not answer, or not to the end.", "backend")

	upstreamUp      = gauge("pavise_upstream_up", "1 where an app is asked; 0 where it is left out: it took no connection a moment ago, or fails its health checks.", "backend")
	upstreamRunning = gauge("pavise_upstream_requests_in_flight", "Requests that an app is answering, WebSockets among them.", "backend")

	bans    = gauge("pavise_bans", "Networks that are banned now, by the owner or by controls.")
	windows = gauge("pavise_protection_windows_open", "Protection windows that are open.")

	connections        = gauge("pavise_connections_open", "Connections of clients that are open, of TCP and of QUIC.")
	opened             = counter("pavise_connections_total", "Connections of clients so far.")
	connectionsRefused = counter("pavise_connections_refused_total", "Connections that were closed before a request: no handshake, or too many of one client.")

	certificates = gauge("pavise_certificate_expiry_timestamp_seconds", "When the certificate that a host shows ends, in Unix time.", "host")

	storeUp     = gauge("pavise_store_up", "1 where the store can be asked, by its kind.", "kind")
	operations  = counter("pavise_store_operations_total", "Operations of the store.")
	storeErrors = counter("pavise_store_errors_total", "Operations that the store failed at, or not in time.")
	skipped     = counter("pavise_store_skipped_total", "Operations that were not tried because the store was away.")
	outages     = counter("pavise_store_outages_total", "Times in which the store was away.")

	logLines  = counter("pavise_access_log_lines_total", "Lines written to the access log.")
	logLost   = counter("pavise_access_log_lost_total", "Lines of the access log that were lost: its disk was full or slow.")
	spansSent = counter("pavise_trace_spans_total", "Spans that the collector has taken.")
	spansLost = counter("pavise_trace_spans_lost_total", "Spans that were lost: the queue was full, or the collector did not take them.")

	reloads  = counter("pavise_reloads_total", "Reloads, by what came of them: ok or refused.", "result")
	reloadAt = gauge("pavise_last_reload_timestamp_seconds", "When the last reload was, in Unix time.")
	reloadOK = gauge("pavise_last_reload_successful", "1 where the last reload took over.")

	ready = gauge("pavise_ready", "1 where /readyz says yes.")
	build = gauge("pavise_build_info", "1, with the version of Pavise and of Go.", "version", "goversion")
)

// All is every metric of pavise serve, in the order of the documentation.
var All = []*Metric{requests, durations, refused, decisions, received, sent, running, websockets, websocketsOpen, upstreams, failures, upstreamUp, upstreamRunning, bans, windows,
	connections, opened, connectionsRefused, certificates, storeUp, operations, storeErrors, skipped, outages,
	logLines, logLost, spansSent, spansLost, reloads, reloadAt, reloadOK, ready, build}

func newMetric(kind, name, help string, labels []string) *Metric {
	return &Metric{name, help, labels, kind, prometheus.NewDesc(name, help, labels, nil)}
}

func counter(name, help string, labels ...string) *Metric {
	return newMetric("counter", name, help, labels)
}

func gauge(name, help string, labels ...string) *Metric {
	return newMetric("gauge", name, help, labels)
}

func histogram(name, help string, labels ...string) *Metric {
	return newMetric("histogram", name, help, labels)
}

func (m *Metric) send(to chan<- prometheus.Metric, value float64, labels ...string) {
	kind := prometheus.GaugeValue
	if m.Type == "counter" {
		kind = prometheus.CounterValue
	}
	to <- prometheus.MustNewConstMetric(m.desc, kind, value, labels...)
}

func (m *Metric) histogram(to chan<- prometheus.Metric, h *meter.Histogram, labels ...string) {
	upTo, sum := make(map[float64]uint64, len(meter.Bounds)), uint64(0)
	for i, end := range meter.Bounds {
		sum += h.Buckets[i]
		upTo[end] = sum
	}
	to <- prometheus.MustNewConstHistogram(m.desc, h.Count, h.Seconds, upTo, labels...)
}
