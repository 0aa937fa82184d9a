package cookies_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"pavise"
	"pavise/controls/cookies"
)

// A Go program protects its own handlers in the same way as the proxy does. The
// order is Rename, Tossing, Flags.
func Example() {
	protect, err := pavise.Protect(pavise.Site{Hosts: []string{"shop.example.com"}},
		cookies.Rename{Names: map[string]string{"connect.sid": "sid"}},
		cookies.Tossing{},
		cookies.Flags{Script: []string{"theme"}},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("the app sees", r.Header.Get("Cookie"))
		w.Header().Add("Set-Cookie", "connect.sid=2; Path=/")
		w.Header().Add("Set-Cookie", "theme=dark")
	})

	r := httptest.NewRequest("GET", "https://shop.example.com/", nil)
	r.Header.Set("Cookie", "connect.sid=planted; __Host-sid=1")
	w := httptest.NewRecorder()
	protect(app).ServeHTTP(w, r)
	for _, line := range w.Header()["Set-Cookie"] {
		fmt.Println(line)
	}
	// Output:
	// the app sees connect.sid=1
	// __Host-sid=2; Path=/; Secure; HttpOnly; SameSite=Lax
	// theme=dark; Secure; SameSite=Lax
}

// What cannot work is said before the first request.
func ExampleRename_mistakes() {
	fmt.Println(cookies.Rename{Names: map[string]string{"connect.sid": "__Host-sid", "auth": "my id"}}.Validate())
	// Output:
	// cookies.rename: auth: "my id" cannot be the name of a cookie
	// cookies.rename: connect.sid: write "__Host-sid" without the prefix, it is added
}
