package proxy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pavise"
	"pavise/internal/handover"
)

// logBuffer takes log lines from several goroutines.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// marking is a policy that shows that it was in the way.
type marking struct{}

func (marking) Doc() pavise.Doc { return pavise.Doc{ID: "test.mark"} }
func (marking) Validate() error { return nil }
func (marking) Enforce(env pavise.Env) (pavise.Hooks, error) {
	return pavise.Hooks{Amend: func(x *pavise.Exchange) { x.Header.Set("Mark", env.Site.Hosts[0]) }}, nil
}

// newPair makes a certificate and key for the hosts, in PEM and in use.
func newPair(t *testing.T, hosts ...string) (certPEM, keyPEM []byte, cert *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), DNSNames: hosts, IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert, _ = x509.ParseCertificate(der)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), cert
}

// fixed shows one certificate.
type fixed struct{ cert *tls.Certificate }

func (f fixed) Certificate(now time.Time, check func(*x509.Certificate, time.Time) error) (*tls.Certificate, error) {
	return f.cert, check(f.cert.Leaf, now)
}

type world struct {
	server *Server
	client *http.Client
	log    *logBuffer
	base   string
	h2     bool
}

// behind starts an app, and the proxy in front of it.
func behind(t *testing.T, app http.HandlerFunc, h2 bool, change ...func(*Config)) *world {
	t.Helper()
	backend := httptest.NewServer(app)
	t.Cleanup(func() { backend.CloseClientConnections(); backend.Close() })
	up, err := ParseUpstream(backend.URL)
	if err != nil {
		t.Fatal(err)
	}
	return start(t, up, h2, change...)
}

// rawConn is a connection to the proxy for HTTP/1.1 by hand.
func rawConn(t *testing.T, w *world) net.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", w.server.HTTPS().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	return conn
}

// start puts a proxy in front of the upstream and a client that trusts it.
func start(t *testing.T, up Upstream, h2 bool, change ...func(*Config)) *world {
	t.Helper()
	certPEM, keyPEM, cert := newPair(t, "shop.test", "other.test")
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{log: new(logBuffer), h2: h2}
	policy := pavise.Recommend([]pavise.Control{marking{}})
	cfg := Config{
		HTTPS: "127.0.0.1:0", HTTP: "127.0.0.1:0",
		Journal: NewJournal(slog.New(slog.NewTextHandler(w.log, nil)), nil),
		Sites: []Site{
			{Hosts: []string{"shop.test"}, Upstream: up, Policy: policy, Certificate: fixed{&pair}},
			{Hosts: []string{"other.test"}, Upstream: up, Policy: policy, Certificate: fixed{&pair}},
		},
	}
	for _, c := range change {
		c(&cfg)
	}
	if w.server, err = Start(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		w.server.Stop(ctx)
	})
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, w.server.HTTPS().String())
		},
		TLSClientConfig:       &tls.Config{RootCAs: roots},
		ForceAttemptHTTP2:     h2,
		DisableCompression:    true,
		ExpectContinueTimeout: 5 * time.Second,
	}
	w.client = &http.Client{Transport: transport, Timeout: 20 * time.Second}
	w.base = "https://shop.test"
	t.Cleanup(transport.CloseIdleConnections)
	return w
}

// both runs a test over HTTP/1.1 and HTTP/2, and over HTTP/3.
func both(t *testing.T, app http.HandlerFunc, test func(*testing.T, *world), change ...func(*Config)) {
	for _, h2 := range []bool{false, true} {
		t.Run(map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"}[h2], func(t *testing.T) {
			test(t, behind(t, app, h2, change...))
		})
	}
	t.Run("HTTP/3.0", func(t *testing.T) {
		w := behind(t, app, true, change...)
		w.overHTTP3(t)
		test(t, w)
	})
}

func do(t *testing.T, w *world, req *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := w.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

func request(method, url string, body io.Reader) *http.Request {
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		panic(err)
	}
	return req
}

