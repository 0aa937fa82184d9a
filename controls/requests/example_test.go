package requests_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"pavise"
	"pavise/controls/requests"
)

func Example() {
	site := pavise.Site{Hosts: []string{"shop.example.com"}}
	protect, err := pavise.Protect(site, requests.Host{}, requests.Origin{})
	if err != nil {
		fmt.Println(err)
		return
	}
	app := protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	for _, origin := range []string{"https://shop.example.com", "https://attacker.example"} {
		r := httptest.NewRequest("POST", "https://shop.example.com/order", nil)
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		fmt.Println(origin, w.Code)
	}
	// Output:
	// https://shop.example.com 204
	// https://attacker.example 403
}

// An origin is what a browser writes, and the page behind it must be one's own:
// patterns, paths and pages that came in the clear are refused at the start.
func ExampleOrigin_incorrect() {
	site := pavise.Site{Hosts: []string{"shop.example.com"}}
	_, err := pavise.Protect(site, requests.Origin{Trust: []string{
		"https://*.example.com",
		"http://pay.example.com",
		"https://pay.example.com:443",
	}})
	fmt.Println(err)
	// Output:
	// requests.origin: trust must name origins such as https://pay.example.com, not "https://*.example.com"
	// requests.origin: trust must not name "http://pay.example.com": in the clear anybody on the line can speak for it
	// requests.origin: trust: browsers leave out the usual port, so write "https://pay.example.com"
}
