package scan

import (
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"pavise/test/servers"
	"runtime"
	"strings"
	"testing"
	"time"

	"pavise"
)

// endless writes a block as often as somebody reads it.
func endless(w io.Writer, block string) {
	for {
		if _, err := io.WriteString(w, block); err != nil {
			return
		}
	}
}

// taken gives a handler the connection itself.
func taken(w http.ResponseWriter, speak func(net.Conn)) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	speak(conn)
}

func page(body func(io.Writer)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		body(w)
	}
}

var hang = make(chan struct{})

var hostile = map[string]http.HandlerFunc{
	"endless body": page(func(w io.Writer) { endless(w, strings.Repeat("<a href=/x>", 1<<10)) }),
	"gzip bomb": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		page(func(w io.Writer) { endless(gzip.NewWriter(w), strings.Repeat("\x00", 1<<20)) })(w, r)
	},
	"endless headers": func(w http.ResponseWriter, r *http.Request) {
		taken(w, func(conn net.Conn) {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
			endless(conn, "X: "+strings.Repeat("x", 1000)+"\r\n")
		})
	},
	"thousands of fields": func(w http.ResponseWriter, r *http.Request) {
		taken(w, func(conn net.Conn) {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
			for n := range 8000 {
				fmt.Fprintf(conn, "%04x:\r\n", n)
			}
			io.WriteString(conn, "Content-Length: 2\r\n\r\nhi")
		})
	},
	"endless interim responses": func(w http.ResponseWriter, r *http.Request) {
		taken(w, func(conn net.Conn) { endless(conn, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n") })
	},
	"endless chunk extension": func(w http.ResponseWriter, r *http.Request) {
		taken(w, func(conn net.Conn) {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;")
			endless(conn, strings.Repeat("x", 1000))
		})
	},
	"slow drip": page(func(w io.Writer) {
		for {
			if _, err := io.WriteString(w, "<p>"); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			time.Sleep(50 * time.Millisecond)
		}
	}),
	"redirects to itself": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) },
	"redirects in a ring": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/"+strings.Repeat("r", (len(r.URL.Path)+1)%3), http.StatusFound)
	},
	"redirects to nowhere": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://[::1:/%zz\x01")
		w.WriteHeader(http.StatusFound)
	},
	"never answers": func(w http.ResponseWriter, r *http.Request) { <-hang },
	"nonsense":      func(w http.ResponseWriter, r *http.Request) { taken(w, nonsense) },
	"a thousand cookies": func(w http.ResponseWriter, r *http.Request) {
		for n := range 1000 {
			w.Header().Add("Set-Cookie", fmt.Sprintf("c%d=%d", n, n))
		}
	},
	"binary in headers": func(w http.ResponseWriter, r *http.Request) {
		taken(w, func(conn net.Conn) {
			io.WriteString(conn, "HTTP/1.1 200 \x1b[31m\xff\r\nServer: \x1b]0;owned\x07\xfe\r\nContent-Type: text/html\r\nSet-Cookie: \x80\x81=\xff\r\nContent-Length: 2\r\n\r\nhi")
		})
	},
	"escapes in a title": page(func(w io.Writer) { io.WriteString(w, "<title>\x1b[2J\x1b]52;c;AAAA\x07</title><a href='/\x1b[2J'>") }),
	"a huge robots.txt": func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			io.WriteString(w, "User-agent: *\n")
			endless(w, "Disallow: /"+strings.Repeat("*a", 500)+"$\n")
		}
		page(func(w io.Writer) {
			for n := range 300 {
				fmt.Fprintf(w, `<a href="/%s%d">`, strings.Repeat("a", 1000), n)
			}
		})(w, r)
	},
	"deep nesting":  page(func(w io.Writer) { io.WriteString(w, strings.Repeat("<div><form><table>", 12_000)) }),
	"a long tag":    page(func(w io.Writer) { io.WriteString(w, "<a "+strings.Repeat("href=/x ", 30_000)) }),
	"an open quote": page(func(w io.Writer) { io.WriteString(w, strings.Repeat(`<a href="`, 25_000)) }),
	"short links below a long base": page(func(w io.Writer) {
		fmt.Fprintf(w, `<a href="/%s/">`, strings.Repeat("a", 7000))
		fmt.Fprintf(w, `<base href="/%s/">`, strings.Repeat("a", 100_000))
		for n := range 500 {
			fmt.Fprintf(w, `<img src=%d><a href=%d><form action=%d><input name=x value=%s></form>`, n, n, n, strings.Repeat("v", 100))
		}
	}),
	"a million links": func(w http.ResponseWriter, r *http.Request) {
		page(func(w io.Writer) {
			for n := range 1_000_000 {
				if _, err := fmt.Fprintf(w, `<a href="%s/%d">`, strings.TrimSuffix(r.URL.Path, "/"), n); err != nil {
					return
				}
			}
		})(w, r)
	},
}

