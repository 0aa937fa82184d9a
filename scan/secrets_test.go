package scan

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"pavise"
)

// TestSecretsStayAtTheSite: what the asker has put in for one site goes to its origin
// alone, not in the clear and to no other port or host, and none of it is kept.
func TestSecretsStayAtTheSite(t *testing.T) {
	var mu sync.Mutex
	told := map[string]bool{} // where a secret came
	tell := func(at string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			line := fmt.Sprint(r.Header)
			mu.Lock()
			told[at] = told[at] || strings.Contains(line, "s3cret-")
			mu.Unlock()
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("X-Echo", r.Header.Get("Cookie"))
			fmt.Fprintf(w, "<a href=/x?s=s3cret-cookie>%s</a>", line)
		})
	}
	site := httptest.NewTLSServer(tell("site"))
	defer site.Close()
	clear := httptest.NewServer(tell("in the clear"))
	defer clear.Close()
	other := httptest.NewUnstartedServer(tell("another port"))
	other.TLS = &tls.Config{Certificates: site.TLS.Certificates}
	other.StartTLS()
	defer other.Close()

	opt := Options{Target: target(t, site.URL), Cookie: "sid=s3cret-cookie", Header: http.Header{"Authorization": {"Bearer s3cret-token"}}}
	opt.Target.Clear = clear.URL
	_, port, _ := net.SplitHostPort(other.Listener.Addr().String())
	e := collect(t, opt, func(e *pavise.Evidence) []pavise.Probe {
		return []pavise.Probe{
			pavise.Ask(pavise.Request{URL: e.Target.Clear + "/"}),
			pavise.Ask(pavise.Request{URL: "https://127.0.0.1:" + port + "/"}),
			pavise.Ask(pavise.Request{URL: "https://127.0.0.1:" + port + "/", Host: strings.TrimPrefix(site.URL, "https://")}),
		}
	})
	if !told["site"] || told["in the clear"] || told["another port"] {
		t.Errorf("secrets came to %v", told)
	}
	saved, err := json.Marshal(e)
	if err != nil || len(told) != 3 {
		t.Fatal(err, told)
	}
	for _, a := range e.Answers {
		if a.Response != nil {
			saved = append(saved, a.Response.Body...) // base64 in JSON
		}
	}
	if strings.Contains(string(saved), "s3cret-") {
		t.Error("a secret is kept")
	}
}
