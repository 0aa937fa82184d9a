package soak

import (
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// An app has logins and sessions, and defends itself with nothing: a session that has
// once begun goes on for ever, so that only the vault ends it.
type app struct {
	at string

	mu       sync.Mutex
	seen     map[string]int    // requests, by what their browser called them
	sessions map[string]string // whose they are
	guesses  map[string]int    // wrong passwords, by account, address, and both
}

func newApp(t *testing.T) *app {
	a := &app{seen: map[string]int{}, sessions: map[string]string{}, guesses: map[string]int{}}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.at = strings.TrimPrefix(server.URL, "http://")
	return a
}

const (
	calledHeader = "Called" // what a browser calls its request
	appHeader    = "X-App"  // on every answer of the app
	appCookie    = "connect.sid"
	password     = "correct horse"
)

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(appHeader, "shop")
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen[r.Header.Get(calledHeader)]++
	switch r.URL.Path {
	case "/login":
		a.login(w, r)
	case "/logout":
		http.SetCookie(w, &http.Cookie{Name: appCookie, Path: "/", MaxAge: -1})
		w.Header().Set("Location", "/")
		w.WriteHeader(http.StatusSeeOther)
	default:
		user := "nobody"
		if c, err := r.Cookie(appCookie); err == nil && a.sessions[c.Value] != "" {
			user = a.sessions[c.Value]
		}
		io.WriteString(w, user)
	}
}

func (a *app) login(w http.ResponseWriter, r *http.Request) {
	user, from := r.FormValue("username"), r.Header.Get("X-Forwarded-For")
	if r.FormValue("password") != password {
		for _, by := range []string{"account " + user, "address " + from, "account " + user + " from " + from} {
			a.guesses[by]++
		}
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	id := rand.Text()
	a.sessions[id] = user
	http.SetCookie(w, &http.Cookie{Name: appCookie, Value: id, Path: "/", HttpOnly: true})
	w.Header().Set("Location", "/me")
	w.WriteHeader(http.StatusSeeOther)
}