func nonsense(conn net.Conn) {
	io.WriteString(conn, "\x1b[2J\x00\xff\r\n\r\n")
}

// TestHostileServers: the scan ends in time, says what it could not look at, keeps no
// more than it may and leaves nothing running.
func TestHostileServers(t *testing.T) {
	for name, app := range hostile {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewUnstartedServer(app)
			s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
			before := runtime.NumGoroutine()
			s.Start()
			defer s.Listener.Close()
			e := endsInTime(t, Options{Target: target(t, s.URL), Timeout: time.Second})
			if len(e.Answers) > 80 {
				t.Errorf("%d requests", len(e.Answers))
			}
			if name == "never answers" {
				close(hang)
			}
			s.CloseClientConnections()
			s.Config.Close() // Close of the test server waits for handlers that took their connection over
			nothingRuns(t, before)
		})
	}
}

// endsInTime looks at a server in every way, and returns what was learnt: of each
// question an answer or a reason.
func endsInTime(t *testing.T, opt Options) *pavise.Evidence {
	t.Helper()
	began := time.Now()
	e := collect(t, opt, func(*pavise.Evidence) []pavise.Probe {
		address := opt.Target.TLS
		name := "a.test"
		if !opt.Target.Secure() {
			name = ""
		}
		return []pavise.Probe{
			{Handshake: &pavise.Handshake{Address: address, Name: "a.test"}},
			{Raw: &pavise.Raw{Address: address, Name: name, Sent: "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"}},
			{Slow: &pavise.Slow{Address: address, Name: name, Sent: "GET /", Wait: 200 * time.Millisecond}},
			pavise.Ask(pavise.Request{URL: opt.Target.URL + "/", Proto: pavise.HTTP2}),
		}
	})
	if took := time.Since(began); took > time.Minute { // not a measure: it ends at all
		t.Errorf("took %s", took)
	}
	for _, a := range e.Answers {
		if a.Error == "" && a.Response == nil && a.Session == nil && a.Held == nil && a.Ended == "" {
			t.Errorf("%s: neither an answer nor a reason", a.Probe.Key())
		}
		if r := a.Response; r != nil && len(r.Body) > maxRobots || r != nil && len(r.Body) > maxBody && !strings.HasSuffix(a.Probe.Request.URL, "/robots.txt") {
			t.Errorf("%d bytes were kept", len(r.Body))
		}
		if r := a.Response; r != nil && len(r.Header) > maxNames {
			t.Errorf("%d fields were kept", len(r.Header))
		}
		if n := weight(a.Response); n > 3*maxPage {
			t.Errorf("%s: %d bytes were found", a.Probe.Key(), n)
		}
	}
	return e
}

// weight is how much was found in a page.
func weight(r *pavise.Response) (n int) {
	if r == nil {
		return 0
	}
	for _, link := range append(r.Links, r.Sockets...) {
		n += len(link)
	}
	for _, f := range r.Forms {
		n += len(f.Action)
		for _, field := range f.Fields {
			n += len(field.Value)
		}
	}
	for _, from := range r.Resources {
		n += len(from.URL)
	}
	return n
}

