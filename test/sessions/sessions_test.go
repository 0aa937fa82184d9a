// Package sessions tries the sessions of the library over the stores that outlive a
// program: a file, and a real Redis that several nodes share.
package sessions

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise"
	"pavise/controls/session"
	"pavise/store/file"
	"pavise/store/redis"
	"pavise/test/redisserver"
)

var (
	secret = bytes.Repeat([]byte{7}, 32)
	visits = session.Int("visits")
)

// node is a program with sessions, which tells whose session it is.
func node(t *testing.T, store pavise.Store) (*httptest.Server, *session.Sessions) {
	t.Helper()
	s, err := session.New(session.Config{Env: pavise.Env{Store: store, Secret: secret},
		Cookie: session.Cookie{InsecurePlain: true, InsecurePrefix: "none"}})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, s.From(r).User()) })
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) { s.From(r).LogIn("ada") })
	mux.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) { s.From(r).LogOut() })
	mux.HandleFunc("/count", func(w http.ResponseWriter, r *http.Request) {
		visits.Change(s.From(r), func(n int64) int64 { return n + 1 })
	})
	mux.HandleFunc("/visits", func(w http.ResponseWriter, r *http.Request) {
		n, _ := visits.Get(s.From(r))
		fmt.Fprint(w, n)
	})
	server := httptest.NewServer(s.Wrap(mux))
	t.Cleanup(server.Close)
	return server, s
}

func browser() *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar, Timeout: 10 * time.Second}
}

func get(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body)
}

func says(t *testing.T, c *http.Client, url, want string) {
	t.Helper()
	if code, body := get(t, c, url); code != 200 || body != want {
		t.Errorf("%s: %d %q, want %q", url, code, body, want)
	}
}

func open(t *testing.T, server *redisserver.Server) pavise.Store {
	t.Helper()
	s, err := redis.Open(redis.Options{Addresses: []string{server.Address}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// A session that was made on one node works on all, counts exactly, and ends on all.
// A Redis that is away is no logout.
func TestNodes(t *testing.T) {
	t.Parallel()
	server := redisserver.Start(t, redisserver.Options{})
	one, _ := node(t, open(t, server))
	two, _ := node(t, open(t, server))
	c := browser() // its jar knows no ports
	get(t, c, one.URL+"/login")
	says(t, c, two.URL+"/", "ada")

	get(t, c, one.URL+"/count")
	var wg sync.WaitGroup
	var mu sync.Mutex
	counted := 1
	for i := range 8 {
		wg.Go(func() {
			for range 5 {
				if code, _ := get(t, c, []string{one.URL, two.URL}[i%2]+"/count"); code == 200 {
					mu.Lock()
					counted++
					mu.Unlock()
				} else if code != 409 {
					t.Errorf("answered %d", code)
				}
			}
		})
	}
	wg.Wait()
	says(t, c, two.URL+"/visits", fmt.Sprint(counted))

	server.Pause()
	if code, body := get(t, c, one.URL+"/"); code != 503 {
		t.Errorf("with Redis away: %d %q", code, body)
	}
	server.Resume()
	for end := time.Now().Add(10 * time.Second); ; {
		if code, _ := get(t, c, one.URL+"/"); code == 200 || time.Now().After(end) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	says(t, c, one.URL+"/", "ada")
	get(t, c, two.URL+"/logout")
	says(t, c, one.URL+"/", "")
}

// Logins on two nodes and logouts everywhere at the same time: what lives at the end
// is listed, and behind one more logout everywhere nothing lives.
func TestLogOutEverywhereAcrossNodes(t *testing.T) {
	t.Parallel()
	server := redisserver.Start(t, redisserver.Options{})
	set := session.Settings{Purpose: "shop", PerUser: 100}
	var nodes [2]*session.Keeper
	for i := range nodes {
		k, err := session.NewKeeper(pavise.Env{Store: open(t, server), Secret: secret}, set)
		if err != nil {
			t.Fatal(err)
		}
		nodes[i] = k
	}
	ctx := t.Context()
	var mu sync.Mutex
	var tokens []string
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			k := nodes[i%2]
			for range 8 {
				token, rec, err := k.Create(ctx, "ada", "", nil)
				if err == nil {
					token, err = k.Rotate(ctx, rec, "ada")
				}
				if err != nil && !errors.Is(err, session.ErrEnded) && !errors.Is(err, session.ErrChanged) {
					t.Error(err)
				}
				mu.Lock()
				tokens = append(tokens, token)
				mu.Unlock()
			}
		})
	}
	for range 5 {
		if _, err := nodes[0].DeleteAll(ctx, "ada"); err != nil && !errors.Is(err, session.ErrChanged) {
			t.Error(err)
		}
	}
	wg.Wait()
	alive := 0
	for _, token := range tokens {
		if _, err := nodes[0].Load(ctx, token); err == nil {
			alive++
		}
	}
	list, err := nodes[1].List(ctx, "ada")
	if err != nil || len(list) != alive {
		t.Errorf("%d live, and %d are listed, %v", alive, len(list), err)
	}
	if n, err := nodes[1].DeleteAll(ctx, "ada"); n != alive || err != nil {
		t.Errorf("ended %d of %d, %v", n, alive, err)
	}
	for _, token := range tokens {
		if _, err := nodes[0].Load(ctx, token); !errors.Is(err, session.ErrNone) {
			t.Errorf("lives on: %v", err)
		}
	}
}

// A program that starts again has its sessions still, and who steals the file has none.
func TestFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store")
	c := browser()
	for _, before := range []string{"", "ada"} {
		store, err := file.Open(path, file.Options{})
		if err != nil {
			t.Fatal(err)
		}
		server, _ := node(t, store)
		says(t, c, server.URL+"/", before)
		get(t, c, server.URL+"/login")
		says(t, c, server.URL+"/", "ada")
		server.Close()
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		stolen, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		at, _ := http.NewRequest("GET", server.URL, nil)
		for _, cookie := range c.Jar.Cookies(at.URL) {
			if bytes.Contains(stolen, []byte(cookie.Value)) || strings.Contains(string(stolen), "ada") {
				t.Error("the file tells tokens or users")
			}
		}
	}
}