func TestForwardsFaithfully(t *testing.T) {
	both(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s for=%s proto=%s host=%s real=%s orig=%q id=%d ua=%q", r.Method, r.RequestURI, r.Host,
			r.Header.Get("X-Forwarded-For"), r.Header.Get("X-Forwarded-Proto"), r.Header.Get("X-Forwarded-Host"),
			r.Header.Get("X-Real-Ip"), r.Header.Get("X-Original-Url"), len(r.Header.Get("X-Request-Id")), r.Header.Get("User-Agent"))
	}, func(t *testing.T, w *world) {
		req := request("PURGE", w.base+"/a%2Fb/../c;d?x=1;y=2&z=%zz", nil)
		req.Header.Set("X-Forwarded-For", "1.2.3.4")
		req.Header.Set("X-Forwarded-Proto", "gopher")
		req.Header.Set("X-Forwarded-Host", "evil.test")
		req.Header.Set("X-Real-Ip", "1.2.3.4")
		req.Header.Set("X-Original-Url", "/admin")
		if !w.h2 {
			req.Header.Set("Connection", "X-Forwarded-Proto") // must not take our header away
		}
		req.Header.Set("User-Agent", "test")
		_, body := do(t, w, req)
		want := `PURGE /a%2Fb/../c;d?x=1;y=2&z=%zz shop.test for=127.0.0.1 proto=https host=shop.test real=127.0.0.1 orig="" id=16 ua="test"`
		if body != want {
			t.Errorf("got  %s\nwant %s", body, want)
		}
	})
}

func TestSitesByHost(t *testing.T) {
	both(t, func(http.ResponseWriter, *http.Request) {}, func(t *testing.T, w *world) {
		for host, want := range map[string]string{"shop.test": "shop.test", "OTHER.test": "other.test"} {
			res, _ := do(t, w, request("GET", "https://"+host+"/", nil))
			if got := res.Header.Get("Mark"); got != want {
				t.Errorf("%s: answered by %q", host, got)
			}
		}
	})
}

func TestBigBodies(t *testing.T) {
	data := make([]byte, 8<<20)
	rand.Read(data)
	both(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(w, r.Body)
	}, func(t *testing.T, w *world) {
		_, body := do(t, w, request("POST", w.base+"/", bytes.NewReader(data)))
		if sha256.Sum256([]byte(body)) != sha256.Sum256(data) {
			t.Errorf("%d bytes came back, and others", len(body))
		}
	})
}

func TestTrailers(t *testing.T) {
	both(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Trailer", "Sum")
		io.WriteString(w, "body")
		w.Header().Set("Sum", "after "+r.Trailer.Get("Up"))
	}, func(t *testing.T, w *world) {
		req := request("POST", w.base+"/", io.MultiReader(strings.NewReader("x")))
		req.ContentLength = -1
		req.Trailer = http.Header{"Up": {"loaded"}}
		res, _ := do(t, w, req)
		if got := res.Trailer.Get("Sum"); got != "after loaded" {
			t.Errorf("trailer %q", got)
		}
	})
}

// TestTrailersLeaveTheHeadItsFields: an app that announces what is ours, or its own
// cookies, as trailers takes nothing from the head.
func TestTrailersLeaveTheHeadItsFields(t *testing.T) {
	both(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Sum, mark, X-Kept")
		w.Header().Set("X-Kept", "yes")
		if r.URL.Path == "/gone" {
			w.WriteHeader(http.StatusNotFound)
		}
		io.WriteString(w, "body")
		w.Header().Set("Mark", "evil.test")
		w.Header().Set("Sum", "1")
	}, func(t *testing.T, w *world) {
		for _, path := range []string{"/", "/gone"} {
			res, _ := do(t, w, request("GET", w.base+path, nil))
			if got := res.Header.Values("Mark"); len(got) != 1 || got[0] != "shop.test" || res.Header.Get("X-Kept") != "yes" || res.Trailer.Get("Sum") != "1" {
				t.Errorf("%s: head %v, trailers %v", path, res.Header, res.Trailer)
			}
		}
	})
}

func TestEarlyHintsAndContinue(t *testing.T) {
	both(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		body, _ := io.ReadAll(r.Body)
		w.Write(body)
	}, func(t *testing.T, w *world) {
		var mu sync.Mutex
		codes := map[int]bool{}
		trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
			mu.Lock()
			defer mu.Unlock()
			codes[code] = true
			return nil
		}}
		req := request("POST", w.base+"/", strings.NewReader("body"))
		req.Header.Set("Expect", "100-continue")
		_, body := do(t, w, req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
		mu.Lock()
		defer mu.Unlock()
		if body != "body" || !codes[103] || !codes[100] {
			t.Errorf("body %q, interim responses %v", body, codes)
		}
	})
}

