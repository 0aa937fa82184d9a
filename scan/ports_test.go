package scan

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"pavise/test/servers"
	"strings"
	"testing"
	"time"

	"pavise"
)

// serveTCP has every connection to a port of loopback spoken to, and returns the port.
func serveTCP(t *testing.T, speak func(net.Conn)) int {
	t.Helper()
	l := servers.Listen(t)
	servers.SpeakAt(l, speak)
	return l.Addr().(*net.TCPAddr).Port
}

// greets says something, and then listens until the client goes.
func greets(with string) func(net.Conn) {
	return func(c net.Conn) {
		io.WriteString(c, with)
		io.Copy(io.Discard, c)
	}
}

// replies says something to what begins in one way, and nothing to anything else.
func replies(to, with string) func(net.Conn) {
	return func(c net.Conn) {
		said := make([]byte, 512)
		if n, _ := c.Read(said); strings.HasPrefix(string(said[:n]), to) {
			io.WriteString(c, with)
		}
		io.Copy(io.Discard, c)
	}
}

func sweepOf(t *testing.T, ports ...int) *pavise.Sweep {
	t.Helper()
	list := strings.Trim(strings.ReplaceAll(fmt.Sprint(ports), " ", ","), "[]")
	c := newClient(Options{})
	defer c.close()
	a := c.answer(context.Background(), pavise.Probe{Ports: &pavise.Ports{Host: "shop.localhost", List: list}})
	if a.Sweep == nil {
		t.Fatal(a.Error)
	}
	return a.Sweep
}

func TestSweepNamesServices(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().(*net.TCPAddr).Port
	l.Close()
	want := map[int]string{
		serveTCP(t, greets("SSH-2.0-OpenSSH_9.7\r\n")):                                               "ssh",
		serveTCP(t, greets("220 (vsFTPd 3.0.3)\r\n")):                                                "ftp",
		serveTCP(t, greets("220 mail.example ESMTP\r\n")):                                            "smtp",
		serveTCP(t, greets("\x4a\x00\x00\x00\x0a8.0.36\x00"+strings.Repeat("x", 66))):                "mysql",
		serveTCP(t, greets("\xff\xfd\x18\xff\xfd\x20")):                                              "telnet",
		serveTCP(t, greets("RFB 003.008\n")):                                                         "vnc",
		serveTCP(t, replies("GET", "-ERR wrong number of arguments for 'get' command\r\n")):          "redis",
		serveTCP(t, replies("GET", "ERROR\r\n")):                                                     "memcached",
		serveTCP(t, replies("GET", "HTTP/1.0 200 OK\r\n\r\n{\"tagline\":\"You Know, for Search\"}")): "elasticsearch",
		serveTCP(t, greets("")):                                                                      "",
		web.Listener.Addr().(*net.TCPAddr).Port:                                                      "http",
		secure.Listener.Addr().(*net.TCPAddr).Port:                                                   "http",
	}
	ports := []int{closed}
	for port := range want {
		ports = append(ports, port)
	}
	got := sweepOf(t, ports...)
	if len(got.Open) != len(want) || got.Closed != 1 || got.Address != "127.0.0.1" {
		t.Errorf("%+v", got)
	}
	for _, s := range got.Open {
		if s.Name != want[s.Port] || s.Secure != (s.Port == secure.Listener.Addr().(*net.TCPAddr).Port) {
			t.Errorf("%q, secure %v, said %q: want %q", s.Name, s.Secure, s.Banner, want[s.Port])
		}
	}
}

