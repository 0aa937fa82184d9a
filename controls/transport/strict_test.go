package transport

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"pavise"
)

func TestStrictEnforced(t *testing.T) {
	var l pavise.Listener
	if err := (Strict{}).Tune(&l); err != nil || !l.Strict {
		t.Errorf("%v, tuned %+v", err, l)
	}
	wrap, err := pavise.Protect(pavise.Site{Hosts: []string{"shop.test"}}, Strict{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		field  string
		status int
		seen   string
	}{
		{"X-Custom", 200, "X-Custom"}, {"X_custom", 200, ""}, {"Host", 200, ""}, {"X_forwarded_for", 400, ""}, {"Content_length", 400, ""},
	} {
		seen := ""
		app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = strings.Join(slices.Sorted(maps.Keys(r.Header)), " ")
		})
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = "shop.test"
		r.Header[tt.field] = []string{"shop.test"}
		w := httptest.NewRecorder()
		wrap(app).ServeHTTP(w, r)
		if w.Code != tt.status || seen != tt.seen {
			t.Errorf("%s: %d, the app saw %q", tt.field, w.Code, seen)
		}
	}
}

// TestStrictProbes: every one is one message that ends the connection, however it
// is read, and changes nothing.
func TestStrictProbes(t *testing.T) {
	e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.test:8443", TLS: "shop.test:8443"}}
	for _, p := range (Strict{}).Probes(e) {
		r := p.Raw
		head, body, _ := strings.Cut(r.Sent, "\r\n\r\n")
		if r.Address != "shop.test:8443" || r.Name != "shop.test" || len(r.Sent) > pavise.MaxRaw {
			t.Errorf("%+v", r)
		}
		if !strings.HasPrefix(head, "GET /") || strings.Count(r.Sent, "GET") != 1 || !strings.Contains(head, "\nConnection: close") ||
			body != "" && body != "0\r\n\r\n" || !strings.Contains(head, "Host: shop.test:8443") || strings.Contains(head, "END") {
			t.Errorf("%q", r.Sent)
		}
	}
	e.Target.URL = "http://shop.test"
	if r := (Strict{}).Probes(e)[0].Raw; r.Address != "shop.test:80" || r.Name != "" {
		t.Errorf("%+v", r)
	}
}

func TestStrictChecked(t *testing.T) {
	for _, tt := range []struct {
		name           string
		ordinary, rest int // status; 0 is that the connection was closed
		err            string
		want           pavise.Outcome
	}{
		{"refused", 200, 400, "", pavise.Pass},
		{"closed", 302, 0, "", pavise.Pass},
		{"not implemented", 200, 501, "", pavise.Pass},
		{"served", 200, 200, "", pavise.Fail},
		{"redirected", 301, 301, "", pavise.Fail},
		{"app broken", 200, 502, "", pavise.Unknown},
		{"too many", 200, 429, "", pavise.Unknown},
		{"time out", 200, 0, "i/o timeout", pavise.Unknown},
		{"home page forbidden", 403, 400, "", pavise.Unknown},
		{"ordinary closed", 0, 0, "", pavise.Unknown},
	} {
		e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.test", TLS: "shop.test:443"}}
		for i, p := range (Strict{}).Probes(e) {
			a := pavise.Answer{Probe: p, Ended: "closed"}
			status := tt.rest
			if i == 0 {
				status = tt.ordinary
			} else if tt.err != "" {
				a.Error, a.Ended = tt.err, ""
			}
			if status != 0 {
				a.Response = &pavise.Response{Status: status}
			}
			e.Add(a)
		}
		found := (Strict{}).Check(e)
		if len(found) != len((Strict{}).Doc().Rules) {
			t.Errorf("%s: %d findings", tt.name, len(found))
		}
		for _, f := range found {
			if f.Outcome != tt.want {
				t.Errorf("%s: %s: %s, saw %s", tt.name, f.Rule, f.Outcome, f.Saw)
			}
		}
	}
}

// TestStrictWorst: one of two ways to be wrong is enough.
func TestStrictWorst(t *testing.T) {
	e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.test", TLS: "shop.test:443"}}
	for i, p := range (Strict{}).Probes(e) {
		status := 400
		if i == 0 || strings.Contains(p.Raw.Sent, "\r\n b\r\n") {
			status = 200
		}
		e.Add(pavise.Answer{Probe: p, Ended: "closed", Response: &pavise.Response{Status: status}})
	}
	for _, f := range (Strict{}).Check(e) {
		if failed := f.Outcome == pavise.Fail; failed != (f.Rule == "transport.strict.fields") {
			t.Errorf("%s: %s", f.Rule, f.Outcome)
		}
		if f.Outcome == pavise.Fail && (!strings.Contains(f.Proof.Command, "openssl s_client -quiet") || !strings.Contains(f.Proof.Command, `\x0d\x0a b`)) {
			t.Errorf("proof %q", f.Proof.Command)
		}
	}
}