func TestHeadAndRange(t *testing.T) {
	both(t, func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "x.bin", time.Unix(1, 0), strings.NewReader("0123456789"))
	}, func(t *testing.T, w *world) {
		res, body := do(t, w, request("HEAD", w.base+"/", nil))
		if res.ContentLength != 10 || body != "" {
			t.Errorf("HEAD: length %d, body %q", res.ContentLength, body)
		}
		req := request("GET", w.base+"/", nil)
		req.Header.Set("Range", "bytes=2-4")
		res, body = do(t, w, req)
		if res.StatusCode != 206 || body != "234" || res.Header.Get("Content-Range") != "bytes 2-4/10" {
			t.Errorf("Range: %d %q %q", res.StatusCode, body, res.Header.Get("Content-Range"))
		}
	})
}

func TestEventsAreNotBuffered(t *testing.T) {
	received := make(chan struct{})
	both(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, "data: one\n\n")
		w.(http.Flusher).Flush()
		select {
		case <-received: // the client has the first before there is a second
		case <-time.After(10 * time.Second):
			t.Error("the first event did not arrive while the stream was open")
		}
		io.WriteString(w, "data: two\n\n")
	}, func(t *testing.T, w *world) {
		res, err := w.client.Get(w.base + "/")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		line, err := bufio.NewReader(res.Body).ReadString('\n')
		if err != nil || line != "data: one\n" {
			t.Fatalf("%q, %v", line, err)
		}
		received <- struct{}{}
	})
}

func TestDeadAndSlowApps(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // accepts and never answers
	silent := Upstream{Network: "tcp", Address: l.Addr().String(), Patience: 50 * time.Millisecond}
	mute := silent // and never shakes hands
	mute.Secure = true
	gone := Upstream{Network: "unix", Address: filepath.Join(t.TempDir(), "no.sock")}
	for name, tt := range map[string]struct {
		up   Upstream
		want int
	}{"silent": {silent, 504}, "silent under TLS": {mute, 504}, "gone": {gone, 502}} {
		w := start(t, tt.up, false)
		req := request("GET", w.base+"/", nil)
		req.Header.Set("Sec-Fetch-Mode", "navigate")
		res, body := do(t, w, req)
		if res.StatusCode != tt.want || !strings.Contains(body, "The site is not available") || res.Header.Get("Mark") == "" {
			t.Errorf("%s: %d %s", name, res.StatusCode, body)
		}
		id := res.Header.Get("X-Request-Id")
		if !strings.Contains(w.log.String(), `"app does not answer" id=`+id) || !strings.Contains(body, id) {
			t.Errorf("%s: %s is not in the log: %s", name, id, w.log)
		}
	}
}

// TestBrokenOff: an answer that the app does not finish arrives broken, and the
// log names it; one that the client leaves is not the app's fault.
func TestBrokenOff(t *testing.T) {
	left := make(chan struct{})
	both(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		if r.URL.Path == "/left" {
			<-r.Context().Done()
			left <- struct{}{}
		}
		panic(http.ErrAbortHandler)
	}, func(t *testing.T, w *world) {
		res, err := w.client.Get(w.base + "/left")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		<-left
		if res, err = w.client.Get(w.base + "/broken"); err == nil { // in HTTP/3 the head may be lost, too
			defer res.Body.Close()
			if body, err := io.ReadAll(res.Body); err == nil {
				t.Errorf("%q looks whole", body)
			}
		}
		for wait := 0; !strings.Contains(w.log.String(), "path=/broken"); wait++ {
			if wait > 100 {
				t.Fatalf("not in the log: %s", w.log)
			}
			time.Sleep(20 * time.Millisecond)
		}
		if !strings.Contains(w.log.String(), "app broke off its answer") || strings.Contains(w.log.String(), "/left") {
			t.Errorf("%s", w.log)
		}
	})
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	backend := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) })}
	go backend.Serve(l)
	t.Cleanup(func() { backend.Close() })
	up, err := ParseUpstream("unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, up, true)
	if _, body := do(t, w, request("GET", w.base+"/", nil)); body != "shop.test" {
		t.Errorf("Host %q", body)
	}
}

