package nodes_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/controls/login"
	"pavise/controls/session"
)

// vaults of all nodes are one: a login at one opens all, whether the session is in the
// store or sealed in the browser, and a logout at another closes them.
func vaults(t *testing.T, open func(int) pavise.Store) {
	for _, mode := range []string{"vault", "sealed"} {
		t.Run(mode, func(t *testing.T) {
			n := start(t, open, login.Guard{}, session.Vault{Mode: mode})
			res := n.do(0, 1, "POST", "/login", "username=alice&password=right")
			var handle []*http.Cookie
			for _, c := range res.Cookies() {
				if strings.Contains(c.Value, "of-alice") || c.Name == "connect.sid" {
					t.Errorf("the browser is shown %s=%s", c.Name, c.Value)
				}
				handle = append(handle, &http.Cookie{Name: c.Name, Value: c.Value})
			}
			account := func(node int) int { return n.do(node, 1, "GET", "/account", "", handle...).StatusCode }
			for node := range 3 {
				if status := account(node); status != http.StatusOK {
					t.Errorf("node %d: the account is answered %d", node, status)
				}
			}
			if mode == "sealed" { // holds no state: who has kept a copy of it is logged out by its end
				return
			}
			n.do(1, 1, "POST", "/logout", "", handle...)
			for node := range 3 {
				if status := account(node); status != http.StatusUnauthorized {
					t.Errorf("node %d: behind the logout the account is answered %d", node, status)
				}
			}
		})
	}
}

// library has a Go program on three nodes: what one has written the next one reads, and
// a logout is one everywhere, with clocks a minute apart.
func library(t *testing.T, open func(int) pavise.Store) {
	count := session.Int("count")
	var nodes []http.Handler
	for i := range 3 {
		sessions, err := session.New(session.Config{Env: pavise.Env{Site: pavise.Site{Hosts: []string{host}}, Store: open(i), Shared: true,
			Secret: bytes.Repeat([]byte{7}, 32), Now: func() time.Time { return time.Now().Add(time.Duration(i-1) * time.Minute) }}})
		if err != nil {
			t.Fatal(err)
		}
		nodes = append(nodes, sessions.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, err := sessions.From(r), error(nil)
			switch r.URL.Path {
			case "/login":
				err = s.LogIn("ada")
			case "/logout":
				err = s.LogOut()
			default:
				err = count.Change(s, func(n int64) int64 { return n + 1 })
			}
			n, _ := count.Get(s)
			fmt.Fprint(w, s.User(), n, err)
		})))
	}
	jar := map[string]string{}
	ask := func(node int, path string) string {
		r := httptest.NewRequest("POST", "https://"+host+path, nil)
		for name, value := range jar {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		w := httptest.NewRecorder()
		nodes[node].ServeHTTP(w, r)
		for _, c := range w.Result().Cookies() {
			if jar[c.Name] = c.Value; c.MaxAge < 0 {
				delete(jar, c.Name)
			}
		}
		body, _ := io.ReadAll(w.Result().Body)
		return string(body)
	}
	ask(0, "/login")
	for i := range 9 {
		if got, want := ask(i%3, "/"), fmt.Sprint("ada", i+1, " <nil>"); got != want {
			t.Errorf("node %d says %s, want %s", i%3, got, want)
		}
	}
	stolen := map[string]string{}
	for name, value := range jar {
		stolen[name] = value
	}
	ask(2, "/logout")
	jar = stolen
	for node := range 3 {
		if got := ask(node, "/"); strings.Contains(got, "ada") {
			t.Errorf("node %d says %s behind the logout", node, got)
		}
	}
}
