package leaks

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"pavise"
)

// compress writes a body in a coding of HTTP; "raw" is deflate without its head.
func compress(t testing.TB, coding, body string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	case "raw":
		w, _ = flate.NewWriter(&b, flate.BestSpeed)
	default:
		return []byte(body)
	}
	if _, err := io.WriteString(w, body); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return b.Bytes()
}

// An appError is what an app answers.
type appError struct {
	status        int
	media, coding string
	body          string
	script        bool // asked for by a script, not by a person
	challenge     bool // with WWW-Authenticate
}

// replace runs the Replace hook of a control on an answer of the app.
func replace(t testing.TB, c pavise.Enforcer, a appError) *pavise.Page {
	t.Helper()
	hooks, err := c.Enforce(pavise.Env{})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "https://shop.example.com/x", nil)
	if !a.script {
		r.Header.Set("Accept", "text/html")
	}
	x := &pavise.Exchange{ID: "id", Request: r, Status: a.status, Header: http.Header{}}
	if a.media != "" {
		x.Header.Set("Content-Type", a.media)
	}
	coding := a.coding
	if coding == "raw" {
		coding = "deflate"
	}
	if coding != "" {
		x.Header.Set("Content-Encoding", coding)
	}
	if a.challenge {
		x.Header.Set("WWW-Authenticate", "Basic")
	}
	held := compress(t, a.coding, a.body)
	return hooks.Replace(x, held[:min(len(held), pavise.MaxHeld)])
}

// judge runs a check on one answer to a probe.
func judge(c pavise.Checker, asked http.Header, status int, media, body string) pavise.Finding {
	e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.example.com"}}
	e.Add(pavise.Answer{
		Probe:    pavise.Ask(pavise.Request{URL: "https://shop.example.com/x", Header: asked}),
		Response: &pavise.Response{Status: status, Header: http.Header{"Content-Type": {media}}, Body: []byte(body)},
	})
	return c.Check(e)[0]
}

func TestPlainIsBounded(t *testing.T) {
	bomb := compress(t, "gzip", string(make([]byte, 4<<20)))
	if len(bomb) > pavise.MaxHeld {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	h := http.Header{"Content-Encoding": {"gzip"}}
	text, whole := standard.plain(h, bomb)
	if len(text) != pavise.MaxHeld || whole {
		t.Errorf("%d bytes, whole %v", len(text), whole)
	}
	for coding, body := range map[string]string{"gzip": "no gzip", "br": "x", "gzip, gzip": "x"} {
		if text, _ := standard.plain(http.Header{"Content-Encoding": {coding}}, []byte(body)); text != nil {
			t.Errorf("%s: reads %q", coding, text)
		}
	}
}

// TestCodingsAsked: what a client accepts is cut down to what can be read.
func TestCodingsAsked(t *testing.T) {
	known := readable(pavise.Env{Decoders: map[string]pavise.Decoder{"br": gunzip}})
	for said, want := range map[string]string{
		"":                             "",
		"gzip, deflate, br":            "gzip, deflate, br",
		"gzip, deflate, br, zstd":      "gzip, deflate, br",
		"compress":                     "identity",
		"*":                            "identity",
		"br;q=1.0, GZIP ;q=0.5, *;q=0": "br;q=1.0, GZIP ;q=0.5",
		"identity;q=0, gzip,, dcz":     "identity;q=0, gzip, ",
	} {
		x := &pavise.Exchange{Request: &http.Request{Header: http.Header{"Accept-Encoding": {said}}}}
		if known.ask(x); x.Request.Header.Get("Accept-Encoding") != want {
			t.Errorf("%q became %q, want %q", said, x.Request.Header.Get("Accept-Encoding"), want)
		}
	}
	x := &pavise.Exchange{Request: &http.Request{Header: http.Header{}}}
	if known.ask(x); len(x.Request.Header) != 0 {
		t.Errorf("made up: %v", x.Request.Header)
	}
}

// TestMislabelledIsUnreadable: what is not in the coding that it says cannot be
// vouched for.
func TestMislabelledIsUnreadable(t *testing.T) {
	for _, coding := range []string{"gzip", "deflate", "br"} {
		known := readable(pavise.Env{Decoders: map[string]pavise.Decoder{"br": func(r io.Reader) (io.Reader, error) { return flate.NewReader(r), nil }}})
		if text, _ := known.plain(http.Header{"Content-Encoding": {coding}}, []byte("\xff\xffat pay (/srv/pay.js:4:2)")); text != nil {
			t.Errorf("%s: read as %q", coding, text)
		}
	}
}
