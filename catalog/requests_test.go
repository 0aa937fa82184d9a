package catalog_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/controls/requests"
	"pavise/internal/authority"
	"pavise/proxy"
	"pavise/test/servers"
)

// whole is a proxy with every control on, in front of an app that says of whom it
// hears; client is the setting of requests.client.
func whole(t *testing.T, client requests.Client) (server *proxy.Server, lines *servers.Record) {
	t.Helper()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "app: ", r.Method, r.Header["X-Forwarded-For"], r.Header["X-Forwarded-Proto"], r.Header["X-Forwarded-Port"])
	}))
	t.Cleanup(app.Close)
	up, err := proxy.ParseUpstream(app.URL)
	if err != nil {
		t.Fatal(err)
	}
	local, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	policy := pavise.Recommend(catalog.Controls())
	for i := range policy {
		if _, ok := policy[i].Control.(requests.Client); ok {
			policy[i].Control = client
		}
	}
	hosts, lines := []string{"shop.localhost"}, new(servers.Record)
	server, err = proxy.Start(proxy.Config{HTTPS: "127.0.0.1:0", HTTP: "127.0.0.1:0",
		Journal: proxy.NewJournal(slog.New(slog.NewTextHandler(lines, nil)), nil),
		Sites:   []proxy.Site{{Hosts: hosts, Upstream: up, Certificate: local.Leaf(hosts), Policy: policy}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop(t.Context()) })
	return server, lines
}

// TestBehindAnotherProxy: a proxy that is trusted, and it alone, says who the client
// is and that it came by https, so that nothing is led to https for ever.
func TestBehindAnotherProxy(t *testing.T) {
	for name, test := range map[string]struct {
		trust  pavise.Networks
		proto  string
		status int
		want   string
	}{
		"trusted":         {pavise.Networks{"127.0.0.0/8"}, "https", 200, "app: GET[203.0.113.9] [https] [443]"},
		"came in clear":   {pavise.Networks{"127.0.0.0/8"}, "http", 308, ""},
		"trusted another": {pavise.Networks{"10.0.0.0/8"}, "https", 308, ""},
		"trusted none":    {nil, "https", 308, ""},
	} {
		server, lines := whole(t, requests.Client{Trust: test.trust})
		ask := func(path string) (*http.Response, string) {
			req, _ := http.NewRequest("GET", "http://"+server.HTTP().String()+path, nil)
			req.Host = "shop.localhost"
			req.Header.Set("X-Forwarded-For", "6.6.6.6, 203.0.113.9")
			req.Header.Set("X-Forwarded-Proto", test.proto)
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			return res, string(body)
		}
		res, body := ask("/")
		if res.StatusCode != test.status || test.want != "" && body != test.want || (res.Header.Get("Strict-Transport-Security") != "") != (test.status == 200) {
			t.Errorf("%s: %d %s %v", name, res.StatusCode, body, res.Header)
		}
		if test.status != 200 {
			continue
		}
		if ask("/?id=1&id=2"); !strings.Contains(lines.String(), "client=203.0.113.9") {
			t.Errorf("%s: the log names another: %s", name, lines)
		}
	}
}

// TestOddMethods: what is no method is answered by us, also where HTTP/2 can bring
// bytes that would end a line of HTTP/1.1.
func TestOddMethods(t *testing.T) {
	for method, want := range map[string]string{"PURGE": "status=501", "TRACE": "status=405", "GE T": "status=400", "G(T)": "status=400", "GET / HTTP/1.1": "status=400"} {
		server, lines := whole(t, requests.Client{})
		conn, err := tls.Dial("tcp", server.HTTPS().String(), &tls.Config{InsecureSkipVerify: true, ServerName: "shop.localhost", NextProtos: []string{"h2"}})
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		var block []byte
		for _, f := range [...]string{":method", method, ":scheme", "https", ":authority", fmt.Sprint("shop.localhost:", server.HTTPS().Port), ":path", "/"} {
			if f[0] == ':' {
				block = append(block, 0) // a literal with its name (RFC 7541 6.2.2)
			}
			block = append(append(block, byte(len(f))), f...)
		}
		const settings, headers, ends = 4, 1, 5 // END_STREAM and END_HEADERS
		io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
		conn.Write([]byte{0, 0, 0, settings, 0, 0, 0, 0, 0})
		conn.Write(append([]byte{0, 0, byte(len(block)), headers, ends, 0, 0, 0, 1}, block...))
		for kind := byte(0); kind != headers; { // RFC 9113 4.1
			head := make([]byte, 9)
			if _, err := io.ReadFull(conn, head); err != nil {
				t.Fatalf("%q is not answered: %v", method, err)
			}
			kind = head[3]
			io.CopyN(io.Discard, conn, int64(head[0])<<16|int64(head[1])<<8|int64(head[2]))
		}
		control := "control=requests.methods"
		if want == "status=400" {
			control = "control=transport.strict"
		}
		if !strings.Contains(lines.String(), want) || !strings.Contains(lines.String(), control) {
			t.Errorf("%q: want %s in %s", method, want, lines)
		}
		conn.Close()
	}
}