// TestOwnQuestions puts the question of a port to a service that waits for it.
func TestOwnQuestions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		port           int
		asked, replied string
		want           string
	}{
		{5432, "\x00\x00\x00\x08\x04\xd2\x16\x2f", "N", "postgresql"},
		{7000, "\x00\x00\x00\x08\x04\xd2\x16\x2f", "N", "postgresql"},
		{6379, "PING", "-NOAUTH Authentication required.\r\n", "redis"},
		{11211, "version", "VERSION 1.6.18\r\n", "memcached"},
		{3389, "\x03\x00\x00\x13", "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x1f\x08\x00\x02\x00\x00\x00", "rdp"},
		{389, "\x30\x0c", "\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00", "ldap"},
		{445, "\x00\x00\x00\x3a\xffSMB", "\x00\x00\x00\x55\xfeSMB\x40\x00", "smb"},
		{1433, "\x12\x01", "\x04\x01\x00\x2b\x00\x00\x01\x00\x00", "mssql"},
		{2375, "GET /version", "HTTP/1.0 200 OK\r\n\r\n{\"ApiVersion\":\"1.45\"}", "docker"},
		{9229, "GET /json/version", "HTTP/1.0 200 OK\r\n\r\n{\"Browser\":\"node.js/v20\",\"Protocol-Version\": \"1.1\"}", "node-inspector"},
		{6379, "GET", "HTTP/1.0 404 Not Found\r\n\r\n", "http"}, // something else stands there
	} {
		at := serveTCP(t, replies(test.asked, test.replied))
		address := fmt.Sprintf("127.0.0.1:%d", at)
		c := newClient(Options{})
		conn, err := c.dial(context.Background(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if s := c.service(context.Background(), conn, address, test.port); s.Name != test.want || s.Port != test.port {
			t.Errorf("%s: %+v", test.want, s)
		}
		c.close()
	}
}

func TestSecureFirst(t *testing.T) {
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	c := newClient(Options{})
	defer c.close()
	conn, err := tls.Dial("tcp", secure.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	raw, err := c.dial(context.Background(), "tcp", secure.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if s := c.service(context.Background(), raw, secure.Listener.Addr().String(), 8443); !s.Secure || s.Name != "http" {
		t.Errorf("%+v", s)
	}
	if dials := c.budget.connections.spent; dials != 1 {
		t.Errorf("%d connections", dials)
	}
}

// TestHostileServices: what they say is bounded, and so is the time they take.
func TestHostileServices(t *testing.T) {
	endless := serveTCP(t, func(c net.Conn) {
		for err := error(nil); err == nil; {
			_, err = c.Write(make([]byte, 64<<10))
		}
	})
	drip := serveTCP(t, func(c net.Conn) {
		for err := error(nil); err == nil; time.Sleep(50 * time.Millisecond) {
			_, err = c.Write([]byte{0x1b})
		}
	})
	reset := serveTCP(t, func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) })
	got := sweepOf(t, endless, drip, reset)
	if len(got.Open)+got.Closed != 3 || len(got.Open) < 2 { // a reset may come before the connection is ours
		t.Fatalf("%d open, %d closed", len(got.Open), got.Closed)
	}
	for _, s := range got.Open {
		if len(s.Banner) > maxBanner || s.Name != "" {
			t.Errorf("%d bytes, %q", len(s.Banner), s.Name)
		}
	}
}

func TestSweepSaysWhatItCouldNotTry(t *testing.T) {
	c := newClient(Options{})
	defer c.close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	a := c.answer(ctx, pavise.Probe{Ports: &pavise.Ports{Host: "127.0.0.1", List: "1-1000"}})
	if a.Sweep == nil || a.Sweep.Untried != 1000 || a.Sweep.Why != "interrupted" {
		t.Errorf("%+v, %s", a.Sweep, a.Error)
	}
	if a := c.answer(context.Background(), pavise.Probe{Ports: &pavise.Ports{Host: "127.0.0.1", List: "x"}}); a.Error == "" {
		t.Error("a list that is none was tried")
	}
}

// TestSweepGoesWhereTheSiteIs: Resolve sends every port of the host.
func TestSweepGoesWhereTheSiteIs(t *testing.T) {
	c := newClient(Options{Resolve: map[string]string{"shop.example.com:443": "127.0.0.9:8443"}})
	defer c.close()
	if at, err := c.whereabouts(context.Background(), "shop.example.com"); err != nil || at.String() != "127.0.0.9" {
		t.Error(at, err)
	}
}

func FuzzRecognise(f *testing.F) {
	f.Add([]byte("220 mail ESMTP"), "")
	f.Add([]byte("\x4a\x00\x00\x00\x0a8.0.36\x00"), "PING\r\n")
	f.Add([]byte("\x00\x00\x00\x55\xfeSMB\x40\x00"), smbNegotiate)
	f.Fuzz(func(t *testing.T, said []byte, asked string) {
		if len(said) == 0 && recognise(said, asked) != "" {
			t.Error("who says nothing was recognised")
		}
		wantsTLS(said)
	})
}

func addr(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
