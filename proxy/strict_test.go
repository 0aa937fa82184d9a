package proxy

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/controls/transport"
)

func strict(cfg *Config) {
	for i := range cfg.Sites {
		cfg.Sites[i].Policy = pavise.Recommend([]pavise.Control{marking{}, transport.Strict{}})
	}
}

// TestFaultsAreAnsweredByTheSite: what is no request gets the headers of the policy
// of the site that it names, and a line in the log.
func TestFaultsAreAnsweredByTheSite(t *testing.T) {
	called := make(chan string, 10)
	w := startSaying(t, func(r *http.Request) string { called <- r.URL.Path; return "" }, strict)
	answer := rawRequest(t, w, "POST /x HTTP/1.1\r\nHost: other.test\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: shop.test\r\n\r\n")
	if !strings.HasPrefix(answer, "HTTP/1.1 400 ") || !strings.Contains(answer, "\r\nMark: other.test\r\n") || strings.Count(answer, "HTTP/1.1") != 1 {
		t.Errorf("%q", answer)
	}
	if log := w.log.String(); !strings.Contains(log, "control=transport.strict") || !strings.Contains(log, "rule=transport.strict.framing") {
		t.Errorf("logged %s", log)
	}
	answer = rawRequest(t, w, "GET / HTTP/1.1\r\nX: y\nHost: shop.test\r\n\r\n")
	if !strings.HasPrefix(answer, "HTTP/1.1 400 ") || !strings.Contains(answer, "\r\nMark: shop.test\r\n") {
		t.Errorf("%q", answer)
	}
	if len(called) > 0 {
		t.Errorf("the app was asked for %s", <-called)
	}
}

// TestFaultInTheBody: the app must not take what came before it for the whole.
func TestFaultInTheBody(t *testing.T) {
	ended := make(chan error, 1)
	app := func(w http.ResponseWriter, r *http.Request) { _, err := io.Copy(io.Discard, r.Body); ended <- err }
	w := behind(t, app, false, strict)
	conn := rawConn(t, w)
	io.WriteString(conn, "POST / HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
	io.WriteString(conn, "3\nabc\r\n0\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != 400 || res.Header.Get("Mark") == "" || !res.Close {
		t.Errorf("%v, %v", res, err)
	}
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the app took half a request for a whole one")
		}
	case <-time.After(5 * time.Second):
		t.Error("the app is still waiting")
	}
}
