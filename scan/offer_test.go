package scan

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"pavise/test/servers"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/test/tools"
)

// mailServer speaks SMTP until TLS is asked for, and then TLS.
func mailServer(t *testing.T, script map[string]string) string {
	borrowed := httptest.NewTLSServer(nil)
	t.Cleanup(borrowed.Close)
	cert := borrowed.TLS.Certificates[0]
	return servers.Speak(t, func(conn net.Conn) {
		io.WriteString(conn, "220-mail.test\r\n220 at your service\r\n")
		lines := bufio.NewReader(conn)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			verb, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			io.WriteString(conn, script[verb])
			if verb == "STARTTLS" {
				tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}}).Handshake()
				return
			}
		}
	})
}

func TestOfferBySTARTTLS(t *testing.T) {
	c := newClient(Options{})
	defer c.close()
	ehlo := "250-mail.test\r\n250-PIPELINING\r\n250 STARTTLS\r\n"
	at := mailServer(t, map[string]string{"EHLO": ehlo, "STARTTLS": "220 go ahead\r\n"})
	a := c.answer(context.Background(), pavise.Probe{Offer: &pavise.Offer{Address: at, Name: "a.test", Via: "smtp"}})
	if a.Error != "" || a.Offered == nil {
		t.Fatalf("%+v", a)
	}
	var spoken []string
	for _, p := range a.Offered.Protocols {
		if len(p.Suites) > 0 {
			spoken = append(spoken, fmt.Sprintf("%x", p.Version))
		}
	}
	if strings.Join(spoken, " ") != "303 304" {
		t.Errorf("%s: %+v", spoken, a.Offered)
	}
	for want, script := range map[string]map[string]string{
		"answered 454 no": {"EHLO": ehlo, "STARTTLS": "454 no\r\n"},
		"EOF":             {"EHLO": strings.Repeat("250-"+strings.Repeat("x", 100)+"\r\n", 2*maxDialogue/100)},
	} {
		at := mailServer(t, script)
		a := c.answer(context.Background(), pavise.Probe{Offer: &pavise.Offer{Address: at, Name: "a.test", Via: "smtp"}})
		if !strings.Contains(a.Error, want) {
			t.Errorf("%s: %+v", want, a)
		}
	}
	a = c.answer(context.Background(), pavise.Probe{Offer: &pavise.Offer{Address: at, Via: "gopher"}})
	if !strings.Contains(a.Error, "gopher") {
		t.Errorf("%+v", a)
	}
}

func TestOfferNobodyMade(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		tools.Lack(t, "this machine has no IPv6: %v", err)
	}
	l.Close()
	c := newClient(Options{})
	defer c.close()
	a := c.answer(context.Background(), pavise.Probe{Offer: &pavise.Offer{Address: l.Addr().String()}})
	if !a.Closed || a.Offered != nil {
		t.Errorf("%+v", a)
	}
}

// TestOneClientAtATime looks at a server that serves one connection after the other,
// and does not answer on one of them: TLS is looked at before.
func TestOneClientAtATime(t *testing.T) {
	borrowed := httptest.NewTLSServer(nil)
	defer borrowed.Close()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: borrowed.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			lines := bufio.NewScanner(conn)
			if lines.Scan() && strings.Contains(lines.Text(), "/silent") {
				io.Copy(io.Discard, conn)
			}
			for lines.Scan() && lines.Text() != "" {
			}
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
			conn.Close()
		}
	}()
	at := target(t, "https://"+l.Addr().String())
	offer := pavise.Probe{Offer: &pavise.Offer{Address: at.TLS, Name: "a.test"}}
	e := collect(t, Options{Target: at, NoSurvey: true, Timeout: 4 * time.Second}, func(*pavise.Evidence) []pavise.Probe {
		first, silent := pavise.Ask(pavise.Request{URL: at.URL + "/"}), pavise.Ask(pavise.Request{URL: at.URL + "/silent"})
		return []pavise.Probe{first, silent, offer}
	})
	a := e.Answer(offer)
	if a.Offered == nil {
		t.Fatalf("%+v", a)
	}
	for _, p := range a.Offered.Protocols {
		if p.Unknown != "" {
			t.Errorf("%+v", p)
		}
	}
}
