package http2

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"pavise/internal/http1"
)

// untilGone counts how often something is done before the connection is ended, and
// by which code.
func (a *raw) untilGone(most int, do func(i int)) (done int, why http2.ErrCode) {
	a.t.Helper()
	gone := make(chan http2.ErrCode, 1)
	go func() {
		code := http2.ErrCode(1000) // without a word
		for {
			f, err := a.framer.ReadFrame()
			if err != nil {
				gone <- code
				return
			}
			if f, ok := f.(*http2.GoAwayFrame); ok {
				code = f.ErrCode
			}
		}
	}()
	for ; done < most; done++ {
		do(done)
		select {
		case why = <-gone:
			return done, why
		default:
		}
	}
	select {
	case why = <-gone:
	case <-time.After(10 * time.Second):
		a.t.Error("the connection goes on")
	}
	return done, why
}

// TestFloods: what costs the client nothing ends the connection before it has cost
// us much.
func TestFloods(t *testing.T) {
	get, post := headOf("GET"), headOf("POST")
	var bomb bytes.Buffer
	bomb.Write(get)
	enc := hpack.NewEncoder(&bomb)
	enc.WriteField(hpack.HeaderField{Name: "x", Value: strings.Repeat("x", 4000)})
	bombed := append(bomb.Bytes(), bytes.Repeat([]byte{0x80 | 62}, 10_000)...) // 40 MB
	for name, do := range map[string]func(a *raw, i int){
		"PING":          func(a *raw, i int) { a.frame(framePing, 0, 0, make([]byte, 8)) },
		"PING ack":      func(a *raw, i int) { a.frame(framePing, flagAck, 0, make([]byte, 8)) },
		"SETTINGS":      func(a *raw, i int) { a.frame(frameSettings, 0, 0, nil) },
		"SETTINGS ack":  func(a *raw, i int) { a.frame(frameSettings, flagAck, 0, nil) },
		"PRIORITY":      func(a *raw, i int) { a.frame(framePriority, 0, uint32(2*i+1), make([]byte, 5)) },
		"unknown":       func(a *raw, i int) { a.frame(77, 0, 0, nil) },
		"WINDOW_UPDATE": func(a *raw, i int) { a.number(frameWindow, 0, 1) },
		"RST_STREAM of the ended": func(a *raw, i int) {
			if i == 0 {
				a.open(flagEndStream, get)
			}
			a.number(frameReset, 1, 8)
		},
		"empty DATA": func(a *raw, i int) {
			if i == 0 {
				a.open(0, post)
			}
			a.frame(frameData, 0, 1, nil)
		},
		"empty DATA behind a reset": func(a *raw, i int) {
			if i == 0 {
				a.open(0, post)
				a.number(frameWindow, 1, 0)
			}
			a.frame(frameData, 0, 1, nil)
		},
		"heads behind a reset": func(a *raw, i int) {
			if i == 0 {
				a.open(0, post)
				a.number(frameWindow, 1, 0)
			}
			a.frame(frameHeaders, flagEndHeaders, 1, get)
		},
		"padding": func(a *raw, i int) {
			if i == 0 {
				a.open(0, post)
			}
			a.frame(frameData, flagPadded, 1, append([]byte{9}, make([]byte, 9)...))
		},
		"rapid reset":             func(a *raw, i int) { a.open(0, post); a.number(frameReset, a.last, 8) },
		"made you reset, window":  func(a *raw, i int) { a.open(0, post); a.number(frameWindow, a.last, 0) },
		"made you reset, overrun": func(a *raw, i int) { a.open(0, post); a.number(frameWindow, a.last, maxWindow) },
		"made you reset, length": func(a *raw, i int) {
			a.open(0, headOf("POST", "content-length", "0"))
			a.frame(frameData, 0, a.last, []byte("x"))
		},
		"made you reset, trailer": func(a *raw, i int) { a.open(0, post); a.frame(frameHeaders, flagEndHeaders, a.last, nil) },
		"made you reset, depends": func(a *raw, i int) {
			a.open(flagPriority, append([]byte{0, 0, 0, 0, 0}, post...))
			a.frame(framePriority, 0, a.last, []byte{byte(a.last >> 24), byte(a.last >> 16), byte(a.last >> 8), byte(a.last), 0})
		},
		"too many streams": func(a *raw, i int) { a.open(0, headOf("POST", "x-slow", "1")) },
		"no requests":      func(a *raw, i int) { a.open(flagEndStream, lines("x", "1")) },
		"bombs":            func(a *raw, i int) { a.open(flagEndStream, bombed) },
		"empty CONTINUATION": func(a *raw, i int) {
			if i == 0 {
				a.frame(frameHeaders, 0, 1, get)
			}
			a.frame(frameContinuation, 0, 1, nil)
		},
		"CONTINUATION": func(a *raw, i int) {
			if i == 0 {
				a.frame(frameHeaders, 0, 1, get)
			}
			a.frame(frameContinuation, 0, 1, lines("x", strings.Repeat("~", 10_000)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			var at, peak atomic.Int64
			r := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if n := at.Add(1); n > peak.Load() {
					peak.Store(n)
				}
				defer at.Add(-1)
				if r.Header.Get("X-Slow") != "" {
					<-r.Context().Done()
				}
				io.Copy(io.Discard, r.Body)
			})
			a := r.speak(t)
			done, why := a.untilGone(200_000, func(i int) { do(a, i) })
			if why != http2.ErrCodeEnhanceYourCalm && why != 1000 || done == 200_000 { // a reset may overtake the GOAWAY
				t.Errorf("ended behind %d by %v", done, why)
			}
			if peak.Load() > maxStreams {
				t.Errorf("%d handlers at a time", peak.Load())
			}
		})
	}
}

