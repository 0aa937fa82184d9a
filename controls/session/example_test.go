package session_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"pavise"
	"pavise/controls/session"
)

var cart = session.JSON[[]string]("cart")

// A login, and what is kept for whoever has logged in.
func Example() {
	sessions, err := session.New(session.Config{Env: pavise.Env{Site: pavise.Site{Hosts: []string{"shop.example.com"}}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		s := sessions.From(r) // whose password was right
		if err := s.LogIn("ada"); err != nil {
			http.Error(w, "try again", session.Status(err))
			return
		}
		cart.Change(s, func(list []string) []string { return append(list, "apple") })
	})
	mux.HandleFunc("/cart", func(w http.ResponseWriter, r *http.Request) {
		s := sessions.From(r)
		list, _ := cart.Get(s)
		fmt.Println(s.User(), "has", list)
	})
	app := sessions.Wrap(mux)

	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest("POST", "https://shop.example.com/login", nil))
	cookie := w.Result().Cookies()[0]
	fmt.Println(cookie.Name, cookie.Secure, cookie.HttpOnly, len(cookie.Value))

	r := httptest.NewRequest("GET", "https://shop.example.com/cart", nil)
	r.AddCookie(cookie)
	app.ServeHTTP(httptest.NewRecorder(), r)
	// Output:
	// __Host-id true true 43
	// ada has [apple]
}

// What cannot work is said before the first request, every mistake at once.
func ExampleNew_mistakes() {
	_, err := session.New(session.Config{Cookie: session.Cookie{Name: "__Host-sid", Domain: "example.com"},
		Settings: session.Settings{Idle: 60 * 60e9}})
	fmt.Println(err)
	// Output:
	// session: cookie: write the name "__Host-sid" without its prefix, it is added
	// session: cookie: the domain "example.com" contradicts __Host-, which binds a cookie to one host: leave it out, or set the insecure prefix "__Secure-"
	// session: idle must be between a second and 15m, not 1h: more is InsecureIdle
}

// Incorrect: the answer has begun before the session is changed, so no cookie can be
// set any more. The change is refused, and says so.
func ExampleSession_tooLate() {
	sessions, _ := session.New(session.Config{})
	app := sessions.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "Welcome!")
		fmt.Println(sessions.From(r).LogIn("ada"))
	}))
	app.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/login", nil))
	// Output:
	// session: changed after the answer had begun
}

// Incorrect: the handler is not wrapped. Nothing is kept, and nobody is told that it
// was.
func ExampleSessions_From_unwrapped() {
	sessions, _ := session.New(session.Config{})
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := cart.Set(sessions.From(r), []string{"apple"})
		fmt.Println(errors.Is(err, session.ErrUnwrapped))
	})
	app.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/", nil))
	// Output: true
}

// Incorrect: a number that is read and set can lose what another request adds in
// between. The second of the two is answered with 409; Change counts both.
func ExampleKey_Change() {
	visits := session.Int("visits")
	sessions, _ := session.New(session.Config{Sealed: true})
	app := sessions.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := sessions.From(r)
		// n, _ := visits.Get(s); visits.Set(s, n+1) // loses, or is refused
		visits.Change(s, func(n int64) int64 { return n + 1 })
		n, _ := visits.Get(s)
		fmt.Println(n)
	}))
	app.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	// Output: 1
}
