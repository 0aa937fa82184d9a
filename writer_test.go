package pavise

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"reflect"
	"strings"
	"testing"
)

// replacing is a policy that replaces bodies with the word secret in them.
func replacing() Policy {
	return Recommend([]Control{testControl{"t.replace", Hooks{
		Replace: func(x *Exchange, body []byte) *Page {
			if bytes.Contains(body, []byte("secret")) {
				return &Page{Type: "text/plain", Body: []byte("replaced")}
			}
			return nil
		},
		Amend: func(x *Exchange) { x.Header.Set("Amended", http.StatusText(x.Status)) },
	}}})
}

func serve(t *testing.T, p Policy, app http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(wrap(t, p, Env{}, app))
	t.Cleanup(s.Close)
	return s
}

func fetch(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	res, err := http.Get(url)
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

func TestReplace(t *testing.T) {
	big := strings.Repeat("x", 3*MaxHeld)
	tests := []struct {
		name   string
		status int
		write  []string
		want   string
	}{
		{"small error with a secret", 500, []string{"a ", "secret"}, "replaced"},
		{"small error without", 500, []string{"a ", "b"}, "a b"},
		{"empty error", 404, nil, ""},
		{"big error without", 500, []string{big, "tail"}, big + "tail"},
		{"big error, secret early", 500, []string{"secret" + big, "tail"}, "replaced"},
		{"no error", 200, []string{"secret"}, "secret"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, replacing(), func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Etag", `"x"`)
				w.Header().Set("Content-Type", "text/plain")
				w.WriteHeader(tt.status)
				for _, part := range tt.write {
					if n, err := io.WriteString(w, part); err != nil || n != len(part) {
						t.Errorf("wrote %d of %d: %v", n, len(part), err)
					}
					w.(http.Flusher).Flush()
				}
			})
			res, body := fetch(t, s.URL)
			if res.StatusCode != tt.status || body != tt.want {
				t.Errorf("%d, %d bytes %.40q", res.StatusCode, len(body), body)
			}
			if res.Header.Get("Amended") != http.StatusText(tt.status) {
				t.Error("not amended")
			}
			if replaced := tt.want == "replaced"; (res.Header.Get("Etag") == "") != replaced {
				t.Errorf("Etag %q", res.Header.Get("Etag"))
			}
		})
	}
}

func TestImplicitStatusIsAmended(t *testing.T) {
	for name, app := range map[string]http.HandlerFunc{
		"nothing written": func(http.ResponseWriter, *http.Request) {},
		"only a body":     func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "x") },
		"only a flush":    func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() },
	} {
		res, _ := fetch(t, serve(t, replacing(), app).URL)
		if res.StatusCode != 200 || res.Header.Get("Amended") != "OK" {
			t.Errorf("%s: %d, amended %q", name, res.StatusCode, res.Header.Get("Amended"))
		}
	}
}

func TestEarlyHintsPassWithoutConnectionHeaders(t *testing.T) {
	s := serve(t, replacing(), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusOK)
	})
	req, _ := http.NewRequest("GET", s.URL, nil)
	var hints textproto.MIMEHeader
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		hints = h
		return nil
	}}
	res, err := http.DefaultClient.Do(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if hints.Get("Link") == "" || hints.Get("Connection") != "" {
		t.Errorf("hints %v", hints)
	}
	if res.Header.Get("Amended") != "OK" {
		t.Error("the final response is not amended")
	}
}

func TestHijackAfterAmend(t *testing.T) {
	s := serve(t, replacing(), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Upgrade", "test")
		w.Header().Set("Connection", "Upgrade")
		w.WriteHeader(http.StatusSwitchingProtocols)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(conn, "hello")
		conn.Close()
	})
	req, _ := http.NewRequest("GET", s.URL, nil)
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "test")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	if res.StatusCode != 101 || res.Header.Get("Amended") != "Switching Protocols" || string(b) != "hello" {
		t.Errorf("%d %v %q", res.StatusCode, res.Header, b)
	}
}

func TestHeadIsNotHeld(t *testing.T) {
	s := serve(t, replacing(), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1234")
		w.WriteHeader(404)
	})
	res, err := http.Head(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if res.ContentLength != 1234 {
		t.Errorf("Content-Length %d", res.ContentLength)
	}
}

// The head of an error leaves after its body was looked at, and the trailers may
// be there by then.
func TestTrailersOfAnErrorStayBehindIt(t *testing.T) {
	s := serve(t, replacing(), func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Sum, Set-Cookie")
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, strings.TrimPrefix(r.URL.Path, "/"))
		http.NewResponseController(w).Flush()
		w.Header().Set("Sum", "7")
		w.Header().Set("Set-Cookie", "a=b")
	})
	for path, want := range map[string]string{"/missing": "7", "/secret": ""} {
		res, _ := fetch(t, s.URL+path)
		if sum, cookie := res.Header["Sum"], res.Header["Set-Cookie"]; sum != nil || cookie != nil {
			t.Errorf("%s: trailers in the head: Sum %q, Set-Cookie %q", path, sum, cookie)
		}
		if got := res.Trailer.Get("Sum"); got != want {
			t.Errorf("%s: trailer %q, want %q", path, got, want)
		}
	}
}

// lender is the ResponseWriter of a stream that is reset while an interim response
// is being written: from then on its headers belong to another goroutine.
type lender struct {
	h     http.Header
	reset func()
	lent  http.Header // a copy of what was lent
}

func (l *lender) Header() http.Header { return l.h }
func (l *lender) WriteHeader(status int) {
	if status < 200 && l.lent == nil {
		l.lent = l.h.Clone()
		l.reset()
	}
}
func (l *lender) Write(b []byte) (int, error) { return 0, http.ErrAbortHandler }

