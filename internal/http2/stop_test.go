package http2

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// goaway waits for one, and returns the last stream it names.
func (a *raw) goaway() uint32 {
	a.t.Helper()
	for {
		switch f := a.next().(type) {
		case *http2.GoAwayFrame:
			return f.LastStreamID
		case nil:
			a.t.Fatal("the connection is over without a word")
		}
	}
}

// TestStopLetsStreamsEnd: the first GOAWAY warns, the second decides, and what was
// opened until then is served.
func TestStopLetsStreamsEnd(t *testing.T) {
	free, began := make(chan struct{}), make(chan struct{}, 9)
	r := serve(t, func(w http.ResponseWriter, r *http.Request) { began <- struct{}{}; <-free; io.WriteString(w, "done") })
	a := r.speak(t)
	a.open(flagEndStream, headOf("GET"))
	<-began
	stopped := make(chan error, 1)
	go func() { stopped <- r.Shutdown(t.Context()) }()
	if last := a.goaway(); last != maxStreamID {
		t.Errorf("the first names %d", last)
	}
	a.open(flagEndStream, headOf("GET")) // it did not know yet
	<-began
	a.frame(framePing, flagAck, 0, stopPing[:])
	if last := a.goaway(); last != 3 {
		t.Errorf("the second names %d", last)
	}
	a.open(0, headOf("POST"))
	a.frame(frameData, flagEndStream, 5, []byte("x"))
	select {
	case err := <-stopped:
		t.Fatalf("stopped before the streams have ended: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(free)
	for a.next() != nil {
	}
	if a.status[1] != "200" || a.bodies[1] != 4 || a.status[3] != "200" || a.bodies[3] != 4 || a.status[5] != "" {
		t.Errorf("%v %v", a.status, a.bodies)
	}
	if err := <-stopped; err != nil || len(began) > 0 {
		t.Errorf("%v, and %d more began", err, len(began))
	}
}

func TestStopEndsWhatIsIdle(t *testing.T) {
	r := serve(t, func(http.ResponseWriter, *http.Request) {})
	used, fresh := r.speak(t), r.speak(t)
	used.open(flagEndStream, headOf("GET"))
	for !used.ended[1] {
		used.next()
	}
	fresh.outcome()
	stopped := make(chan error, 1)
	go func() { stopped <- r.Shutdown(t.Context()) }()
	if a, b := used.goaway(), fresh.goaway(); a != 1 || b != 0 {
		t.Errorf("the last streams are %d and %d", a, b)
	}
	for _, a := range []*raw{used, fresh} {
		for a.next() != nil {
		}
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// TestStopIsOver: handlers that do not end are cut off by Close.
func TestStopIsOver(t *testing.T) {
	began, left := make(chan struct{}), make(chan struct{})
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
		close(left)
	})
	a := r.speak(t)
	a.open(flagEndStream, headOf("GET"))
	<-began
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	r.Close()
	within(t, "the handler goes on", left)
	if err := r.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestNothingIsLost: no request is lost while the server stops.
func TestNothingIsLost(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Millisecond)
		io.WriteString(w, strings.Repeat("x", 50_000))
	})
	c := client(t)
	get(t, c, "https://"+r.addr)
	results := make(chan error, 50)
	for range cap(results) {
		go func() {
			res, err := c.Get("https://" + r.addr)
			if err == nil {
				_, err = io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
			results <- err
		}()
	}
	time.Sleep(5 * time.Millisecond)
	r.l.Close()
	if err := r.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	for range cap(results) {
		if err := <-results; err != nil && !strings.Contains(err.Error(), "established") && !strings.Contains(err.Error(), "dial") {
			t.Errorf("a request was lost: %v", err) // but those that found nobody to connect to
		}
	}
}
