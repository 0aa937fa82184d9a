package http1

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// A raw request that must be refused, and by which rule.
type refused struct {
	name, sent string
	status     int
	rule       string
}

// refuses sends each request alone: the handler must not be called, the fault must
// be the one, and the connection must end behind the one answer.
func refuses(t *testing.T, table []refused, change ...func(*Server)) {
	t.Helper()
	called := make(chan string, 10)
	faults := make(chan *Fault, 10)
	change = append(change, func(s *Server) {
		s.Refuse = func(w http.ResponseWriter, r *http.Request, f *Fault) {
			faults <- f
			w.WriteHeader(f.Status)
			fmt.Fprintf(w, "%s %s", f.Rule, f.Reason)
		}
	})
	r := serve(t, func(w http.ResponseWriter, r *http.Request) { called <- r.Method + " " + r.RequestURI }, change...)
	for _, tt := range table {
		got := r.ask(t, tt.sent)
		select {
		case request := <-called:
			t.Errorf("%s: taken for %q", tt.name, request)
			continue
		case f := <-faults:
			if f.Status != tt.status || f.Rule != tt.rule {
				t.Errorf("%s: %d %s (%s), want %d %s", tt.name, f.Status, f.Rule, f.Reason, tt.status, tt.rule)
			}
			if strings.Contains(f.Saw+f.Reason, "hush") || len(f.Saw) > 200 {
				t.Errorf("%s: saw %s", tt.name, f.Saw)
			}
		}
		from := bufio.NewReader(strings.NewReader(got))
		res, err := http.ReadResponse(from, &http.Request{Method: tt.sent[:min(4, len(tt.sent))]})
		if err != nil {
			t.Errorf("%s: %v: %q", tt.name, err, got)
			continue
		}
		io.Copy(io.Discard, res.Body)
		if rest, _ := io.ReadAll(from); res.StatusCode != tt.status || !res.Close || len(rest) > 0 {
			t.Errorf("%s: answered %q", tt.name, got)
		}
	}
}

func with(fields string) string { return get + fields + "\r\n" }