func TestSecureUpstreamIsVerified(t *testing.T) {
	backend := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "secure") }))
	t.Cleanup(backend.Close)
	backend.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	up, err := ParseUpstream(backend.URL)
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, up, false)
	if res, _ := do(t, w, request("GET", w.base+"/", nil)); res.StatusCode != 502 {
		t.Errorf("an upstream that nobody vouches for answered %d", res.StatusCode)
	}
	roots := x509.NewCertPool()
	roots.AddCert(backend.Certificate())
	up.TLS = &tls.Config{RootCAs: roots}
	w = start(t, up, false)
	if _, body := do(t, w, request("GET", w.base+"/", nil)); body != "secure" {
		t.Errorf("%q", body)
	}
}

func TestStopLetsRequestsEnd(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	w := behind(t, func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-release
		io.WriteString(w, "done")
	}, false)
	answer := make(chan string)
	go func() {
		_, body := do(t, w, request("GET", w.base+"/", nil))
		answer <- body
	}()
	<-begun
	if n := w.server.Running(); n != 1 {
		t.Errorf("%d requests are running", n)
	}
	stopped := make(chan error)
	go func() { stopped <- w.server.Stop(context.Background()) }()
	select {
	case <-stopped:
		t.Error("stopped before the request had ended")
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	if body := <-answer; body != "done" {
		t.Errorf("%q", body)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if n := w.server.Running(); n != 0 {
		t.Errorf("%d requests are running yet", n)
	}
}

func TestFilesAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	f := &Files{Cert: filepath.Join(dir, "c.pem"), Key: filepath.Join(dir, "k.pem")}
	log := new(logBuffer)
	f.Journal = NewJournal(slog.New(slog.NewTextHandler(log, nil)), nil)
	write := func(hosts string) {
		c, k, _ := newPair(t, hosts)
		os.WriteFile(f.Cert, c, 0o600)
		os.WriteFile(f.Key, k, 0o600)
	}
	check := func(leaf *x509.Certificate, _ time.Time) error {
		if leaf.DNSNames[0] == "wrong.test" {
			return errors.New("wrong name")
		}
		return nil
	}
	now := time.Now()
	if _, err := f.Certificate(now, check); err == nil {
		t.Error("there was no file, and no error")
	}
	steps := []struct{ write, want string }{{"one.test", "one.test"}, {"two.test", "two.test"}, {"wrong.test", "two.test"}, {"three.test", "three.test"}}
	for _, step := range steps {
		write(step.write)
		now = now.Add(2 * lookEvery)
		cert, err := f.Certificate(now, check)
		if err != nil || cert.Leaf.DNSNames[0] != step.want {
			t.Errorf("after %s: %v, %v", step.write, cert, err)
		}
	}
	if !strings.Contains(log.String(), "new certificate refused") {
		t.Errorf("the refusal is not in the log: %s", log)
	}
	write("later.test") // it is not valid yet, or the clock is behind
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{2 * lookEvery, "three.test"}, {refusedFor / 2, "three.test"}, {refusedFor / 2, "later.test"}} {
		now = now.Add(step.after)
		cert, err := f.Certificate(now, func(*x509.Certificate, time.Time) error {
			if step.want != "later.test" {
				return errors.New("it is not valid yet")
			}
			return nil
		})
		if err != nil || cert.Leaf.DNSNames[0] != step.want {
			t.Errorf("%s later: %v, %v, want %s", step.after, cert, err, step.want)
		}
	}
}

func TestJournalIsBounded(t *testing.T) {
	log := new(logBuffer)
	at := time.Unix(100, 0)
	j := NewJournal(slog.New(slog.NewTextHandler(log, nil)), func() time.Time { return at })
	for range 1000 {
		j.Decide(pavise.Decision{Action: pavise.Refused, Control: "a.b", Path: "/" + strings.Repeat("x", 10000)})
	}
	at = at.Add(time.Second)
	j.Decide(pavise.Decision{Action: pavise.Refused, Control: "a.b"})
	if lines := strings.Count(log.String(), "\n"); lines != linesASecond+1 {
		t.Errorf("%d lines", lines)
	}
	if !strings.Contains(log.String(), "lines_left_out=980") || len(log.String()) > 20000 {
		t.Errorf("%d bytes: …%s", len(log.String()), log.String()[len(log.String())-200:])
	}
	if got, want := j.Counts(), []Count{{Deed{"a.b", pavise.Refused}, 1001}}; !slices.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
}