func TestHeadersOfAResetStreamAreLeftAlone(t *testing.T) {
	h := wrap(t, replacing(), Env{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a.css>")
		w.Header().Set("Server", "x")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Link", "</b.css>")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("More", "yes")
		io.WriteString(w, "body")
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r.ProtoMajor, r.ProtoMinor = 2, 0
	ctx, cancel := context.WithCancel(r.Context())
	l := &lender{h: http.Header{}, reset: cancel}
	h.ServeHTTP(l, r.WithContext(ctx))
	if len(l.lent) != 1 || l.lent.Get("Link") != "</a.css>" || !reflect.DeepEqual(l.h, l.lent) {
		t.Errorf("lent %v, and then they were %v", l.lent, l.h)
	}
}

// prompt has read its headers when WriteHeader returns.
type prompt struct{ *httptest.ResponseRecorder }

func (prompt) InformsAtOnce() {}

// TestHeadersNeedNotBeApart: where nobody reads them later there is one map.
func TestHeadersNeedNotBeApart(t *testing.T) {
	for _, at := range []http.ResponseWriter{httptest.NewRecorder(), prompt{httptest.NewRecorder()}} {
		_, one := at.(prompt)
		h := wrap(t, replacing(), Env{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Seen", "1")
			if seen := at.Header().Get("X-Seen") != ""; seen != one {
				t.Errorf("%T sees what is set: %v", at, seen)
			}
		}))
		r := httptest.NewRequest("GET", "/", nil)
		r.ProtoMajor, r.ProtoMinor = 2, 0
		h.ServeHTTP(at, r)
	}
}

// lazy writes its head when the response ends, as HTTP/3 does with a short one.
type lazy struct{ *httptest.ResponseRecorder }

func (lazy) WriteHeader(int)             {}
func (lazy) Write(b []byte) (int, error) { return len(b), nil }

func TestLateHeadersStayBehind(t *testing.T) {
	chain := wrap(t, replacing(), Env{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Trailer", "Sum, Amended")
		io.WriteString(w, "body")
		h.Set("Set-Cookie", "late=1")
		h.Set("Sum", "1")
		h.Set(http.TrailerPrefix+"More", "2")
	}))
	r := httptest.NewRequest("GET", "https://shop.test/", nil)
	r.ProtoMajor = 3
	w := lazy{httptest.NewRecorder()}
	chain.ServeHTTP(w, r)
	want := http.Header{"Amended": {"OK"}, "Trailer": {"Sum"}, "Sum": {"1"}, http.TrailerPrefix + "More": {"2"}}
	if got := w.Header(); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestHold: a control that asks for it sees the start of any response, and may put
// another page in its place; without it nothing waits.
func TestHold(t *testing.T) {
	var saw []byte
	for name, tt := range map[string]struct {
		hold, observed bool
		page           *Page
		want, saw      string
	}{
		"held":             {hold: true, want: "one two", saw: "one two"},
		"not held":         {want: "one two"},
		"replaced":         {hold: true, page: &Page{Type: "text/plain", Body: []byte("ours")}, want: "ours", saw: "one two"},
		"observed":         {hold: true, observed: true, want: "one two", saw: "one two"},
		"observed, a page": {hold: true, observed: true, page: &Page{Type: "text/plain", Body: []byte("ours")}, want: "one two", saw: "one two"},
	} {
		saw = nil
		control := testControl{"a.look", Hooks{
			Admit: func(x *Exchange) error {
				if tt.hold {
					x.Hold()
				}
				return nil
			},
			Replace: func(_ *Exchange, held []byte) *Page { saw = append(saw, held...); return tt.page },
		}}
		policy := Recommend([]Control{control})
		if tt.observed {
			policy = append(policy, Setting{Control: control, Mode: Observe, Reason: "first look"})
		}
		h := wrap(t, policy, Env{}, func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "one ")
			w.(http.Flusher).Flush()
			io.WriteString(w, "two")
		})
		for range 2 { // an exchange is used again: nothing may stay
			saw = nil
			if w := get(h, "/"); w.Body.String() != tt.want || string(saw) != tt.saw || w.Code != 200 {
				t.Errorf("%s: %d %q, seen %q", name, w.Code, w.Body, saw)
			}
		}
	}
}

// TestHoldIsBounded: of a long response the start is seen, and all of it leaves.
func TestHoldIsBounded(t *testing.T) {
	seen := 0
	h := wrap(t, Recommend([]Control{testControl{"a.look", Hooks{
		Admit:   func(x *Exchange) error { x.Hold(); return nil },
		Replace: func(_ *Exchange, held []byte) *Page { seen = len(held); return nil },
	}}}), Env{}, func(w http.ResponseWriter, _ *http.Request) {
		for range 300 {
			w.Write(make([]byte, 1000))
		}
	})
	if w := get(h, "/"); w.Body.Len() != 300_000 || seen != MaxHeld {
		t.Errorf("%d bytes, %d seen", w.Body.Len(), seen)
	}
}

// TestRequestIDBehindAWriterOfTheApp: what the app puts before the chain's writer hides
// it from nobody.
func TestRequestIDBehindAWriterOfTheApp(t *testing.T) {
	var id string
	chain, err := Policy{}.Wrap(Env{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id = RequestID(&wrapped{w})
		(&Refusal{Status: 404}).Answer(&wrapped{w}, r)
	}))
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	chain.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if id == "" || w.Header().Get("X-Request-Id") != id {
		t.Errorf("%q, %v", id, w.Header())
	}
	if RequestID(&wrapped{httptest.NewRecorder()}) != "" {
		t.Error("an id without a chain")
	}
}

type wrapped struct{ http.ResponseWriter }

func (w *wrapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }
