package catalog_test

import (
	"crypto/rand"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise"
	"pavise/internal/authority"
	"pavise/internal/weakshop"
	"pavise/scan"
	"pavise/test/servers"
)

// A club is an app with members. A careless one has every fault that an active scan
// looks for, a careful one none.
type club struct {
	careless bool
	idle     time.Duration // after which a session ends; 0 is never

	mu       sync.Mutex
	sessions map[string]member
	cache    map[string]string
}

type member struct {
	name string
	seen time.Time
}

var members = map[string]string{"alice": "looking-glass", "bob": "the-bold-bowman"}

// orders are whose they are.
var orders = map[string][2]string{"7": {"alice", "one pavise in red and gold, three bows of yew"}, "8": {"bob", "forty arrows with feathers of a goose"}}

func carelessClub(t *testing.T, _ *authority.Authority) scan.Options {
	opt := asMembers(serveClear(t, &club{careless: true}))
	opt.Target.Idle = 1500 * time.Millisecond
	return opt
}

func carefulClub(t *testing.T, _ *authority.Authority) scan.Options {
	return asMembers(serveClear(t, &club{}))
}

func restlessClub(t *testing.T, _ *authority.Authority) scan.Options {
	opt := asMembers(serveClear(t, &club{idle: time.Second}))
	opt.Target.Idle = 1500 * time.Millisecond
	return opt
}

func asMembers(target pavise.Target) scan.Options {
	opt := scan.Options{Target: target, Timeout: time.Minute, MaxRequests: 400}
	for _, name := range []string{"alice", "bob"} {
		opt.Accounts = append(opt.Accounts, scan.Account{Password: members[name], Account: pavise.Account{Name: name, User: name,
			Login: "/login", Check: "/account", Logout: &pavise.Request{Method: "POST", URL: "/logout"}, Paths: []string{"/letters/" + name}}})
	}
	return opt
}

func serveClear(t *testing.T, app http.Handler) pavise.Target { return clearAt(answer(t, app)) }

func answer(t *testing.T, app http.Handler) net.Listener {
	l := listen(t)
	server := &http.Server{Handler: app, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return l
}

func clearAt(l net.Listener) pavise.Target {
	address := fmt.Sprintf("%s:%d", weakshop.Host, port(l))
	return pavise.Target{URL: "http://" + address, Clear: "http://" + address, Start: "/", TLS: address}
}

func (c *club) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := r.URL.RequestURI()
	if body, kept := c.cache[key]; kept {
		io.WriteString(w, body)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	id := c.session(w, r)
	name := c.sessions[id].name
	switch path := r.URL.Path; {
	case path == "/":
		io.WriteString(w, `<title>The club</title><a href="/login">Log in</a> <a href="/search?q=bow">Bows</a> <a href="/order?id=7">Order</a> <a href="/go?to=a">Go</a> <a href="/read?file=one.txt">Read</a>`)
	case path == "/login":
		c.login(w, r, id)
	case path == "/logout":
		if !c.careless {
			delete(c.sessions, id)
		}
		http.SetCookie(w, &http.Cookie{Name: "sid", Path: "/", MaxAge: -1})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case path == "/search" || path == "/order" || path == "/go" || path == "/read":
		c.ask(w, r)
	case path == "/ledger" && name != "" && (c.careless || name == "alice"):
		io.WriteString(w, "<p>The ledger of the house: ninety crowns and a goat")
	case path == "/account", strings.HasPrefix(path, "/account/"), strings.HasPrefix(path, "/orders/"), strings.HasPrefix(path, "/letters/"):
		c.private(w, r, key, name)
	default:
		http.NotFound(w, r)
	}
}

// session takes the id that the client brings, a careless one whatever it is.
func (c *club) session(w http.ResponseWriter, r *http.Request) string {
	if c.sessions == nil {
		c.sessions, c.cache = map[string]member{}, map[string]string{}
	}
	if cookie, err := r.Cookie("sid"); err == nil {
		m, known := c.sessions[cookie.Value]
		if known && (c.idle == 0 || time.Since(m.seen) < c.idle) || c.careless {
			c.sessions[cookie.Value] = member{m.name, time.Now()}
			return cookie.Value
		}
	}
	return c.fresh(w, "")
}

func (c *club) fresh(w http.ResponseWriter, name string) string {
	id := rand.Text()
	c.sessions[id] = member{name, time.Now()}
	life := 0
	if c.careless {
		life = 365 * 24 * 3600
	}
	http.SetCookie(w, &http.Cookie{Name: "sid", Value: id, Path: "/", HttpOnly: true, MaxAge: life})
	return id
}

func (c *club) login(w http.ResponseWriter, r *http.Request, id string) {
	const form = `<form method="post"><input name="name"><input name="password" type="password"></form>`
	name := r.PostFormValue("name")
	password, known := members[name]
	switch {
	case r.Method != http.MethodPost:
		io.WriteString(w, form)
	case c.careless && !known:
		io.WriteString(w, form+"<p>Nobody here is called so.")
	case !known || password != r.PostFormValue("password"):
		io.WriteString(w, form+"<p>Name or password is wrong.")
	case c.careless:
		c.sessions[id] = member{name, time.Now()}
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: id, Path: "/", MaxAge: 365 * 24 * 3600})
		http.Redirect(w, r, "/account;jsessionid="+id, http.StatusSeeOther)
	default:
		delete(c.sessions, id)
		c.fresh(w, name)
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	}
}