func TestParseUpstream(t *testing.T) {
	for in, want := range map[string]string{
		"3000":                  "http://127.0.0.1:3000",
		"127.0.0.1:3000":        "http://127.0.0.1:3000",
		"http://localhost:3000": "http://localhost:3000",
		"http://[::1]:3000/":    "http://[::1]:3000",
		"https://app.internal":  "https://app.internal:443",
		"unix:/run/app.sock":    "unix:/run/app.sock",
		"3000/app/":             "http://127.0.0.1:3000/app",
		"[::1]:3000/app/two":    "http://[::1]:3000/app/two",
		"https://app.internal/": "https://app.internal:443",
	} {
		if up, err := ParseUpstream(in); err != nil || up.String() != want {
			t.Errorf("%q: %q, %v", in, up, err)
		}
	}
	for _, in := range []string{"", "localhost", "3000x", "99999", "ftp://x", "http://x:0", "http://x:99999", "http://x/../path", "http://x/a%2Fb", "3000/*", "http://x/a#b", "http://u@x", "unix:app.sock", "http://x?y", "0"} {
		if up, err := ParseUpstream(in); err == nil {
			t.Errorf("%q was taken for %q", in, up)
		}
	}
	for in, want := range map[string]string{
		"0.0.0.0:3000":           "0.0.0.0, 127.0.0.1:3000",
		"[::]:3000":              "::, 127.0.0.1:3000",
		"https://0.0.0.0":        "0.0.0.0, https://127.0.0.1",
		"[::ffff:0.0.0.0]:30000": "::ffff:0.0.0.0, 127.0.0.1:30000",
	} {
		var e *EverywhereError
		if _, err := ParseUpstream(in); !errors.As(err, &e) || e.Host+", "+e.Instead != want {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
	for in, want := range map[string]bool{"3000": true, "unix:/x": true, "http://localhost": true, "10.0.0.1:80": false, "app.internal:80": false, "[::1]:80": true} {
		if up, err := ParseUpstream(in); err != nil || up.Local() != want {
			t.Errorf("%q local: %v, %v", in, up.Local(), err)
		}
	}
}

func TestUpstreamAt(t *testing.T) {
	for _, tt := range []struct {
		up, at string
		want   bool
	}{
		{"8443", "127.0.0.1:8443", true},
		{"8443", ":8443", true},
		{"8443", "0.0.0.0:8443", true},
		{"localhost:8443", "127.0.0.1:8443", true},
		{"8443", "localhost:8443", true},
		{"8443", "127.0.0.1:8080", false},
		{"127.0.0.2:8443", "127.0.0.1:8443", false},
		{"10.0.0.1:8443", ":8443", false},
		{"unix:/x", ":8443", false},
		{"8443", "", false},
	} {
		if up, err := ParseUpstream(tt.up); err != nil || up.At(tt.at) != tt.want {
			t.Errorf("%s at %q: want %v (%v)", tt.up, tt.at, tt.want, err)
		}
	}
}

func TestExposed(t *testing.T) {
	everywhere, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer everywhere.Close()
	here, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close()
	at := func(l net.Listener) Upstream {
		return Upstream{Network: "tcp", Address: fmt.Sprintf("127.0.0.1:%d", portOf(l))}
	}
	others := 0
	addrs, _ := net.InterfaceAddrs()
	for _, a := range addrs {
		if p := a.(*net.IPNet); p.IP.To4() != nil && !p.IP.IsLoopback() {
			others++
		}
	}
	if got := at(everywhere).Exposed(); len(got) < others {
		t.Errorf("open at %d addresses besides loopback, noticed %v", others, got)
	}
	if got := at(here).Exposed(); got != nil {
		t.Errorf("open on loopback alone, noticed %v", got)
	}
}

func TestPortHints(t *testing.T) {
	denied := &PortError{Address: ":443", Err: os.NewSyscallError("bind", syscall.EACCES)}
	if !strings.Contains(denied.Hint(), "setcap") || denied.Error() != "listen at :443: bind: permission denied" {
		t.Errorf("%v; %s", denied, denied.Hint())
	}
	ours := &PortError{Address: ":443", Err: &handover.OverlapError{Given: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443}}}
	if !strings.Contains(ours.Hint(), "restart the service") || ours.Error() != "listen at :443: address already in use, by the socket 127.0.0.1:443 that we were given" {
		t.Errorf("%v; %s", ours, ours.Hint())
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = new(Server).listenAt("", l.Addr().String())
	var taken *PortError
	if !errors.As(err, &taken) || !strings.Contains(taken.Hint(), "another port") {
		t.Error(err)
	}
}
