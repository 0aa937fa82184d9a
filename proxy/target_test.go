package proxy

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// rawRequest sends the bytes of one HTTP/1.1 request to the proxy and returns
// the whole answer. The request must ask to close the connection.
func rawRequest(t *testing.T, w *world, request string) string {
	t.Helper()
	conn := rawConn(t, w)
	io.WriteString(conn, request)
	answer, _ := io.ReadAll(conn)
	return string(answer)
}

// startSaying stands in front of an app that says what it was asked for.
func startSaying(t *testing.T, what func(*http.Request) string, change ...func(*Config)) *world {
	t.Helper()
	return behind(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "app: %s", what(r)) }, false, change...)
}

func TestTargetThatHidesAnotherIsRefused(t *testing.T) {
	w := startSaying(t, func(r *http.Request) string { return r.Host + r.URL.Path })
	for _, target := range []string{"x:http://evil.test/.git/config", "http:http://evil.test/.git/config", "x:y"} {
		for _, upgrade := range []string{"close\r\n", "close, Upgrade\r\nUpgrade: websocket\r\n"} {
			answer := rawRequest(t, w, "GET "+target+" HTTP/1.1\r\nHost: shop.test\r\nConnection: "+upgrade+"\r\n")
			if !strings.Contains(w.log.String(), "neither a path nor an address") || !strings.HasPrefix(answer, "HTTP/1.1 400 ") || strings.Contains(answer, "app:") || !strings.Contains(answer, "\r\nMark: shop.test\r\n") {
				t.Errorf("GET %s is answered %q", target, answer)
			}
		}
	}
}

func TestTargetKeepsItsEscapes(t *testing.T) {
	w := startSaying(t, func(r *http.Request) string { return r.RequestURI })
	for target, want := range map[string]string{
		"/a%2Fb":              "/a%2Fb",
		"/a%2Fb|c?x=%2F|":     "/a%2Fb%7Cc?x=%2F|",
		"/\xc3\xa9%2fx":       "/%C3%A9%2fx",
		"/%7B%2e%2e%2F{id}":   "/%7B%2e%2e%2F%7Bid%7D",
		"/a|b":                "/a%7Cb",
		"//x/../y;z=[1]?&a=;": "//x/../y;z=[1]?&a=;",
	} {
		answer := rawRequest(t, w, "GET "+target+" HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n")
		if !strings.HasSuffix(answer, "\r\n\r\napp: "+want) {
			t.Errorf("GET %s reaches the app otherwise: %q", target, answer)
		}
	}
}

func TestBlankInAQueryStaysInIt(t *testing.T) {
	u := &url.URL{Path: "/", RawQuery: "a HTTP/1.0"} // as HTTP/2 may bring it
	if spell(u); u.RequestURI() != "/?a%20HTTP/1.0" {
		t.Error(u.RequestURI())
	}
}

func TestWhatAClientClaimsNeverArrives(t *testing.T) {
	w := startSaying(t, func(r *http.Request) string {
		var lines []string
		for name, values := range r.Header {
			if key := strings.ReplaceAll(name, "_", "-"); strings.HasPrefix(key, "X-") || strings.EqualFold(key, "Client-Ip") {
				lines = append(lines, fmt.Sprint(strings.ToLower(name), values))
			}
		}
		slices.Sort(lines)
		return strings.Join(lines, " ")
	})
	answer := rawRequest(t, w, "GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close, X-Real-Ip, X-Request-Id, X-Forwarded-For\r\n"+
		"X_Forwarded_For: 6.6.6.6\r\nX-Forwarded-User: root\r\nX_Request_Id: mine\r\nX-Forwarded_Proto: http\r\nClient-IP: 6.6.6.6\r\nX-Real-Ip: 6.6.6.6\r\nX-Request-Id: mine\r\n\r\n")
	if want := "app: x-forwarded-for[127.0.0.1] x-forwarded-host[shop.test] x-forwarded-port[443] x-forwarded-proto[https] x-real-ip[127.0.0.1] x-request-id["; !strings.Contains(answer, want) || strings.Contains(answer, "mine") {
		t.Errorf("want %q in %q", want, answer)
	}
}

// TestTrailersClaimNothing: no control has looked at a trailer, so only what was
// announced arrives, and no claim, no credential.
func TestTrailersClaimNothing(t *testing.T) {
	w := startSaying(t, func(r *http.Request) string {
		io.Copy(io.Discard, r.Body)
		return fmt.Sprint(r.Trailer)
	})
	for announced, want := range map[string]string{
		"":                 "map[]",
		"Trailer: Sum\r\n": "map[Sum:[1]]",
		"Trailer: Sum, X-Forwarded-For, Cookie, X_Real_Ip, Sec-Fetch-Site, Origin\r\n": "map[Sum:[1]]",
	} {
		answer := rawRequest(t, w, "POST / HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n"+announced+"Connection: close\r\n\r\n"+
			"1\r\nx\r\n0\r\nSum: 1\r\nX-Forwarded-For: 6.6.6.6\r\nCookie: sid=evil\r\nX_Real_Ip: 6.6.6.6\r\nSec-Fetch-Site: none\r\nOrigin: x\r\n\r\n")
		if !strings.HasSuffix(answer, "app: "+want) {
			t.Errorf("%q: %q", announced, answer)
		}
	}
}