// TestHonestFloods: who has much to do is not taken for one who floods.
func TestHonestFloods(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	a := r.speak(t)
	for range 30_000 / 20 {
		for range 20 {
			a.open(flagEndStream, headOf("GET"))
			a.number(frameWindow, 0, 1)
		}
		for last := a.last; !a.ended[last]; {
			if f := a.next(); f == nil {
				t.Fatal("the connection is over")
			}
		}
	}
}

func TestStreamsAreBounded(t *testing.T) {
	free := make(chan struct{})
	r := serve(t, func(w http.ResponseWriter, r *http.Request) { <-free })
	a := r.speak(t)
	for range maxStreams {
		a.open(flagEndStream, headOf("GET"))
	}
	over := a.open(flagEndStream, headOf("GET"))
	for !a.ended[over] {
		a.next()
	}
	a.number(frameReset, 1, 8) // that its handler runs on
	still := a.open(flagEndStream, headOf("GET"))
	for !a.ended[still] {
		a.next()
	}
	close(free)
	for !a.ended[a.last-4] {
		a.next()
	}
	again := a.open(flagEndStream, headOf("GET"))
	for !a.ended[again] {
		a.next()
	}
	if a.status[over] != " reset 7" || a.status[still] != " reset 7" || a.status[again] != "200" {
		t.Errorf("%q, %q, then %q", a.status[over], a.status[still], a.status[again])
	}
}

// TestWhoIsDoneCountsNoMore: a client that has seen the end of a stream may open
// another, also before we have cleared up behind it.
func TestWhoIsDoneCountsNoMore(t *testing.T) {
	free := make(chan struct{})
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Slow") == "" {
			r.Context().(interface{ AfterFunc(func()) func() bool }).AfterFunc(func() { <-free })
			return
		}
		<-free
	})
	a := r.speak(t)
	first := a.open(flagEndStream, headOf("GET"))
	for range maxStreams - 1 {
		a.open(flagEndStream, headOf("GET", "x-slow", "1"))
	}
	for !a.ended[first] { // it leaves with what is sent next
		a.frame(framePing, 0, 0, make([]byte, 8))
		a.next()
	}
	next := a.open(flagEndStream, headOf("GET", "x-slow", "1"))
	over := a.open(flagEndStream, headOf("GET", "x-slow", "1"))
	for !a.ended[over] {
		a.next()
	}
	close(free)
	for !a.ended[next] {
		a.next()
	}
	if a.status[next] != "200" || a.status[over] != " reset 7" {
		t.Errorf("%q, then %q", a.status[next], a.status[over])
	}
}

