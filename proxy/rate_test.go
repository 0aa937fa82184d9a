package proxy

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise"
)

// demanding wants 1000 bytes a second, after a grace of half a second.
var demanding = limited(func(l *pavise.Listener) { l.Stall, l.MinRate = 500*time.Millisecond, 1000 })

// dripping is a body of pieces that come one at a time.
func dripping(pieces int, piece string, every time.Duration) io.Reader {
	body, in := io.Pipe()
	go func() {
		for range pieces {
			if _, err := io.WriteString(in, piece); err != nil {
				return
			}
			time.Sleep(every)
		}
		in.Close()
	}()
	return body
}

// TestLeastRate: a byte now and then is not enough, though it never stalls; twice
// the least rate is, for longer than the grace.
func TestLeastRate(t *testing.T) {
	both(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n, err)
	}, func(t *testing.T, w *world) {
		res, err := w.client.Do(request("POST", w.base, dripping(100, "x", 100*time.Millisecond)))
		switch {
		case err == nil:
			if res.Body.Close(); res.StatusCode != http.StatusRequestTimeout {
				t.Errorf("a drip is answered %d", res.StatusCode)
			}
		case w.h2 || isTimeout(err): // HTTP/1.1 of net/http takes the deadline for the end of the client, and closes
			t.Error(err)
		}
		res, text := do(t, w, request("POST", w.base, dripping(15, strings.Repeat("x", 400), 100*time.Millisecond)))
		if res.StatusCode != 200 || text != "6000 <nil>" {
			t.Errorf("an honest upload is answered %d %s", res.StatusCode, text)
		}
	}, demanding)
}

// TestAppThatIsSlowToRead: the time that the app takes is not the client's.
func TestAppThatIsSlowToRead(t *testing.T) {
	const size = 4 << 20 // more than buffers hold
	both(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(1500 * time.Millisecond)
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n, err)
	}, func(t *testing.T, w *world) {
		res, text := do(t, w, request("POST", w.base, strings.NewReader(strings.Repeat("x", size))))
		if res.StatusCode != 200 || text != fmt.Sprint(size, " <nil>") {
			t.Errorf("%d %s", res.StatusCode, text)
		}
	}, demanding)
}

// TestClientThatTakesDrops: whoever takes his answer too slowly is let go, though he
// never stalls; who is twice as fast as he must be gets all of it.
func TestClientThatTakesDrops(t *testing.T) {
	const size = 12 << 20 // more than the buffers of both kernels hold
	ended := make(chan bool, 1)
	both(t, func(w http.ResponseWriter, r *http.Request) {
		defer func() { ended <- true }()
		b := make([]byte, 64<<10)
		for range size / len(b) {
			if _, err := w.Write(b); err != nil {
				return
			}
		}
	}, func(t *testing.T, w *world) {
		res, err := w.client.Get(w.base)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		for end := time.Now().Add(10 * time.Second); ; {
			select {
			case <-ended:
				return
			case <-time.After(50 * time.Millisecond):
				res.Body.Read(make([]byte, 10))
			}
			if time.Now().After(end) {
				t.Fatal("the app still waits for a client that takes 200 bytes a second")
			}
		}
	}, limited(func(l *pavise.Listener) { l.Stall, l.MinRate = time.Second, 100_000 }))
}

// TestQuietStreams: where we have nothing to send and the client nothing to say,
// nobody is let go.
func TestQuietStreams(t *testing.T) {
	both(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 4 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
			time.Sleep(400 * time.Millisecond)
		}
	}, func(t *testing.T, w *world) {
		if _, text := do(t, w, request("GET", w.base, nil)); !strings.HasSuffix(text, "data: 3\n\n") {
			t.Errorf("%q", text)
		}
	}, demanding)
}

// TestEarlyAnswerOfStream: an answer that does not wait for the body leaves somebody
// who still reads it; he must not ask the server for anything after that.
func TestEarlyAnswerOfStream(t *testing.T) {
	w := start(t, refuser(t, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 7\r\n\r\nnot you"), true,
		limited(func(l *pavise.Listener) { l.Stall = 20 * time.Millisecond }))
	for range 50 {
		body, in := io.Pipe()
		go io.WriteString(in, "abc")
		if res, err := w.client.Do(request("POST", w.base, body)); err == nil {
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		in.Close()
	}
}
