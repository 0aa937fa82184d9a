package requests_test

import (
	"context"
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

// Behind a proxy that ends TLS the control finds the client, and puts it where every
// Go program looks.
func ExampleClient() {
	site := pavise.Site{Hosts: []string{"shop.example.com"}}
	protect, err := pavise.Protect(site, requests.Client{Trust: pavise.Networks{"10.0.0.0/8"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	app := protect(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.RemoteAddr, r.Header.Get("X-Forwarded-Proto"))
	}))
	for _, peer := range []string{"10.0.0.1:4711", "192.0.2.66:4711"} {
		r := httptest.NewRequest("GET", "http://shop.example.com/", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-For", "6.6.6.6, 203.0.113.9")
		r.Header.Set("X-Forwarded-Proto", "https")
		app.ServeHTTP(httptest.NewRecorder(), r)
	}
	// Output:
	// 203.0.113.9:0 https
	// 192.0.2.66:4711 http
}

// Whom to trust is said by networks that one owns; everybody is none of them.
func ExampleClient_incorrect() {
	site := pavise.Site{Hosts: []string{"shop.example.com"}}
	_, err := pavise.Protect(site, requests.Client{Trust: pavise.Networks{"0.0.0.0/0", "10.0.0.1/8", "balancer"}, Header: "X-Client"})
	fmt.Println(err)
	// Output:
	// requests.client: trust: 0.0.0.0/0 is the whole world: name the networks of the proxies alone
	// requests.client: trust: 10.0.0.1/8 has bits beyond its first 8: write 10.0.0.0/8, or 10.0.0.1 alone
	// requests.client: trust: "balancer" is neither an address such as 10.0.0.5 nor a network such as 10.0.0.0/8
	// requests.client: header must be X-Forwarded-For, Forwarded, X-Real-IP, CF-Connecting-IP, True-Client-IP or Fastly-Client-IP, not "X-Client"
}

// Somebody else's order is answered like one that does not exist.
func ExampleOwned() {
	owners := map[string]string{"7": "ann", "8": "bob"}
	load := func(_ context.Context, id string) (order, owner string, found bool, err error) {
		owner, found = owners[id]
		return "order " + id, owner, found, nil
	}
	for _, query := range []string{"order_id=7", "order_id=8", "order_id=7&order_id=8"} {
		order, refused := requests.Owned(httptest.NewRequest("GET", "/order?"+query, nil), "order_id", "ann", load)
		if refused != nil {
			fmt.Println(refused.Status) // refused.Answer(w, r) in a handler
			continue
		}
		fmt.Println(order)
	}
	// Output:
	// order 7
	// 404
	// 400
}
