package headers_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"

	"pavise"
	"pavise/controls/headers"
)

// A Go program needs no proxy: its handler gets the same defences.
func Example() {
	shop := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Referrer-Policy", "no-referrer") // stricter than ours: kept
		w.Header().Set("X-Powered-By", "Shop/1.4.2")
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "secret"})
		io.WriteString(w, "<h1>Shop</h1>")
	})
	protect, err := pavise.Protect(pavise.Site{Hosts: []string{"shop.example.com"}},
		headers.NoSniff{},
		headers.Frame{Allow: "none"},
		headers.Referrer{},
		headers.Cache{},
		headers.Fingerprint{},
	)
	if err != nil {
		fmt.Println(err)
		return
	}

	w := httptest.NewRecorder()
	protect(shop).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://shop.example.com/", nil))
	printHeader(w.Header())
	// Output:
	// Cache-Control: no-store
	// Content-Security-Policy: frame-ancestors 'none'
	// Content-Type: text/html; charset=utf-8
	// Referrer-Policy: no-referrer
	// Set-Cookie: session=secret
	// X-Content-Type-Options: nosniff
	// X-Frame-Options: DENY
}

// Mistakes are reported all at once, before anything is served.
func Example_mistakes() {
	_, err := pavise.Protect(pavise.Site{Hosts: []string{"shop.example.com"}},
		headers.Frame{Allow: "partner.example"},
		headers.Referrer{Policy: "unsafe-url"},
		headers.Fingerprint{Keep: []string{"X-Request-Id"}},
	)
	fmt.Println(err)
	// Output:
	// headers.frame: allow must be none or self, not "partner.example"
	// headers.referrer: policy must be strict-origin-when-cross-origin, strict-origin, same-origin or no-referrer, not "unsafe-url"
	// headers.fingerprint: keep: "X-Request-Id" is not removed, so it needs no keeping
}

func printHeader(h http.Header) {
	var lines []string
	for name, values := range h {
		for _, v := range values {
			lines = append(lines, name+": "+v)
		}
	}
	slices.Sort(lines)
	for _, line := range lines {
		fmt.Println(line)
	}
}
