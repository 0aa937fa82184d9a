package scan

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"pavise"
)

// TestProto: a version that is named is the one that is spoken, or there is no answer.
func TestProto(t *testing.T) {
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(r.Proto)) })
	both := httptest.NewUnstartedServer(app)
	both.EnableHTTP2 = true
	both.StartTLS()
	one := httptest.NewUnstartedServer(app)
	one.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	one.StartTLS()
	clear := httptest.NewServer(app)
	for _, s := range []*httptest.Server{both, one, clear} {
		defer s.Close()
	}
	three := "https://shop.localhost:" + overUDP(t, app)
	for _, tt := range []struct{ url, proto, want string }{
		{both.URL, "", pavise.HTTP2}, {both.URL, pavise.HTTP1, pavise.HTTP1}, {both.URL, pavise.HTTP2, pavise.HTTP2}, {both.URL, pavise.HTTP3, ""},
		{one.URL, pavise.HTTP1, pavise.HTTP1}, {one.URL, pavise.HTTP2, ""},
		{clear.URL, pavise.HTTP1, pavise.HTTP1}, {clear.URL, pavise.HTTP2, ""}, {clear.URL, pavise.HTTP3, ""},
		{three, pavise.HTTP3, pavise.HTTP3}, {three, pavise.HTTP2, ""}, {three, "HTTP/4.0", ""},
	} {
		c := newClient(Options{})
		a := c.answer(t.Context(), pavise.Ask(pavise.Request{URL: tt.url + "/", Proto: tt.proto}))
		c.close()
		got := ""
		if a.Response != nil {
			got = string(a.Response.Body)
		}
		if got != tt.want || (got == "") != (a.Error != "") {
			t.Errorf("%s over %q: %q, %s", tt.url, tt.proto, got, a.Error)
		}
	}
}
