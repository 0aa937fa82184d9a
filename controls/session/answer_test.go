package session

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"

	"pavise"
)

// A store that takes no more is told before the handler's answer leaves.
func TestOwnAnswerToFailure(t *testing.T) {
	s, c := newStage()
	var told error
	a := newShop(t, Config{Env: pavise.Env{Store: s, Now: c.now}, Failed: func(w http.ResponseWriter, r *http.Request, err error) {
		told = err
		w.WriteHeader(Status(err))
	}})
	s.before = func(op, _ string) error {
		if op == "swap" {
			return pavise.ErrFull
		}
		return nil
	}
	a.at = func(s *Session, w http.ResponseWriter, _ *http.Request) {
		cart.Set(s, "x")
		w.Header().Set("Content-Length", "5")
		w.Header().Set("Location", "/thanks")
		if n, err := io.WriteString(w, "saved"); n != 0 || !errors.Is(err, pavise.ErrFull) {
			t.Errorf("the handler learns %d, %v", n, err)
		}
	}
	if w := a.browser(t).ask("/at"); w.Code != 503 || w.Body.Len() != 0 || w.Header().Get("Location")+w.Header().Get("Content-Length") != "" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	mustBe(t, "told", told, pavise.ErrFull)
}

// The cookie leaves with the final answer, whatever went before it.
func TestInterimResponseLosesNoCookie(t *testing.T) {
	a, _, _ := keptShop(t)
	a.at = func(s *Session, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		if err := s.LogIn("ada"); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusCreated)
	}
	for _, version := range []int{1, 2} {
		server := httptest.NewUnstartedServer(a.Wrap(a))
		server.EnableHTTP2 = version == 2
		server.StartTLS()
		defer server.Close()
		hints := 0
		trace := &httptrace.ClientTrace{Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
			hints++
			if h.Get("Set-Cookie") != "" {
				t.Error("the hints bear the cookie")
			}
			return nil
		}}
		r, _ := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), "GET", server.URL+"/at", nil)
		resp, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.ProtoMajor != version || hints != 1 || resp.StatusCode != 201 || len(resp.Cookies()) != 1 {
			t.Errorf("%s: %d hints, then %d with %v", resp.Proto, hints, resp.StatusCode, resp.Header)
		}
	}
}

func TestHeadersLeaveInManyWays(t *testing.T) {
	for name, leave := range map[string]func(http.ResponseWriter){
		"nothing": func(http.ResponseWriter) {},
		"write":   func(w http.ResponseWriter) { w.Write([]byte("x")) },
		"flush":   func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
		"control": func(w http.ResponseWriter) { http.NewResponseController(w).Flush() },
		"copy":    func(w http.ResponseWriter) { io.Copy(w, strings.NewReader("x")) },
		"status":  func(w http.ResponseWriter) { w.WriteHeader(404); w.WriteHeader(200) },
	} {
		a, _, _ := keptShop(t)
		b := a.browser(t)
		a.at = func(s *Session, w http.ResponseWriter, _ *http.Request) {
			s.LogIn("ada")
			leave(w)
			if name != "nothing" {
				mustBe(t, name+": a late change", cart.Set(s, "late"), ErrLate)
				mustBe(t, name+": a late login", s.LogIn("bob"), ErrLate)
			}
		}
		b.get("/at")
		if n := len(b.headers["Set-Cookie"]); n != 1 {
			t.Errorf("%s: %d cookies", name, n)
		}
		says(t, b, "/", 200, "ada:")
	}
}

func TestPanicSavesNothing(t *testing.T) {
	a, _, _ := keptShop(t)
	b := a.browser(t)
	b.get("/put?apple")
	a.at = func(s *Session, _ http.ResponseWriter, _ *http.Request) {
		cart.Set(s, "half")
		panic(http.ErrAbortHandler)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		b.ask("/at")
	}()
	says(t, b, "/", 200, ":apple")
}

func TestHijack(t *testing.T) {
	a, _, _ := keptShop(t)
	var refused error
	a.at = func(s *Session, w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "login" {
			s.LogIn("ada")
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if refused = err; err == nil {
			io.WriteString(conn, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
			conn.Close()
		}
	}
	server := httptest.NewServer(a.Wrap(a))
	defer server.Close()
	for query, want := range map[string]int{"": 204, "?login": 200} {
		resp, err := http.Get(server.URL + "/at" + query)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want || (query != "") != errors.Is(refused, errUnsent) || (query != "") != (len(resp.Cookies()) == 1) {
			t.Errorf("%q: %d %v, %v", query, resp.StatusCode, resp.Header, refused)
		}
	}
}
