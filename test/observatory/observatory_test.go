// Package observatory compares our score by the rules of MDN's HTTP Observatory with
// that of its own grader, which looks at the same sites.
package observatory

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"pavise"
	"pavise/controls/requests"
	"pavise/controls/transport"
	"pavise/grade"
	"pavise/internal/authority"
	"pavise/scan"
	"pavise/test/browser"
)

// A live site is one of the sites, at the ports where it listens.
type live struct {
	Host  string `json:"host"`
	HTTP  int    `json:"http"`
	HTTPS int    `json:"https"`
	name  string
	close func()
}

// A verdict is what the grader of MDN says.
type verdict struct {
	Score int               `json:"score"`
	Grade string            `json:"grade"`
	Tests map[string]string `json:"tests"`
}

func TestScoresAreEqual(t *testing.T) {
	browser.Need(t)
	local, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var list []live
	for _, s := range sites {
		l := s.start(t, local)
		defer l.close()
		list = append(list, l)
	}
	theirs := ask(t, list, local)
	for i, l := range list {
		e := scan.Collect(t.Context(), scan.Options{Target: l.target(), Roots: local.Pool(), Timeout: time.Minute},
			[]pavise.Control{transport.Certificate{}, transport.Redirect{}, requests.CORS{}})
		ours, ok := grade.Observatory(e)
		if !ok || ours.Score != theirs[i].Score || ours.Letter != theirs[i].Grade {
			t.Errorf("%s: %d %s for %q, want %d %s for %v", l.name, ours.Score, ours.Letter, ours.Reasons, theirs[i].Score, theirs[i].Grade, theirs[i].Tests)
		}
	}
	if len(list) < 30 {
		t.Errorf("%d sites are too few", len(list))
	}
}

func (l live) target() pavise.Target {
	return pavise.Target{URL: pavise.Origin("https", l.Host, l.HTTPS), Start: "/", Clear: pavise.Origin("http", l.Host, l.HTTP),
		TLS: net.JoinHostPort(l.Host, strconv.Itoa(l.HTTPS))}
}

// ask has the grader of MDN look at all sites.
func ask(t *testing.T, list []live, local *authority.Authority) []verdict {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	in, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "node", "score.mjs")
	cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+local.CertificateFile(),
		"NODE_OPTIONS=--dns-result-order=ipv4first") // Node.js 18 tries no second address
	cmd.Stdin = bytes.NewReader(in)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	var verdicts []verdict
	if err := json.Unmarshal(out, &verdicts); err != nil || len(verdicts) != len(list) {
		t.Fatalf("%v: %s", err, out)
	}
	return verdicts
}

// start has the site listen at two ports of loopback.
func (s site) start(t *testing.T, local *authority.Authority) live {
	t.Helper()
	l := live{Host: "localhost", name: s.name}
	secure := httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	leaf, err := local.Leaf([]string{"localhost", "127.0.0.1"}).Certificate(time.Now(), func(*x509.Certificate, time.Time) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{*leaf}}
	if s.untrusted {
		secure.TLS = nil // httptest's own
	}
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // probes end their handshakes early
	secure.StartTLS()
	l.HTTPS = port(secure.Listener)
	clear := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serveClear(w, r, l) }))
	l.HTTP = port(clear.Listener)
	clear.Start()
	if s.closed {
		clear.Close()
	}
	l.close = func() {
		secure.Close()
		if !s.closed {
			clear.Close()
		}
	}
	return l
}

func port(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// serve answers as the site does over https.
func (s site) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	switch {
	case r.Method == http.MethodOptions:
		if s.cors != nil {
			s.cors(h, r.Header.Get("Origin"))
		}
		w.WriteHeader(http.StatusNoContent)
		return
	case r.URL.Path == "/" && s.leads != "":
		for _, line := range s.onTheWay {
			h.Add("Set-Cookie", line)
		}
		http.Redirect(w, r, s.leads, http.StatusFound)
		return
	case r.URL.Path != "/" && r.URL.Path != s.leads:
		http.NotFound(w, r)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	for _, line := range s.headers {
		h.Add(line[0], line[1])
	}
	if s.status != 0 {
		w.WriteHeader(s.status)
	}
	fmt.Fprint(w, s.body)
}

// serveClear answers over plain http: with a redirect, unless the site does not.
func (s site) serveClear(w http.ResponseWriter, r *http.Request, l live) {
	switch {
	case s.stays:
		fmt.Fprint(w, "plain")
	case s.viaClear && r.URL.Path == "/":
		http.Redirect(w, r, pavise.Origin("http", "localhost", l.HTTP)+"/second", http.StatusFound)
	case s.viaHost:
		http.Redirect(w, r, pavise.Origin("https", "127.0.0.1", l.HTTPS)+"/", http.StatusMovedPermanently)
	default:
		http.Redirect(w, r, pavise.Origin("https", "localhost", l.HTTPS)+"/", http.StatusMovedPermanently)
	}
}