func TestRefusedLines(t *testing.T) {
	refuses(t, []refused{
		{"no version", "GET /\r\nHost: a\r\n\r\n", 400, "request-line"},
		{"HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505, "request-line"},
		{"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505, "request-line"},
		{"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, "request-line"},
		{"preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "request-line"},
		{"lower-case http", "GET / http/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
		{"HTTP/1.10", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400, "request-line"},
		{"HTTP/+1.1", "GET / HTTP/+1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
		{"HTTP/1,1", "GET / HTTP/1,1\r\nHost: a\r\n\r\n", 400, "request-line"},
		{"space behind the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400, "request-line"},
		{"two spaces first", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
		{"two spaces last", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
		{"tab between", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
		{"space first", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
		{"method is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
		{"method with a control", "GE\x01T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
		{"long method", strings.Repeat("A", 33) + " / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
		{"CONNECT", "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n", 501, "request-line"},
		{"TLS", "\x16\x03\x01\x02\x00", 400, "request-line"},
		{"two empty lines", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
		{"empty line with LF", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
		{"CR in the line", "GET /\rx HTTP/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
		{"NUL in the line", "GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
	})
}

func TestRefusedTargets(t *testing.T) {
	line := func(target string) string { return "GET " + target + " HTTP/1.1\r\nHost: a.test\r\n\r\n" }
	refuses(t, []refused{
		{"empty", "GET  HTTP/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
		{"space", line("/a b"), 400, "request-line"},
		{"fragment", line("/a#b"), 400, "request-line"},
		{"DEL", line("/a\x7f"), 400, "request-line"},
		{"tab", line("/a\tb"), 400, "request-line"},
		{"not ASCII", line("/\xc3\xbc"), 400, "request-line"},
		{"no path", line("a"), 400, "request-line"},
		{"query alone", line("?a"), 400, "request-line"},
		{"authority", line("a.test:80"), 400, "request-line"},
		{"bad escape", line("/%zz"), 400, "request-line"},
		{"star for GET", line("*"), 400, "request-line"},
		{"star and more", "OPTIONS *x HTTP/1.1\r\nHost: a.test\r\n\r\n", 400, "request-line"},
		{"another scheme", line("ftp://a.test/"), 400, "request-line"},
		{"https in the clear", line("https://a.test/"), 400, "request-line"},
		{"opaque", line("http:a.test/"), 400, "request-line"},
		{"scheme and no host", line("http:///x"), 400, "request-line"},
		{"user", line("http://u@a.test/"), 400, "request-line"},
		{"user and password", line("http://u:hush@a.test/"), 400, "request-line"},
		{"host of the target", line("http://a,b/"), 400, "request-line"},
		{"two hosts", line("http://b.test/"), 400, "host"},
		{"two ports", line("http://a.test:81/"), 400, "host"},
	})
}

func TestRefusedHosts(t *testing.T) {
	host := func(h string) string { return "GET / HTTP/1.1\r\nHost: " + h + "\r\n\r\n" }
	table := []refused{
		{"missing", "GET / HTTP/1.1\r\nX: y\r\n\r\n", 400, "host"},
		{"twice", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "host"},
		{"twice in letters", "GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n", 400, "host"},
		{"empty in HTTP/1.0", "GET / HTTP/1.0\r\nHost:\r\n\r\n", 400, "host"},
	}
	for _, h := range []string{"", "u@a", "a/b", "a,b", "a b", "a\tb", "a:b", "a:0", "a:70000", "a:-1", "a:1:2", "[::1", "::1]", "[]", "[g::1]",
		"[::1]x", "[fe80::1%25eth0]", "a%41", "a\\b", "a?b", "\xc3\xbc", "a\"b", ":80", "a;b", "<a>"} {
		table = append(table, refused{fmt.Sprintf("%q", h), host(h), 400, "host"})
	}
	refuses(t, table)
}

func TestRefusedFields(t *testing.T) {
	table := []refused{
		{"space before the colon", with("X : y\r\n"), 400, "fields"},
		{"tab before the colon", with("X\t: y\r\n"), 400, "fields"},
		{"no colon", with("hush\r\n"), 400, "fields"},
		{"no name", with(": y\r\n"), 400, "fields"},
		{"space in a name", with("X Y: y\r\n"), 400, "fields"},
		{"name with a control", with("X\x01: y\r\n"), 400, "fields"},
		{"name beyond ASCII", with("X\xfc: y\r\n"), 400, "fields"},
		{"name with brackets", with("X[]: y\r\n"), 400, "fields"},
		{"folded by space", with("X: y\r\n z\r\n"), 400, "fields"},
		{"folded by tab", with("X: y\r\n\tz\r\n"), 400, "fields"},
		{"fold of space alone", with("X: y\r\n \r\n"), 400, "fields"},
		{"space first of all", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, "fields"},
		{"NUL in a value", with("X: hush\x00\r\n"), 400, "fields"},
		{"control in a value", with("X: \x1bhush\r\n"), 400, "fields"},
		{"DEL in a value", with("X: hush\x7f\r\n"), 400, "fields"},
		{"CR in a value", with("X: hush\ry\r\n"), 400, "fields"},
		{"CR before CRLF", with("X: hush\r\r\n"), 400, "fields"},
		{"line ends in LF", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "line-endings"},
		{"field ends in LF", with("X: hush\n"), 400, "line-endings"},
		{"head ends in LF", get + "\n", 400, "line-endings"},
		{"all ends in LF", "GET / HTTP/1.1\nHost: a\n\n", 400, "line-endings"},
		{"other expectation", with("Expect: 200-ok\r\n"), 417, "expect"},
		{"two expectations", with("Expect: 100-continue\r\nExpect: 100-continue\r\n"), 417, "expect"},
	}
	for _, name := range []string{"Content_Length", "content_type", "TRANSFER_ENCODING", "Transfer_Encoding", "X_Forwarded_For", "X-Forwarded_Proto",
		"x_real_ip", "Client_Ip", "Sec_Fetch_Site", "X_Http_Method_Override", "Proxy_Authorization", "X_Original_Url", "Remote_User"} {
		table = append(table, refused{name, with(name + ": hush\r\n"), 400, "fields"})
	}
	refuses(t, table)
}

func TestRefusedFraming(t *testing.T) {
	post := func(fields string) string {
		return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
	}
	table := []refused{
		{"length and coding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400, "framing"},
		{"coding and length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400, "framing"},
		{"coding and no length", post("Transfer-Encoding: chunked\r\nContent-Length:\r\n"), 400, "framing"},
		{"two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n"), 400, "framing"},
		{"the same length twice", post("Content-Length: 5\r\nContent-Length: 5\r\n"), 400, "framing"},
		{"coding twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400, "framing"},
		{"coding and another", post("Transfer-Encoding: chunked\r\ntransfer-encoding: x\r\n"), 400, "framing"},
		{"coding not understood", post("Transfer-Encoding: gzip, chunked\r\n"), 501, "framing"},
		{"coding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "framing"},
	}
	for _, v := range []string{"5, 5", "5,5", "+5", "-5", "-0", "0x5", "5_0", "5 5", " 5\t", "\t5", "5.0", "5;", "", "five",
		"9223372036854775808", "99999999999999999999", "00000000000000000005", "\xb2"} {
		table = append(table, refused{fmt.Sprintf("length %q", v), post("Content-Length: " + v + "\r\n"), 400, "framing"})
	}
	for _, v := range []string{"", "xchunked", "chunkedx", "chunked, identity", "identity", "identity, chunked", "chunked, chunked", "chunked,", ",chunked",
		"gzip", "\tchunked", "chunked\t", "chunked;q=1", "\"chunked\"", "chun ked"} {
		table = append(table, refused{fmt.Sprintf("coding %q", v), post("Transfer-Encoding: " + v + "\r\n"), 400, "framing"})
	}
	for _, v := range []string{"\x0bchunked", "chunked\x0c", "\x00chunked"} {
		table = append(table, refused{fmt.Sprintf("coding %q", v), post("Transfer-Encoding: " + v + "\r\n"), 400, "fields"})
	}
	for _, v := range []string{"Content-Length", "transfer-encoding", "Host", "Trailer", "a b", ""} {
		table = append(table, refused{fmt.Sprintf("trailer %q", v), post("Transfer-Encoding: chunked\r\nTrailer: " + v + "\r\n"), 400, "framing"})
	}
	refuses(t, table)
}

func TestRefusedSizes(t *testing.T) {
	small := func(s *Server) { s.MaxHeaderBytes, s.MaxFields = 1000, 10 }
	refuses(t, []refused{
		{"long target", "GET /" + strings.Repeat("a", 2000) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414, "size"},
		{"long field", with("X: " + strings.Repeat("a", 2000) + "\r\n"), 431, "size"},
		{"long field that never ends", get + "X: " + strings.Repeat("a", 20000), 431, "size"},
		{"head just too long", with("X: " + strings.Repeat("a", 1000-len(with("X: \r\n"))+1) + "\r\n"), 431, "size"},
		{"many fields", with(strings.Repeat("X: y\r\n", 10)), 431, "size"},
	}, small)
	refuses(t, []refused{
		{"100 KiB of head", with("X: " + strings.Repeat("a", 100<<10) + "\r\n"), 431, "size"},
		{"201 fields", with(strings.Repeat("X: y\r\n", 200)), 431, "size"},
	})
	for _, fits := range []string{with("X: " + strings.Repeat("a", 1000-len(with("X: \r\n"))) + "\r\n"), with(strings.Repeat("X: y\r\n", 9))} {
		r := serve(t, func(w http.ResponseWriter, r *http.Request) {}, small)
		conn := r.dial(t)
		io.WriteString(conn, fits)
		if res, _ := read(t, bufio.NewReader(conn), "GET"); res.StatusCode != 200 {
			t.Errorf("%.80q of %d: %v", fits, len(fits), res)
		}
	}
}

// TestFieldsOfBrokenTarget: a page of a stranger can have a browser ask for /%zz, and that
// it was a page is told by the fields alone.
func TestFieldsOfBrokenTarget(t *testing.T) {
	told := make(chan *http.Request, 1)
	r := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it is no request") }, func(s *Server) {
		s.Refuse = func(w http.ResponseWriter, r *http.Request, f *Fault) {
			told <- r.Clone(context.Background()) // r serves the next request
			w.WriteHeader(f.Status)
		}
	})
	r.ask(t, "GET /%zz HTTP/1.1\r\nHost: a.test\r\nSec-Fetch-Site: cross-site\r\n\r\n")
	if r := <-told; r.Header.Get("Sec-Fetch-Site") != "cross-site" || r.Host != "a.test" {
		t.Errorf("%q %v", r.Host, r.Header)
	}
}