// nothingRuns waits until as few goroutines run as before.
func nothingRuns(t *testing.T, before int) {
	t.Helper()
	for wait := 0; runtime.NumGoroutine() > before+2 && wait < 500; wait++ {
		time.Sleep(20 * time.Millisecond)
	}
	if now := runtime.NumGoroutine(); now > before+2 {
		t.Errorf("%d goroutines before, %d after", before, now)
	}
}

// reset ends a connection without a farewell.
func reset(conn net.Conn) {
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

// hello is a ServerHello of TLS 1.2, as far as anybody reads it: the record and the
// handshake header, the version, 32 random bytes, no session, one suite.
var hello = "\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" + strings.Repeat("r", 32) + "\x00\xc0\x2f\x00"

// TestHostileHandshakes: a server that ends a handshake at any point, or never ends
// it, is said to have done so, and no page of it is judged.
func TestHostileHandshakes(t *testing.T) {
	first := func(conn net.Conn) { conn.Read(make([]byte, 4096)) }
	for name, speak := range map[string]func(net.Conn){
		"closes at once":     func(conn net.Conn) { conn.Close() },
		"resets at once":     reset,
		"resets after hello": func(conn net.Conn) { first(conn); reset(conn) },
		"closes after hello": func(conn net.Conn) { first(conn); conn.Close() },
		"resets after half":  func(conn net.Conn) { first(conn); io.WriteString(conn, hello[:20]); reset(conn) },
		"resets after its":   func(conn net.Conn) { first(conn); io.WriteString(conn, hello); reset(conn) },
		"closes after its":   func(conn net.Conn) { first(conn); io.WriteString(conn, hello); conn.Close() },
		"alerts":             func(conn net.Conn) { first(conn); io.WriteString(conn, "\x15\x03\x03\x00\x02\x02\x28"); conn.Close() },
		"alerts without end": func(conn net.Conn) { first(conn); endless(conn, "\x15\x03\x03\x00\x02\x01\x5a") },
		"an endless message": func(conn net.Conn) {
			first(conn)
			endless(conn, "\x16\x03\x03\x40\x00\x02\xff\xff\xff"+strings.Repeat("x", 1<<14-4))
		},
		"empty records": func(conn net.Conn) { first(conn); endless(conn, "\x16\x03\x03\x00\x00") },
		"speaks in the clear": func(conn net.Conn) {
			first(conn)
			io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n")
			conn.Close()
		},
		"says nothing": func(conn net.Conn) { io.Copy(io.Discard, conn) },
	} {
		t.Run(name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			l := servers.Listen(t)
			servers.SpeakAt(l, speak)
			e := endsInTime(t, Options{Target: target(t, "https://"+l.Addr().String()), Timeout: time.Second})
			for _, a := range e.Site() {
				t.Errorf("a page: %+v", a.Response)
			}
			l.Close()
			nothingRuns(t, before)
		})
	}
}

// TestBadCertificates: what no client should accept keeps nobody from looking at the
// rest, and is shown.
func TestBadCertificates(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, template := range map[string]*x509.Certificate{
		"expired":       {SerialNumber: big.NewInt(1), NotAfter: time.Unix(1e9, 0)},
		"not yet valid": {SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(time.Hour), NotAfter: time.Now().Add(2 * time.Hour)},
		"ends first":    {SerialNumber: big.NewInt(1), NotBefore: time.Now(), NotAfter: time.Unix(1e9, 0)},
		"many names":    {SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: strings.Fields(strings.Repeat("a.test ", 2000))},
		"odd names": {SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"*", "", "\x1b[2J"},
			URIs: []*url.URL{{Scheme: "javascript", Opaque: "alert(1)"}}},
	} {
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
		s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		s.StartTLS()
		e := endsInTime(t, Options{Target: target(t, s.URL), Timeout: 10 * time.Second})
		hello := e.Answer(pavise.Probe{Handshake: &pavise.Handshake{Address: e.Target.TLS, Name: "a.test"}})
		if home := e.Answer(e.Target.Home()); home.Response == nil || hello.Session == nil || hello.Session.Distrust == "" {
			t.Errorf("%s: %+v, %+v", name, home, hello)
		}
		s.Close()
	}
}
