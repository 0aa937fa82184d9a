package session_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"pavise"
	"pavise/controls/session"
)

// In front of an app that keeps its id at the login, as many do.
func ExampleVault() {
	site := pavise.Site{Hosts: []string{"shop.example.com"}}
	protect, err := pavise.Protect(site, session.Vault{})
	if err != nil {
		fmt.Println(err)
		return
	}
	app := protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("connect.sid"); err == nil {
			fmt.Println("the app sees", c.Value)
		}
		http.SetCookie(w, &http.Cookie{Name: "connect.sid", Value: "7", Path: "/", HttpOnly: true})
	}))
	visit := func(method, path string, handle *http.Cookie) *http.Cookie {
		r := httptest.NewRequest(method, "https://shop.example.com"+path, nil)
		if handle != nil {
			r.AddCookie(handle)
		}
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		for _, c := range w.Result().Cookies() {
			return c
		}
		return handle
	}
	before := visit("GET", "/", nil)
	after := visit("POST", "/login", before)
	fmt.Println("the browser has", after.Name+", another than before:", after.Value != before.Value)
	visit("GET", "/account", before) // by whoever knew the handle of before
	visit("GET", "/account", after)
	// Output:
	// the app sees 7
	// the browser has __Host-visit, another than before: true
	// the app sees 7
}
