package proxy

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pavise"
	"pavise/internal/accesslog"
	"pavise/internal/meter"
)

// written is an observer that writes the access log.
type written struct{ *accesslog.Log }

func (written) Begins(*http.Request, *meter.Exchange) {}

// TestOddBytes: a request with any byte anywhere leaves one line in the access log, and neither
// that nor what the journal says has a number of a card or a token in it.
func TestOddBytes(t *testing.T) {
	for _, c := range []struct {
		name     string
		requests int
		send     func(*testing.T, *world, oddRequest) (status string)
	}{{"HTTP/1.1", 300, oddSender()}, {"HTTP/2.0", 100, oddSender2}} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "access.log")
			log, err := accesslog.Open(accesslog.Options{To: path, Format: "json", Query: "masked", Say: t.Logf})
			if err != nil {
				t.Fatal(err)
			}
			var journal *Journal
			w := behind(t, hello, false, func(c *Config) { c.Observer, journal = written{log}, c.Journal })
			random, refused := rand.New(rand.NewPCG(1, 2)), 0
			for range c.requests {
				if c.send(t, w, odd(random)) != "200" {
					refused++
				}
			}
			eventually(t, "nothing runs", func() bool { return w.server.Numbers().Running == 0 })
			if err := log.Close(); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(path)
			if lines := strings.Count(string(text), "\n"); err != nil || lines != c.requests || refused == 0 || refused == c.requests {
				t.Errorf("%d lines of %d requests, of which %d were refused: %v", lines, c.requests, refused, err)
			}
			said := fmt.Sprintf("%s%s%+v", text, w.log, journal.Latest(maxEvents, pavise.Refused))
			for _, secret := range []string{oddCard[:8], oddToken[:12], "a mistake in Pavise"} {
				if i := strings.Index(said, secret); i >= 0 {
					t.Errorf("%q", said[max(0, i-300):i+40])
				}
			}
		})
	}
}

const (
	oddCard  = "4929812376450134"
	oddToken = "q7w8e9r0t1y2u3i4o5p6a7s8d9f0g1h2j3k4l5z6x7c8v9"
)

// An oddRequest has odd bytes everywhere, beside what must not be told.
type oddRequest struct{ target, host, referer, agent string }

func odd(random *rand.Rand) oddRequest {
	bytes := func() string {
		var b strings.Builder
		for range random.IntN(4) {
			switch c := byte(random.IntN(256)); random.IntN(4) {
			case 0:
				b.WriteByte(c)
			case 1:
				fmt.Fprintf(&b, "%%%02X", c)
			case 2:
				b.WriteString([]string{"Ⱥ", "\xff;jsessionid=", "İ", ";JSESSIONID=", "/../", "%2F", "\\", "ſ"}[c%8])
			default:
				b.WriteString(strings.Repeat("x", int(c)*6))
			}
		}
		return b.String()
	}
	host := "shop.test"
	if random.IntN(8) == 0 {
		host = bytes() + host + bytes()
	}
	path := func() string { return "/" + bytes() + "/" + oddCard + "/" + bytes() + "/" + oddToken + "/" + bytes() }
	return oddRequest{
		target:  path() + "?" + bytes() + "&n=" + oddCard + "&" + bytes() + "&t=" + oddToken + "&" + bytes(),
		host:    host,
		referer: bytes() + "http://" + bytes() + path(),
		agent:   bytes() + " " + oddCard + " " + bytes(),
	}
}

// oddSender sends over HTTP/1.1, by one connection for as long as that is kept.
func oddSender() func(*testing.T, *world, oddRequest) string {
	var conn net.Conn
	var from *bufio.Reader
	return func(t *testing.T, w *world, o oddRequest) string {
		t.Helper()
		if conn == nil {
			conn = rawConn(t, w)
			from = bufio.NewReader(conn)
		}
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nReferer: %s\r\nUser-Agent: %s\r\n\r\n", o.target, o.host, o.referer, o.agent)
		res, err := http.ReadResponse(from, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil || res.Close {
			conn.Close()
			conn = nil
		}
		return strconv.Itoa(res.StatusCode)
	}
}

func oddSender2(t *testing.T, w *world, o oddRequest) string {
	t.Helper()
	return sendHTTP2(t, w, message{fields: head(map[string]string{":path": o.target, ":authority": o.host},
		field{"referer", o.referer}, field{"user-agent", o.agent})})
}
