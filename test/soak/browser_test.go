package soak

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// A visitor is a browser or an attacker with an address of its own, and connections to
// every node.
type visitor struct {
	name, address string
	scene         *scene
	cookies       map[string]string
	doors         []*http.Transport // one for each node
	asked         int
}

func (s *scene) visitor(name, address string) *visitor {
	v := &visitor{name: name, address: address, scene: s, cookies: map[string]string{}}
	for _, n := range s.nodes {
		v.doors = append(v.doors, &http.Transport{DialTLSContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, n.at)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(conn, "PROXY TCP4 %s 127.0.0.1 40000 443\r\n", address)
			return tls.Client(conn, &tls.Config{ServerName: host, InsecureSkipVerify: true}), nil // whose it is other tests look at
		}})
	}
	return v
}

func (v *visitor) leave() {
	for _, d := range v.doors {
		d.CloseIdleConnections()
	}
}

// An answer is what came of a request.
type answer struct {
	status int
	body   string
	app    bool // it is the app's, and not Pavise's
}

// done reports whether the app did what it was asked for, and Pavise let that stand.
func (a answer) done() bool { return a.app && a.status < 400 }

// any is any of the nodes.
func (v *visitor) any() int { return rand.IntN(len(v.doors)) }

// ask sends one request to a node, keeps the cookies that come, and books what came of it.
func (v *visitor) ask(node int, path string, form url.Values) answer {
	v.asked++
	called := fmt.Sprintf("%s, request %d", v.name, v.asked)
	ctx, cancel := context.WithTimeout(context.Background(), 4*budget)
	defer cancel()
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+host+path, nil)
	if form != nil {
		r, _ = http.NewRequestWithContext(ctx, http.MethodPost, "https://"+host+path, strings.NewReader(form.Encode()))
		r.GetBody = nil // so that it is never sent twice
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set(calledHeader, called)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	began := time.Now()
	got, cookies, err := exchange(v.doors[node], r)
	v.scene.book(called, got, err, time.Since(began))
	for _, c := range cookies {
		if v.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	}
	return got
}

func exchange(door *http.Transport, r *http.Request) (answer, []*http.Cookie, error) {
	res, err := door.RoundTrip(r)
	if err != nil {
		return answer{}, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(bufio.NewReader(io.LimitReader(res.Body, 1<<20)))
	if err != nil {
		return answer{}, nil, err
	}
	return answer{res.StatusCode, string(body), res.Header.Get(appHeader) != ""}, res.Cookies(), nil
}

// reason tells why a request got no answer, without addresses.
func reason(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(err.Error(), "server closed"):
		return "connection closed"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	}
	return err.Error()
}

// live logs in, looks at pages through all nodes, and logs out, or leaves its session
// behind as it is, again and again.
func (v *visitor) live(done <-chan struct{}) {
	defer v.leave()
	for !ended(done) {
		if !v.logIn(done) {
			return
		}
		for range 5 + rand.IntN(20) {
			v.look()
			if ended(done) {
				break
			}
			time.Sleep(time.Duration(10+rand.IntN(40)) * time.Millisecond)
		}
		v.end()
	}
}

func (v *visitor) logIn(done <-chan struct{}) bool {
	delete(v.cookies, handle)
	for !ended(done) {
		v.scene.count(func(a *accounts) { a.logins++ })
		got := v.ask(v.any(), "/login", url.Values{"username": {v.name}, "password": {password}})
		if got.done() && v.cookies[handle] != "" {
			v.scene.count(func(a *accounts) { a.created++ })
			return true
		}
		if got.status == http.StatusTooManyRequests {
			v.scene.count(func(a *accounts) { a.lockedOut++ })
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}

// look asks who he is. While the store is away a node may not know.
func (v *visitor) look() {
	a := v.ask(v.any(), "/me", nil)
	v.scene.count(func(all *accounts) {
		switch {
		case a.done() && a.body == v.name:
			all.used++
		case a.done() && a.body == "nobody":
			all.unknown++
		case a.done():
			all.mixedUp++
		}
	})
}

// end logs out or leaves. A logout that got no answer may have been one.
func (v *visitor) end() {
	session := kept{v.name, v.cookies[handle], time.Since(v.scene.began)}
	if session.handle == "" || rand.IntN(2) == 0 {
		v.scene.count(func(a *accounts) { a.left = append(a.left, session) })
		return
	}
	out := v.ask(v.any(), "/logout", url.Values{}).done()
	v.scene.count(func(a *accounts) {
		if out {
			a.loggedOut = append(a.loggedOut, session)
		} else {
			a.undecided++
		}
	})
}

// guess tries passwords of one account after another, each for a while.
func (v *visitor) guess(done <-chan struct{}) {
	for i := 0; !ended(done); i++ {
		round := int(time.Since(v.scene.began) / attackRound)
		a := v.scene.visitor(fmt.Sprintf("%s, guess %d", v.name, i), fmt.Sprintf("10.%d.%d.%s", round/250, round%250, v.address))
		for range 10 {
			a.ask(a.any(), "/login", url.Values{"username": {fmt.Sprint("victim ", round)}, "password": {"wrong"}})
			time.Sleep(20 * time.Millisecond)
		}
		a.leave()
	}
}

// spray tries one password at every account, always from the same address.
func (v *visitor) spray(done <-chan struct{}) {
	defer v.leave()
	for i := 0; !ended(done); i++ {
		clear(v.cookies)
		v.ask(v.any(), "/login", url.Values{"username": {fmt.Sprint("account ", i)}, "password": {"123456"}})
		time.Sleep(20 * time.Millisecond)
	}
}

const (
	handle      = "__Host-visit"
	attackRound = 2 * time.Second // for one account
)

func ended(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}
