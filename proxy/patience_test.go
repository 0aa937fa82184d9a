package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise"
)

const shortPatience = 300 * time.Millisecond

// limiting is a policy that sets limits of the listener.
type limiting func(*pavise.Listener)

func (limiting) Doc() pavise.Doc                    { return pavise.Doc{ID: "test.limit"} }
func (limiting) Validate() error                    { return nil }
func (tune limiting) Tune(l *pavise.Listener) error { tune(l); return nil }

// limited has every site set the limits.
func limited(tune limiting) func(*Config) {
	return func(cfg *Config) {
		for i := range cfg.Sites {
			cfg.Sites[i].Policy = append(cfg.Sites[i].Policy, pavise.Setting{Control: tune})
		}
	}
}

var impatient = limited(func(l *pavise.Listener) { l.Stall = shortPatience })

func TestClientThatStopsSending(t *testing.T) {
	ended := make(chan error, 1)
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		ended <- err
	})
	w := behind(t, app, false, impatient)
	began := time.Now()
	rawRequest(t, w, "POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 10\r\nConnection: close\r\n\r\nabc")
	if took := time.Since(began); took > 5*time.Second || strings.Contains(w.log.String(), "app does not answer") {
		t.Errorf("let go after %s, logged %s", took, w.log)
	}
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the app took half a request for a whole one")
		}
	case <-time.After(2 * time.Second):
		t.Error("the app is still waiting")
	}
}

func TestClientThatStopsReading(t *testing.T) {
	ended := make(chan bool, 1)
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := make([]byte, 1<<20)
		for range 1000 {
			if _, err := w.Write(b); err != nil {
				break
			}
		}
		ended <- true
	})
	for _, h2 := range []bool{false, true} {
		w := behind(t, app, h2, impatient)
		res, err := w.client.Get(w.base)
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			t.Errorf("h2 %v: the app still waits for a client that reads nothing", h2)
		}
		res.Body.Close()
	}
}

func TestStreamThatStopsSending(t *testing.T) {
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) })
	w := behind(t, app, true, impatient)
	body, in := io.Pipe()
	defer in.Close()
	go io.WriteString(in, "abc")
	res, _ := do(t, w, request("POST", w.base, body))
	if res.StatusCode != http.StatusRequestTimeout || res.Header.Get("Mark") != "shop.test" || strings.Contains(w.log.String(), "app does not answer") {
		t.Errorf("answered %d, logged %s", res.StatusCode, w.log)
	}
}

// Slow is not stopped: neither an upload nor a stream of events is cut off.
func TestSlowClientsAndStreamsGoOn(t *testing.T) {
	both(t, func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		n, _ := io.Copy(io.Discard, r.Body)
		for range 3 {
			time.Sleep(2 * shortPatience) // longer than our patience with the client
			fmt.Fprintf(w, "%d\n", n)
			http.NewResponseController(w).Flush()
		}
	}, func(t *testing.T, w *world) {
		body, in := io.Pipe()
		go func() {
			for range 4 {
				time.Sleep(shortPatience / 2)
				io.WriteString(in, "x")
			}
			in.Close()
		}()
		res, text := do(t, w, request("POST", w.base, body))
		if res.StatusCode != 200 || text != "4\n4\n4\n" {
			t.Errorf("%d %q", res.StatusCode, text)
		}
	}, impatient)
}

func TestKeptConnectionServesAgain(t *testing.T) {
	w := startSaying(t, func(r *http.Request) string { return r.URL.Path }, impatient)
	conn := rawConn(t, w)
	from := bufio.NewReader(conn)
	for range 3 {
		io.WriteString(conn, "POST /x HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 1\r\n\r\nx")
		res, err := http.ReadResponse(from, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(res.Body); err != nil || string(b) != "app: /x" {
			t.Errorf("%q, %v", b, err)
		}
		time.Sleep(2 * shortPatience)
	}
}
