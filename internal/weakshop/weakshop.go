// Package weakshop is a small shop with every fault of the catalogue, made on
// purpose: for trials, tests and documentation. It listens on loopback alone
// and must never stand anywhere else.
package weakshop

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"

	"pavise"
	"pavise/internal/weaktls"
)

// Host is the name under which trials address the shop: it is local (RFC 6761
// 6.3), and yet a name for which HSTS means something.
const Host = "shop.localhost"

// A Shop is a running weak shop. It speaks plain http on one port and bad TLS
// on another, and waits for ever for the rest of a request.
type Shop struct {
	clear, secure net.Listener
	server        *http.Server
	key           []byte // of its sessions
	uploads       uploads
	members       members
}

// New is a shop that listens nowhere, for a handler.
func New() *Shop {
	s := &Shop{key: make([]byte, 32)}
	rand.Read(s.key)
	return s
}

// Start opens the shop on two free ports of loopback.
func Start() (*Shop, error) {
	s := New()
	bad, err := badTLS()
	if err != nil {
		return nil, err
	}
	if s.clear, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	secure, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, s.clear.Close())
	}
	s.secure = weaktls.Listen(secure, bad)
	s.server = &http.Server{Handler: s, ErrorLog: log.New(io.Discard, "", 0)}
	go s.server.Serve(lenient{s.clear})
	go s.server.Serve(lenient{s.secure})
	return s, nil
}

// Close stops the shop.
func (s *Shop) Close() error { return s.server.Close() }

// Address is the host:port of plain http, for an upstream.
func (s *Shop) Address() string { return s.clear.Addr().String() }

// Target is where a scan finds the naked shop.
func (s *Shop) Target() pavise.Target {
	secure := Host + ":" + port(s.secure)
	return pavise.Target{URL: "https://" + secure, Start: "/", Clear: "http://" + Host + ":" + port(s.clear), TLS: secure}
}

func port(l net.Listener) string { return strconv.Itoa(l.Addr().(*net.TCPAddr).Port) }

// ServeHTTP answers as such apps do.
func (s *Shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	boast(w.Header())
	trust(w.Header(), r)
	r = believe(r)
	if s.uploads.answer(w, r) {
		return
	}
	if body, ok := leftBehind[r.URL.Path]; ok {
		io.WriteString(w, body)
		return
	}
	switch path := r.URL.Path; {
	case strings.HasPrefix(r.Header.Get("Upgrade"), "TLS/"): // RFC 2817 3.3
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "TLS/1.2")
		w.WriteHeader(http.StatusSwitchingProtocols)
	case r.Method == http.MethodTrace:
		trace(w, r)
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", "GET, HEAD, POST, TRACE")
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPost && strings.Contains(r.Header.Get("Content-Type"), "json"):
		s.badJSON(w, r)
	case path == "/":
		s.home(w, r)
	case path == "/login":
		s.login(w, r)
	case path == "/logout":
		logout(w, r)
	case path == "/order":
		order(w, r)
	case path == "/products":
		s.products(w, r)
	case path == "/account":
		s.account(w, r)
	case path == "/old-products":
		http.Redirect(w, r, "/products", http.StatusFound)
	case path == "/go": // wherever the address says
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
	case path == "/api/products":
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `[{"id":1,"name":"Round shield","price":120},{"id":2,"name":"Pavise","price":340}]`)
	case path == "/static/app.js":
		w.Header().Set("Content-Type", "text/javascript")
		io.WriteString(w, script)
	case path == "/static/style.css":
		w.Header().Set("Content-Type", "text/css")
		io.WriteString(w, style)
	case path == "/ws":
		openSocket(w, r)
	case !strings.HasPrefix(path, "/") || strings.ContainsRune(path, '\uFFFD') || strings.Contains(path, "\xff"):
		crash(w, r, http.StatusBadRequest, "URIError: Failed to decode param '%ff'")
	case path == "/crash":
		crash(w, r, http.StatusInternalServerError, "TypeError: Cannot read properties of undefined (reading 'price')")
	default:
		missing(w, r)
	}
}

// session gives a visitor without a good session a new one, under Express's
// default name and without a single flag.
func (s *Shop) session(w http.ResponseWriter, r *http.Request) (known bool) {
	if s.known(r) {
		return true
	}
	w.Header().Add("Set-Cookie", "connect.sid="+s.fresh()+"; Path=/")
	return false
}

func (s *Shop) fresh() string {
	id := make([]byte, 12)
	rand.Read(id)
	value := hex.EncodeToString(id)
	return "s%3A" + value + "." + s.sign(value)
}

// known reads cookies as careless parsers do: it trims what a script language
// calls white space, and takes any of several values that is good.
func (s *Shop) known(r *http.Request) bool {
	for _, line := range r.Header["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			value, ok := strings.CutPrefix(value, "s%3A")
			id, mac, _ := strings.Cut(value, ".")
			if strings.TrimSpace(name) == "connect.sid" && ok && hmac.Equal([]byte(mac), []byte(s.sign(id))) {
				return true
			}
		}
	}
	return false
}

func (s *Shop) sign(id string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(id))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
