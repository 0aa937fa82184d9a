package scan

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"pavise"
)

// TestAnnounce: of a body that is announced nothing is sent, and the answer is what
// the site says before it.
func TestAnnounce(t *testing.T) {
	got := make(chan int64, 1)
	app := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/takes":
			n, _ := io.Copy(io.Discard, r.Body)
			got <- n
		case "/refuses":
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	}))
	app.EnableHTTP2 = true
	app.StartTLS()
	defer app.Close()
	for _, h2 := range []bool{false, true} {
		protocols := new(http.Protocols)
		protocols.SetHTTP1(!h2)
		protocols.SetHTTP2(h2)
		c := newClient(Options{Protocols: protocols})
		for path, want := range map[string]int{"/takes": 100, "/refuses": 413, "/ignores": 200} {
			a := c.answer(context.Background(), pavise.Ask(pavise.Request{Method: "POST", URL: app.URL + path, Announce: 1 << 40}))
			if a.Error != "" || a.Response.Status != want {
				t.Errorf("HTTP/2 %v: %s: %+v", h2, path, a)
			}
		}
		if n := <-got; n != 0 {
			t.Errorf("%d bytes were sent", n)
		}
		c.close()
	}
}