// impatient has limits that a test can wait for.
func impatient(s *Server) {
	s.HeaderTime, s.Idle, s.Stall, s.Grace = 300*time.Millisecond, 600*time.Millisecond, 400*time.Millisecond, 300*time.Millisecond
	s.MinRate = 1000
}

// TestTime: nobody waits for ever for a client.
func TestTime(t *testing.T) {
	for name, tt := range map[string]struct {
		send func(t *testing.T, r *rig) *raw
		want http2.ErrCode
	}{
		"no preface":          {func(t *testing.T, r *rig) *raw { return newRaw(t, r.dial(t)) }, http2.ErrCodeNo},
		"half a preface":      {func(t *testing.T, r *rig) *raw { a := newRaw(t, r.dial(t)); io.WriteString(a, preface[:9]); return a }, http2.ErrCodeEnhanceYourCalm},
		"no settings":         {func(t *testing.T, r *rig) *raw { a := newRaw(t, r.dial(t)); io.WriteString(a, preface); return a }, http2.ErrCodeNo},
		"idle":                {func(t *testing.T, r *rig) *raw { return r.speak(t) }, http2.ErrCodeNo},
		"idle behind request": {func(t *testing.T, r *rig) *raw { a := r.speak(t); a.open(flagEndStream, headOf("GET")); return a }, http2.ErrCodeNo},
		"idle with pings": {func(t *testing.T, r *rig) *raw {
			a := r.speak(t)
			go func() {
				for a.frame(framePing, 0, 0, make([]byte, 8)) == nil {
					time.Sleep(50 * time.Millisecond)
				}
			}()
			return a
		}, http2.ErrCodeNo},
		"half a frame": {func(t *testing.T, r *rig) *raw { a := r.speak(t); a.Write([]byte{0, 0, 8}); return a }, http2.ErrCodeEnhanceYourCalm},
		"half a head": {func(t *testing.T, r *rig) *raw {
			a := r.speak(t)
			a.open(flagEndStream, headOf("GET", "x-slow", "1")) // beside a stream
			a.frame(frameHeaders, 0, 3, headOf("GET"))
			return a
		}, http2.ErrCodeEnhanceYourCalm},
		"head byte by byte": {func(t *testing.T, r *rig) *raw {
			a := r.speak(t)
			a.open(flagEndStream, headOf("GET", "x-slow", "1"))
			go func() {
				for _, b := range append(appendHeader(nil, 200, frameHeaders, 0, 3), headOf("GET", "x", strings.Repeat("x", 300))...) {
					a.Write([]byte{b})
					time.Sleep(50 * time.Millisecond)
				}
			}()
			return a
		}, http2.ErrCodeEnhanceYourCalm},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Slow") != "" {
					<-r.Context().Done()
				}
			}, impatient)
			a := tt.send(t, r)
			if _, why := a.untilGone(0, nil); why != tt.want {
				t.Errorf("ended by %v", why)
			}
		})
	}
}

// TestSlowClients: a handler waits for its client as long as the limits say.
func TestSlowClients(t *testing.T) {
	wrote := make(chan error, 1)
	for name, tt := range map[string]struct {
		settings []uint32
		send     func(a *raw)
		want     error
	}{
		"no window":    {[]uint32{settingWindow, 0}, func(a *raw) { a.open(flagEndStream, headOf("GET")) }, os.ErrDeadlineExceeded},
		"small answer": {[]uint32{settingWindow, 0}, func(a *raw) { a.open(flagEndStream, headOf("GET", "x-small", "1")) }, nil},
		"byte by byte": {[]uint32{settingWindow, 1}, func(a *raw) {
			a.open(flagEndStream, headOf("GET"))
			go func() {
				for a.number(frameWindow, 1, 1) == nil {
					time.Sleep(20 * time.Millisecond)
				}
			}()
		}, os.ErrDeadlineExceeded},
		"no window of the connection": {nil, func(a *raw) { a.open(flagEndStream, headOf("GET")) }, os.ErrDeadlineExceeded},
		"no body":                     {nil, func(a *raw) { a.open(0, headOf("POST")) }, http1.Slow()},
		"body byte by byte": {nil, func(a *raw) {
			a.open(0, headOf("POST"))
			go func() {
				for a.frame(frameData, 0, 1, []byte("x")) == nil {
					time.Sleep(20 * time.Millisecond)
				}
			}()
		}, http1.Slow()},
	} {
		t.Run(name, func(t *testing.T) {
			r := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					wrote <- err
					return
				}
				if r.Header.Get("X-Small") != "" {
					_, err := io.WriteString(w, "x")
					wrote <- err
					return
				}
				_, err := io.WriteString(w, long)
				wrote <- err
			}, impatient)
			a := r.speak(t, tt.settings...)
			tt.send(a)
			select {
			case err := <-wrote:
				var fault *http1.Fault
				if !errors.Is(err, tt.want) && !(errors.As(err, &fault) && *fault == *http1.Slow()) {
					t.Errorf("%v", err)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("the handler waits")
			}
			for !a.ended[1] {
				a.next()
			}
			if status := a.status[1]; tt.settings != nil && status != "200 reset 8" {
				t.Errorf("%q", status)
			}
		})
	}
}

