package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"pavise"
)

// TestNoMoreThanTheBounds: whatever the controls want, no more is sent, and what was
// not asked says why.
func TestNoMoreThanTheBounds(t *testing.T) {
	var asked, connected atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked.Add(1) }))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connected.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	address := strings.TrimPrefix(s.URL, "http://")
	many := func(*pavise.Evidence) (list []pavise.Probe) {
		for n := range 100 {
			list = append(list,
				pavise.Ask(pavise.Request{URL: fmt.Sprint(s.URL, "/", n), Times: 3}),
				pavise.Probe{Raw: &pavise.Raw{Address: address, Sent: fmt.Sprintf("GET /%d HTTP/1.0\r\n\r\n", n)}},
				pavise.Probe{Handshake: &pavise.Handshake{Address: address, Name: fmt.Sprint(n)}})
		}
		return list
	}
	opt := Options{Target: target(t, s.URL), MaxRequests: 60, MaxConnections: 40}
	e := collect(t, opt, many)
	if asked.Load() > 60 || connected.Load() > 40 {
		t.Errorf("%d requests on %d connections", asked.Load(), connected.Load())
	}
	if e.Requests != 60 || e.Connections != 40 {
		t.Errorf("%d requests, %d connections are counted", e.Requests, e.Connections)
	}
	unasked := 0
	for _, a := range e.Answers {
		if strings.Contains(a.Error, "bound of") {
			unasked++
			if !a.Unasked || a.Closed || a.Response != nil || a.Session != nil {
				t.Errorf("%+v", a)
			}
		}
	}
	if unasked == 0 || len(e.Answers) > 100 {
		t.Errorf("%d of %d answers say that a bound was reached", unasked, len(e.Answers))
	}
	if all := strings.Join(e.Limits, "\n"); !strings.Contains(all, "60 requests") || !strings.Contains(all, "40 connections") {
		t.Errorf("%q", e.Limits)
	}
}

// TestRate: to a host beyond this machine no more is sent in a second than is
// allowed, to loopback as fast as it goes.
func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(Options{Rate: 4})
		began := time.Now()
		for range 9 {
			if _, err := b.request(context.Background(), "shop.example.com"); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("9 requests took %s", took)
		}
		b.request(context.Background(), "other.example.com")
		for _, host := range []string{"127.0.0.1", "::1", "localhost", "Shop.Localhost", "::ffff:127.0.0.1"} {
			for range 9 {
				b.request(context.Background(), host)
			}
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("another host and loopback took %s", took-2*time.Second)
		}
		ctx, err := b.request(context.Background(), "shop.example.com")
		began = time.Now()
		if b.connection(ctx, "shop.example.com"); err != nil || time.Since(began) != 0 {
			t.Errorf("the connection of a request waited again, %s", time.Since(began))
		}
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := b.request(ended, "shop.example.com"); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}

// TestSilentAddress: where connection after connection is left without an answer no
// more are waited for; one answer, and they are tried again.
func TestSilentAddress(t *testing.T) {
	c := newClient(Options{})
	defer c.close()
	tried := 0
	try := func(network string, err error) error {
		_, err = first(t.Context(), c, network, "127.0.0.1:9", func(string) (int, error) { tried++; return 0, err })
		return err
	}
	late := &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}
	for range maxSilent - 1 {
		try("tcp", late)
	}
	if try("tcp", syscall.ECONNREFUSED); tried != maxSilent {
		t.Fatalf("%d were tried", tried)
	}
	for range 3 * maxSilent {
		try("tcp", late)
	}
	if err := try("tcp", nil); tried != 2*maxSilent || err == nil || !strings.Contains(err.Error(), "nothing answers at 127.0.0.1:9") {
		t.Errorf("%d were tried, %v", tried, err)
	}
	if err := try("udp", nil); err != nil {
		t.Errorf("another network: %v", err)
	}
}

// TestWaitingIsNoSilence: that others have their turn first makes no site look dead.
func TestWaitingIsNoSilence(t *testing.T) {
	c := newClient(Options{Rate: 1})
	defer c.close()
	probe := pavise.Ask(pavise.Request{URL: "http://shop.example.com/", Times: 3})
	if c.limit(probe) < probeTime+3*atATime*time.Second {
		t.Errorf("%s", c.limit(probe))
	}
	probe.Request.URL = "http://127.0.0.1/"
	if c.limit(probe) != probeTime {
		t.Errorf("%s", c.limit(probe))
	}
}

