package metrics

import (
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"pavise/internal/meter"
)

func busy() State {
	r := meter.New(time.Unix(0, 0))
	for i := range 3 {
		r.Over(&meter.Exchange{Site: "shop", Method: fmt.Sprintf("X%d", i), Status: 200 + 101*i, Proto: 2, Took: 30 * time.Millisecond, Sent: 5,
			Backend: "http://127.0.0.1:3000", Asked: time.Unix(1, 0), Waited: 20 * time.Millisecond, Failed: i == 2})
	}
	return State{Traffic: r.Snapshot(time.Unix(1, 0)), Version: "1", Go: "go1", Running: 2, WebSockets: 1, Connections: 3, Opened: 9, Refused: 4,
		Decisions:    []Decision{{"login.guard", "refused", 7}},
		Certificates: []Certificate{{"shop.test", time.Unix(2e9, 0)}}, Store: Store{Kind: "file", Up: true, Operations: 5},
		Reloads: Reloads{1, 2, time.Unix(3, 0), true}, Log: Written{true, 3, 1}, Spans: Written{true, 2, 1}, Ready: true,
		Apps: []App{{"http://127.0.0.1:3000", true, 4}, {"http://127.0.0.1:3001", false, 0}}, Bans: 3, Windows: 1}
}

func scrape[T teller](t *testing.T, s T) string {
	t.Helper()
	w := httptest.NewRecorder()
	Handler(func() T { return s }).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// TestScrape: what is told is right, every metric of the table is told, and nothing
// offends the conventions of Prometheus.
func TestScrape(t *testing.T) {
	text := scrape(t, busy())
	for _, want := range []string{
		`pavise_http_requests_total{class="2xx",method="other",proto="2",site="shop"} 1`,
		`pavise_http_request_duration_seconds_bucket{site="shop",le="0.025"} 0`,
		`pavise_http_request_duration_seconds_bucket{site="shop",le="0.05"} 3`,
		`pavise_http_request_duration_seconds_bucket{site="shop",le="+Inf"} 3`,
		`pavise_upstream_failures_total{backend="http://127.0.0.1:3000"} 1`,
		`pavise_upstream_up{backend="http://127.0.0.1:3001"} 0`, `pavise_upstream_requests_in_flight{backend="http://127.0.0.1:3000"} 4`,
		`pavise_bans 3`, `pavise_protection_windows_open 1`,
		`pavise_decisions_total{action="refused",control="login.guard"} 7`,
		`pavise_certificate_expiry_timestamp_seconds{host="shop.test"} 2e+09`,
		`pavise_store_up{kind="file"} 1`, `pavise_access_log_lost_total 1`, `pavise_ready 1`, "go_goroutines ", "process_open_fds "} {
		if !strings.Contains(text, want+"\n") && !strings.Contains(text, "\n"+want) {
			t.Errorf("without %s", want)
		}
	}
	conventional(t, text, All)
	if quiet := scrape(t, State{}); strings.Contains(quiet, "access_log") || strings.Contains(quiet, "trace_spans") {
		t.Error("a log that nobody writes is told of")
	}
}

// conventional holds what is told to its table, and to the conventions of Prometheus.
func conventional(t *testing.T, text string, table []*Metric) {
	t.Helper()
	for _, m := range table {
		if !strings.Contains(text, "# TYPE "+m.Name+" "+m.Type+"\n") {
			t.Errorf("%s is in the table and nobody tells it", m.Name)
		}
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	if err != nil {
		t.Error(err)
	}
}

var relay = Mail{Version: "1", Go: "go1", Queued: 2, Bytes: 3000, Oldest: time.Minute, Accepted: 9, Refused: 1, Bounced: 2, Lost: 3, Delivered: 4, Failed: 5, Delayed: 6}

// TestMail: what a relay tells is right, all of its table, and as the conventions want it.
func TestMail(t *testing.T) {
	text := scrape(t, relay)
	for _, want := range []string{"pavise_mail_next_hop_up 0", "pavise_mail_queue_messages 2", "pavise_mail_queue_bytes 3000", "pavise_mail_queue_oldest_seconds 60",
		`pavise_mail_messages_total{outcome="accepted"} 9`, `pavise_mail_messages_total{outcome="lost"} 3`, `pavise_mail_recipients_total{outcome="delivered"} 4`,
		`pavise_mail_recipients_total{outcome="failed"} 5`, "pavise_mail_delays_total 6", "go_goroutines "} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("without %s", want)
		}
	}
	conventional(t, text, OfMail)
	if strings.Contains(text, "pavise_http") || strings.Contains(scrape(t, busy()), "pavise_mail") {
		t.Error("one process tells what is the other's")
	}
}

// TestLabelsAreClosed: no request makes a new series by what it says.
func TestLabelsAreClosed(t *testing.T) {
	r := meter.New(time.Unix(0, 0))
	for i := range 500 {
		r.Over(&meter.Exchange{Site: "shop", Method: fmt.Sprint("M", i), Host: fmt.Sprint(i), Path: fmt.Sprint("/", i), Status: 100 + i, Proto: i})
	}
	text := scrape(t, State{Traffic: r.Snapshot(time.Unix(1, 0))})
	if n := strings.Count(text, "\npavise_http_requests_total{"); n > 18 {
		t.Errorf("%d series of one site", n)
	}
}

// TestDocumented: docs/operate/metrics.md has every metric as the tables have it.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/operate/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range [][]*Metric{All, OfMail} {
		if want := markdown(table); !strings.Contains(string(page), want) {
			t.Errorf("docs/operate/metrics.md must have this table:\n%s", want)
		}
	}
}