// TestMayNotSend: a client that may not send, because the app does not take what it
// has sent before, is not slow.
func TestMayNotSend(t *testing.T) {
	take, took := make(chan struct{}), make(chan error, 3)
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Hold") != "" {
			<-take
		}
		_, err := io.Copy(io.Discard, r.Body)
		took <- err
	}, impatient)
	a := r.speak(t)
	for range connWindow / streamWindow {
		id := a.open(0, headOf("POST", "x-hold", "1"))
		for range streamWindow / maxFrame {
			a.frame(frameData, 0, id, make([]byte, maxFrame))
		}
		a.frame(frameData, flagEndStream, id, nil)
	}
	third := a.open(0, headOf("POST"))
	time.Sleep(time.Second)
	close(take)
	a.frame(frameData, flagEndStream, third, nil)
	for range 3 {
		select {
		case err := <-took:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(5 * time.Second):
			t.Fatal("a body did not end")
		}
	}
}

// TestTakesNothing: windows are open, and the socket takes nothing.
func TestTakesNothing(t *testing.T) {
	wrote := make(chan error, 1)
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := io.WriteString(w, long); err != nil {
				wrote <- err
				return
			}
		}
	}, impatient)
	a := r.speak(t, settingWindow, maxWindow)
	a.number(frameWindow, 0, maxWindow-firstWindow)
	a.open(flagEndStream, headOf("GET"))
	select {
	case <-wrote:
	case <-time.After(10 * time.Second):
		t.Fatal("the handler waits")
	}
	for end := time.Now().Add(10 * time.Second); r.open() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the connection stays")
		}
	}
}

// open is how many connections are served.
func (r *rig) open() int {
	return len(r.conns.Open())
}

// TestAnswersNotTaken: what only the reader answers is bounded, too: it reads no
// more, and the connection ends.
func TestAnswersNotTaken(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {}, impatient)
	a := r.speak(t)
	a.Conn.SetWriteDeadline(time.Now().Add(20 * time.Second))
	for i := 0; ; i++ {
		if err := a.frame(framePing, 0, 0, make([]byte, 8)); err != nil {
			var slow net.Error
			if errors.As(err, &slow) && slow.Timeout() {
				t.Error("the connection stays")
			}
			return
		}
		if i > 1_000_000 {
			t.Fatal("a million PINGs are taken")
		}
	}
}

func TestDeadlines(t *testing.T) {
	told := make(chan error, 3)
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		control.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		_, err := r.Body.Read(make([]byte, 1))
		told <- err
		control.SetReadDeadline(time.Time{})
		if _, err = r.Body.Read(make([]byte, 1)); err == io.EOF {
			err = nil
		}
		told <- err
		go func() {
			time.Sleep(20 * time.Millisecond)
			control.SetWriteDeadline(time.Now())
		}()
		_, err = io.WriteString(w, long)
		told <- err
	})
	a := r.speak(t, settingWindow, 10)
	a.open(0, headOf("POST"))
	if err := <-told; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reading: %v", err)
	}
	a.frame(frameData, flagEndStream, 1, []byte("x"))
	if err := <-told; err != nil {
		t.Errorf("reading again: %v", err)
	}
	if err := <-told; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("writing: %v", err)
	}
	for !a.ended[1] {
		a.next()
	}
	if a.status[1] != "200 reset 8" {
		t.Errorf("%q", a.status[1])
	}
}
