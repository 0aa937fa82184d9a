package pavise

import (
	"net/http"
	"testing"
)

// TestMedia: what a browser shows as a page is one, whatever the header looks like.
func TestMedia(t *testing.T) {
	const page = "<!doctype html><p>x</p>"
	for _, test := range []struct {
		types   []string
		nosniff bool
		body    string
		want    string
	}{
		{[]string{"text/html; charset=utf-8"}, false, "", "text/html"},
		{[]string{" TEXT/HTML ;charset=x"}, true, "", "text/html"},
		{nil, false, page, "text/html"},
		{nil, true, page, ""},
		{nil, false, "{}", ""},
		{nil, false, "", ""},
		{[]string{"*/*"}, false, page, "text/html"},
		{[]string{"html"}, false, page, "text/html"},
		{[]string{"text/plain", "text/html"}, false, page, "text/html"},
		{[]string{"text/html, text/plain"}, false, page, "text/plain"},
		{[]string{"text/plain"}, false, page, "text/plain"},
	} {
		r := &Response{Header: http.Header{"Content-Type": test.types}, Body: []byte(test.body)}
		if test.nosniff {
			r.Header.Set("X-Content-Type-Options", "nosniff")
		}
		if got := r.Media(); got != test.want {
			t.Errorf("%q, %q: %q, want %q", test.types, test.body, got, test.want)
		}
	}
}
