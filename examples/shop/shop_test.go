package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise"
)

// open starts the shop at ports that the system chooses.
func open(t *testing.T) (*running, *logbook) {
	t.Helper()
	told := new(logbook)
	r, err := start("127.0.0.1:0", "127.0.0.1:0", slog.New(slog.NewTextHandler(told, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	return r, told
}

// A logbook takes lines from several goroutines.
type logbook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// A person looks at the shop with a browser that follows no redirect.
type browsing struct {
	t      *testing.T
	shop   *running
	client *http.Client
}

func visit(t *testing.T, r *running) *browsing {
	roots := x509.NewCertPool()
	roots.AddCert(r.authority.cert)
	jar, _ := cookiejar.New(nil)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, r.HTTPS().String())
		}}
	t.Cleanup(transport.CloseIdleConnections)
	return &browsing{t, r, &http.Client{Jar: jar, Transport: transport, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b *browsing) get(path string) (int, string) {
	r, _ := http.NewRequest("GET", b.shop.url()+path, nil)
	return b.do(r)
}

// post sends a form as a page of the shop does, or one of another site.
func (b *browsing) post(path string, form url.Values, origin ...string) (int, string) {
	r, _ := http.NewRequest("POST", b.shop.url()+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", append(origin, b.shop.url())[0])
	return b.do(r)
}

// do returns the status and the page, or where it leads.
func (b *browsing) do(r *http.Request) (int, string) {
	b.t.Helper()
	r.Header.Set("Accept", "text/html")
	answer, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if to := answer.Header.Get("Location"); to != "" {
		return answer.StatusCode, to
	}
	return answer.StatusCode, string(body)
}

func (b *browsing) logIn(who int) {
	b.t.Helper()
	p := demonstration[who]
	if status, to := b.post("/login", url.Values{"username": {p.ID}, "password": {p.Password}}); status != 303 {
		b.t.Fatalf("%s cannot log in: %d %s", p.ID, status, to)
	}
}

// want fails unless the answer is so.
func want(t *testing.T, what string, status int, text string, wantStatus int, wantText string) {
	t.Helper()
	if status != wantStatus || !strings.Contains(text, wantText) {
		t.Errorf("%s: %d, want %d with %q: %s", what, status, wantStatus, wantText, text)
	}
}

func TestEveryRouteNamesItsRule(t *testing.T) {
	routes := new(shop).routes(pavise.Env{})
	if list := routes.Unruled(); len(list) > 0 {
		t.Errorf("routes that answer nobody: %q", list)
	}
	for _, r := range routes.List() {
		t.Logf("%-36s %s", r.Pattern, r.Rule)
	}
}

// TestBuying: what lies in the cart of nobody is ordered by whoever logs in.
func TestBuying(t *testing.T) {
	r, _ := open(t)
	ann := visit(t, r)
	for range 2 {
		status, to := ann.post("/cart", url.Values{"product": {"teapot"}})
		want(t, "into the cart", status, to, 303, "/cart")
	}
	status, text := ann.get("/cart")
	want(t, "the cart", status, text, 200, "€ 136.00")
	status, text = ann.get("/orders")
	want(t, "orders of nobody", status, text, 303, "/login")
	ann.logIn(0)
	status, text = ann.post("/orders", nil)
	want(t, "an order", status, text, 303, "/orders/1004")
	status, text = ann.get("/orders/1004")
	want(t, "the order", status, text, 200, "€ 136.00")
	status, text = ann.get("/cart")
	want(t, "the cart afterwards", status, text, 200, "nothing in it")
	status, text = ann.post("/orders/1004/cancel", nil)
	want(t, "to cancel", status, text, 303, "/orders/1004")
	status, text = ann.get("/orders/1004")
	want(t, "the order", status, text, 200, "cancelled")
}

// TestOrderingTwice: of clicks at the same time one order comes.
func TestOrderingTwice(t *testing.T) {
	r, _ := open(t)
	ann := visit(t, r)
	ann.logIn(0)
	ann.post("/cart", url.Values{"product": {"cup"}})
	var clicks sync.WaitGroup
	for range 5 {
		clicks.Go(func() { ann.post("/orders", nil) })
	}
	clicks.Wait()
	status, text := ann.get("/orders/1004")
	want(t, "the order", status, text, 200, "Morning cup")
	status, text = ann.get("/orders/1005")
	want(t, "a second", status, text, 404, "")
}

// requestID is what differs in two pages that say the same.
var requestID = regexp.MustCompile(`[0-9a-f]{16}`)

// TestOrdersHaveOwners: another's order is what is not there, byte for byte, and the
// owner of the shop hears of it.
func TestOrdersHaveOwners(t *testing.T) {
	r, told := open(t)
	ann, mia := visit(t, r), visit(t, r)
	ann.logIn(0)
	mia.logIn(2)
	status, text := ann.get("/orders/1001")
	want(t, "her own", status, text, 200, "Order 1001")
	status, foreign := ann.get("/orders/1002")
	want(t, "ben's", status, foreign, 404, "nothing at this address")
	if _, missing := ann.get("/orders/9999"); requestID.ReplaceAllString(missing, "") != requestID.ReplaceAllString(foreign, "") {
		t.Errorf("what is there is told apart:\n%s\n%s", missing, foreign)
	}
	if id := requestID.FindString(foreign); !strings.Contains(told.String(), "id="+id+" control=access.objects") {
		t.Errorf("the page quotes %q, and the log does not:\n%s", id, told)
	}
	status, text = ann.post("/orders/1002/cancel", nil)
	want(t, "to cancel ben's", status, text, 404, "")
	status, text = ann.get("/orders/1001?id=1002")
	want(t, "two ids", status, text, 400, "")
	status, text = ann.get("/admin")
	want(t, "the workshop", status, text, 403, "")
	status, text = mia.get("/orders/1002")
	want(t, "ben's, to the staff", status, text, 200, "Teapot")
	status, text = mia.post("/orders/1002/cancel", nil)
	want(t, "to cancel it as the staff", status, text, 404, "")
	status, text = mia.post("/admin/orders/1002/send", nil)
	want(t, "to send it", status, text, 303, "/admin")
	for _, line := range []string{`saw="ann asked for what is another's, by id"`, `saw="ann is not staff"`, "mia was shown what is another's, as staff"} {
		if !strings.Contains(told.String(), line) {
			t.Errorf("nobody was told %s:\n%s", line, told)
		}
	}
}

// TestGuessing: after ten wrong passwords the right one does not help either, and
// another browser that knows the account goes on.
func TestGuessing(t *testing.T) {
	r, _ := open(t)
	known, thief := visit(t, r), visit(t, r)
	known.logIn(1)
	for n := range 10 {
		status, text := thief.post("/login", url.Values{"username": {"ben"}, "password": {fmt.Sprint("guess ", n)}})
		want(t, "a guess", status, text, 422, "do not go together")
	}
	p := demonstration[1]
	status, text := thief.post("/login", url.Values{"username": {p.ID}, "password": {p.Password}})
	want(t, "the eleventh", status, text, 429, "")
	known.post("/logout", nil)
	known.logIn(1)
}

// TestForgedForms: a page of another site does nothing in the name of a visitor.
func TestForgedForms(t *testing.T) {
	r, _ := open(t)
	ann := visit(t, r)
	ann.logIn(0)
	for _, path := range []string{"/cart", "/orders/1001/cancel", "/logout", "/account/sessions/end-others"} {
		status, text := ann.post(path, url.Values{"product": {"cup"}}, "https://attacker.example")
		want(t, path, status, text, 403, "")
	}
	status, text := ann.get("/orders/1001")
	want(t, "the order", status, text, 200, "placed")
	if strings.Contains(text, "cancelled") {
		t.Error("it was cancelled")
	}
}

// TestLogOutElsewhere ends the other sessions, one or all, and not this one.
func TestLogOutElsewhere(t *testing.T) {
	r, _ := open(t)
	here, there, third := visit(t, r), visit(t, r), visit(t, r)
	for _, b := range []*browsing{here, there, third} {
		b.logIn(0)
	}
	_, text := here.get("/account")
	ids := regexp.MustCompile(`name="session" value="([^"]+)"`).FindAllStringSubmatch(text, -1)
	if len(ids) != 2 || strings.Count(text, "this one") != 1 {
		t.Fatalf("%q in %s", ids, text)
	}
	here.post("/account/sessions/end", url.Values{"session": {ids[0][1]}})
	in := 0
	for _, b := range []*browsing{there, third} {
		if status, _ := b.get("/account"); status == 200 {
			in++
		}
	}
	if in != 1 {
		t.Errorf("of two others %d are logged in", in)
	}
	here.post("/account/sessions/end-others", nil)
	for _, b := range []*browsing{there, third} {
		status, text := b.get("/account")
		want(t, "another", status, text, 303, "/login")
	}
	status, text := here.get("/account")
	want(t, "this one", status, text, 200, "Hello, Ann")
	here.post("/logout", nil)
	status, text = here.get("/account")
	want(t, "after the logout", status, text, 303, "/login")
}

// TestRun: it says where it is, and ends when it is told to.
func TestRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	from, to := io.Pipe()
	ended := make(chan error)
	go func() { ended <- run(ctx, "127.0.0.1:0", "127.0.0.1:0", to) }()
	first, _ := bufio.NewReader(from).ReadString('\n')
	if !strings.HasPrefix(first, "The shop is open at https://shop.localhost:") {
		t.Error(first)
	}
	go io.Copy(io.Discard, from)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := run(t.Context(), "nowhere", "127.0.0.1:0", io.Discard); err == nil {
		t.Error("it listens nowhere")
	}
}
