package backends

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"pavise/internal/upstream"
)

// TestHealth: a backend is left out after so many failures in a row, and back after so many
// answers; a long one is a failure, and nothing is asked any more once it is stopped.
func TestHealth(t *testing.T) {
	var status, asked atomic.Int32
	status.Store(200)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path != "/app/alive" || r.Host != "shop.test" {
			t.Errorf("%s %s", r.Host, r.URL)
		}
		if status.Load() == 0 {
			<-r.Context().Done()
			return
		}
		w.WriteHeader(int(status.Load()))
	}))
	defer app.Close()
	dial := func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", app.Listener.Addr().String())
	}
	b := New("b", "/app", &upstream.Client{Dial: dial},
		Health{Path: "/alive", Host: "shop.test", Every: 10 * time.Millisecond, Timeout: 100 * time.Millisecond, Fails: 2, Passes: 2})
	b.Unopened(time.Now(), time.Now())
	b.Start()
	b.Start()
	for _, step := range []struct {
		answer int32
		want   string
	}{{200, Well}, {500, Failing}, {302, Well}, {404, Failing}, {204, Well}, {0, Failing}} {
		status.Store(step.answer)
		for end := time.Now().Add(10 * time.Second); b.State().State != step.want; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("at %d it is still %s", step.answer, b.State().State)
			}
		}
	}
	b.Stop()
	n := asked.Load()
	time.Sleep(50 * time.Millisecond)
	if asked.Load() != n {
		t.Error("it is asked after the end")
	}
}