// TestShelf: a thousand pages do not fill the memory; of each what was found stays.
func TestShelf(t *testing.T) {
	var links strings.Builder
	for n := range 200 {
		fmt.Fprintf(&links, `<a href="/%d/%s">`, n, strings.Repeat("x", 100))
	}
	page := `<form action="/in" method=post><input type=password></form>` + links.String() + strings.Repeat("shield ", maxBody/7)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, page)
	}))
	defer s.Close()
	short := func(n int) pavise.Probe {
		return pavise.Ask(pavise.Request{URL: fmt.Sprint(s.URL, "/short", n), Keep: 8 << 10})
	}
	e := collect(t, Options{Target: target(t, s.URL), MaxRequests: 1200}, func(*pavise.Evidence) (list []pavise.Probe) {
		for n := range 150 {
			list = append(list, pavise.Ask(pavise.Request{URL: fmt.Sprint(s.URL, "/page", n)}))
		}
		return append(list, short(1))
	})
	bodies, cut := 0, 0
	for _, a := range e.Answers {
		if a.Response == nil {
			t.Fatalf("%s: %s", a.Probe.Request.URL, a.Error)
		}
		bodies += len(a.Response.Body)
		if len(a.Response.Body) == cutBody {
			cut++
			if !a.Response.Cut || len(a.Response.Forms) != 1 || len(a.Response.Links) != cutLinks {
				t.Fatalf("%d links, %d forms", len(a.Response.Links), len(a.Response.Forms))
			}
		}
	}
	if bodies > maxShelf+atATime*maxBody+len(e.Answers)*cutBody || cut == 0 {
		t.Errorf("%d bytes are kept, %d pages were cut", bodies, cut)
	}
	if r := e.Answer(short(1)).Response; len(r.Body) != 8<<10 {
		t.Errorf("%d bytes of what was wanted in a length of its own", len(r.Body))
	}
}

// TestMemory: a thousand big pages take less than 100 MB while they are looked at.
func TestMemory(t *testing.T) {
	page := strings.Repeat("shield of all sizes ", 5_000)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		for n := range 300 {
			fmt.Fprintf(w, `<a href="%s/%d">`, strings.TrimSuffix(r.URL.Path, "/"), n)
		}
		io.WriteString(w, page)
	}))
	defer s.Close()
	var most uint64
	opt := Options{Target: target(t, s.URL), MaxRequests: 1200}
	opt.Progress = func(done, _ int, _ pavise.Probe) {
		if done%10 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	if e := collect(t, opt, nothing); len(e.Answers) < 1000 {
		t.Errorf("%d pages", len(e.Answers))
	}
	if most > 100<<20 {
		t.Errorf("%d MB at the most", most>>20)
	}
}

// TestMoreForWhatActs: where the owner has agreed, and nobody has named a bound.
func TestMoreForWhatActs(t *testing.T) {
	opt := Options{}
	for agreed, want := range map[string]int{"": DefaultRequests, "the owner": DefaultRequests + ActiveRequests} {
		opt.Target.Agreed = agreed
		if got := newBudget(opt).requests.most; got != want {
			t.Errorf("%q: %d", agreed, got)
		}
		opt.MaxRequests = 7
		if got := newBudget(opt).requests.most; got != 7 {
			t.Errorf("%q: %d of 7", agreed, got)
		}
		opt.MaxRequests = 0
	}
}

// TestAskedAgain: what is sent once more because the server has closed the connection is
// counted, too, and bounded.
func TestAskedAgain(t *testing.T) {
	var asked atomic.Int32
	var used sync.Map
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if _, again := used.LoadOrStore(r.RemoteAddr, true); again {
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, "once")
	}))
	defer s.Close()
	e := collect(t, Options{Target: target(t, s.URL), MaxRequests: 30, NoSurvey: true}, func(e *pavise.Evidence) []pavise.Probe {
		var probes []pavise.Probe
		for n := range 40 {
			probes = append(probes, pavise.Ask(pavise.Request{URL: fmt.Sprintf("%s/%d", s.URL, n)}))
		}
		return probes
	})
	if n := int(asked.Load()); n != e.Requests || n > 30 {
		t.Errorf("%d requests were sent, and %d counted, of 30", n, e.Requests)
	}
	if last := e.Answer(pavise.Ask(pavise.Request{URL: s.URL + "/39"})); last == nil || !last.Unasked {
		t.Errorf("%+v", last)
	}
}
