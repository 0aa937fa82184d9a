package requests_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

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
	// requests.client: trust: 0.0.0.0/0 is the whole world: name the networks that are meant
	// requests.client: trust: 10.0.0.1/8 has bits beyond its first 8: write 10.0.0.0/8, or 10.0.0.1 alone
	// requests.client: trust: "balancer" is neither an address such as 10.0.0.5 nor a network such as 10.0.0.0/8
	// requests.client: header must be X-Forwarded-For, Forwarded, X-Real-IP, CF-Connecting-IP, True-Client-IP or Fastly-Client-IP, not "X-Client"
}

// Every route names whom it answers; an order is loaded once, and somebody else's is
// answered like one that does not exist.
func ExampleRoutes() {
	type order struct{ ID, Customer string }
	orders := map[string]order{"7": {"7", "ann"}, "8": {"8", "bob"}}
	load := func(_ context.Context, id string) (order, string, error) {
		o := orders[id] // one that is not there has no customer
		return o, o.Customer, nil
	}
	show := func(w http.ResponseWriter, _ *http.Request, o order) { fmt.Fprintln(w, "order", o.ID) }
	home := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "welcome") }

	env := pavise.Env{Decide: func(d pavise.Decision) { fmt.Println(d.Action, d.Path, "-", d.Saw) }}
	routes := requests.NewRoutes(env, func(*http.Request) (requests.Visitor, error) {
		return requests.Visitor{ID: "ann"}, nil // whom your sessions know
	})
	routes.Handle("GET /{$}", requests.Public(home))
	routes.Handle("GET /orders/{id}", requests.Owner("id", load, show))
	routes.Handle("GET /admin", requests.Role("admin", home))

	for _, target := range []string{"/", "/orders/7", "/orders/8", "/orders/7?id=8"} {
		w := httptest.NewRecorder()
		routes.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
		fmt.Println(target, w.Code)
	}
	// Output:
	// / 200
	// /orders/7 200
	// refused /orders/8 - ann asked for what is another's, by id
	// /orders/8 404
	// refused /orders/7 - parameter id: comes more than once
	// /orders/7?id=8 400
}

// A route that names no rule, or hides it in another handler, answers nobody. One line
// of a test finds it: want routes.Unruled() to be empty.
func ExampleRoutes_incorrect() {
	page := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "how many we sell") }
	routes := requests.NewRoutes(pavise.Env{}, nil)
	routes.HandleFunc("GET /statistics", page)
	routes.Handle("GET /prices", http.TimeoutHandler(requests.Public(page), time.Second, "")) // Public stands outside
	w := httptest.NewRecorder()
	routes.ServeHTTP(w, httptest.NewRequest("GET", "/statistics", nil))
	fmt.Println(w.Code, routes.Unruled())
	// Output:
	// 404 [GET /statistics GET /prices]
}

// An id comes from one place: what is checked there another part of a program could
// take from here.
func ExampleOne() {
	for _, target := range []string{"/order?id=7", "/order?id=7&ID=8", "/order"} {
		id, err := requests.One(httptest.NewRequest("GET", target, nil), "id")
		fmt.Printf("%q %v\n", id, err)
	}
	// Output:
	// "7" <nil>
	// "" parameter id: comes more than once
	// "" parameter id: comes not at all
}