// private shows what is one member's.
func (c *club) private(w http.ResponseWriter, r *http.Request, key, name string) {
	_, of, _ := strings.Cut(r.URL.Path[1:], "/")
	letter := strings.HasPrefix(r.URL.Path, "/letters/")
	if name == "" && !(c.careless && letter) {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	body := ""
	switch order := orders[of]; {
	case letter && (of == name || c.careless):
		body = "<p>Dear friend, the treasure lies beneath the old oak of " + html.EscapeString(of)
	case order[0] != "" && (order[0] == name || c.careless):
		body = "<p>" + order[1]
	case letter || strings.HasPrefix(r.URL.Path, "/orders/"):
		http.NotFound(w, r)
		return
	default:
		body = "<p>Welcome back, " + name
		if name == "alice" {
			body += ` <a href="/ledger">The books</a>`
		}
		for id, o := range orders {
			if o[0] == name {
				body += fmt.Sprintf(` <a href="/orders/%s">your order</a> of %s`, id, o[1])
			}
		}
	}
	if c.careless && strings.Contains(key, "pavise") { // a cache that asks nobody
		c.cache[key] = body
	}
	w.Header().Set("Cache-Control", "no-store")
	io.WriteString(w, body)
}

// ask answers what anybody may ask.
func (c *club) ask(w http.ResponseWriter, r *http.Request) {
	value := ""
	for _, values := range r.URL.Query() {
		value = values[0]
	}
	shown := html.EscapeString(value)
	switch {
	case r.URL.Path == "/order":
		c.order(w, value)
	case !c.careless:
		io.WriteString(w, "<p>There is nothing by the name of "+shown)
	case r.URL.Path == "/search":
		io.WriteString(w, "<p>There is nothing by the name of "+value)
	case r.URL.Path == "/go":
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain\r\nX-To: %s\r\n\r\n", value)
	case strings.HasSuffix(value, "../etc/passwd"):
		io.WriteString(w, "root:x:0:0:root:/root:/bin/sh\n")
	default:
		io.WriteString(w, "<p>Chapter one")
	}
}

// order looks an order up; a careless club knows the sign of a condition.
func (c *club) order(w http.ResponseWriter, value string) {
	id, condition, more := strings.Cut(value, " AND ")
	left, right, _ := strings.Cut(condition, "=")
	switch {
	case c.careless && strings.Count(value, "'")%2 == 1:
		io.WriteString(w, "<p>SQLITE_ERROR: unrecognized token: \"'\"")
	case id == "7" && (!more || c.careless && left == right):
		io.WriteString(w, "<h1>An order</h1><p>one pavise, delivered to the gate and paid for in full")
	default:
		io.WriteString(w, "<p>There is no such order")
	}
}

// frontByLength takes a request apart by Content-Length alone, before an app that goes
// by Transfer-Encoding.
func frontByLength(t *testing.T, _ *authority.Authority) scan.Options {
	app := answer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	return inRow(t, app.Addr().String(), func(head, body string) string {
		if n := length(head); n >= 0 {
			return body[:min(n, len(body))]
		}
		return body
	})
}

// frontByChunks goes by Transfer-Encoding, before an app that goes by Content-Length.
func frontByChunks(t *testing.T, _ *authority.Authority) scan.Options {
	app := servers.Speak(t, func(conn net.Conn) {
		head, body := readHead(conn)
		io.CopyN(io.Discard, conn, int64(max(0, length(head)-len(body))))
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
	})
	return inRow(t, app, func(head, body string) string {
		if end := strings.Index(body, "0\r\n\r\n"); end >= 0 && strings.Contains(head, "chunked") {
			return body[:end+len("0\r\n\r\n")]
		}
		return body
	})
}

// inRow puts a front before an app: it hands on of each request what the cut leaves.
func inRow(t *testing.T, app string, cut func(head, body string) string) scan.Options {
	l := servers.Listen(t)
	servers.SpeakAt(l, func(conn net.Conn) {
		head, body := readHead(conn)
		to, err := net.Dial("tcp", app)
		if err != nil {
			return
		}
		defer to.Close()
		to.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(to, strings.Replace(head, "\r\n", "\r\nConnection: close\r\n", 1)+cut(head, body))
		io.Copy(conn, to)
	})
	return scan.Options{Target: clearAt(l), Timeout: time.Minute}
}

// readHead reads a request in one piece, as the tests send it.
func readHead(conn net.Conn) (head, body string) {
	b := make([]byte, 16<<10)
	n, _ := conn.Read(b)
	head, body, _ = strings.Cut(string(b[:n]), "\r\n\r\n")
	return head + "\r\n\r\n", body
}

// length is the Content-Length that a head names, -1 if it names none.
func length(head string) int {
	n := -1
	if _, rest, ok := strings.Cut(head, "Content-Length: "); ok {
		fmt.Sscanf(rest, "%d", &n)
	}
	return n
}
