package proxy

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

type pseudo = map[string]string

// What HTTP/2 and HTTP/3 can say and HTTP/1.1 cannot would be said to the app as
// something else: each of these is refused, or comes to the app as one harmless
// request (RFC 9113 8.2 and 8.3, RFC 9114 4.1.2 to 4.3; CWE-444).
var smuggling = map[string]struct {
	message
	sees string // the app; "" is nothing
}{
	"plain":     {message{fields: head(nil)}, "GET / shop.test"},
	"with body": {message{fields: head(pseudo{":method": "POST"}, field{"content-length", "3"}), data: []string{"ab", "c"}}, "POST / shop.test abc"},
	"with trailers": {message{fields: head(pseudo{":method": "POST"}, field{"trailer", "sum"}), data: []string{"abc"},
		trailers: []field{{"sum", "1"}}}, "POST / shop.test abc"},

	"CR LF in a value":         {message{fields: head(nil, field{"x", "a\r\nsmuggled: 1"})}, ""},
	"LF in a value":            {message{fields: head(nil, field{"x", "a\nsmuggled: 1"})}, ""},
	"CR in a value":            {message{fields: head(nil, field{"x", "a\rsmuggled: 1"})}, ""},
	"NUL in a value":           {message{fields: head(nil, field{"x", "a\x00b"})}, ""},
	"space in a name":          {message{fields: head(nil, field{"smuggled x", "1"})}, ""},
	"colon in a name":          {message{fields: head(nil, field{"smuggled:", "1"})}, ""},
	"CR LF in a name":          {message{fields: head(nil, field{"x: y\r\nsmuggled", "1"})}, ""},
	"NUL in a name":            {message{fields: head(nil, field{"x\x00", "1"})}, ""},
	"no name":                  {message{fields: head(nil, field{"", "1"})}, ""},
	"upper case":               {message{fields: head(nil, field{"Smuggled", "1"})}, ""},
	"connection":               {message{fields: head(nil, field{"connection", "close"})}, ""},
	"keep-alive":               {message{fields: head(nil, field{"keep-alive", "5"})}, ""},
	"proxy-connection":         {message{fields: head(nil, field{"proxy-connection", "close"})}, ""},
	"upgrade":                  {message{fields: head(nil, field{"upgrade", "h2c"})}, ""},
	"te":                       {message{fields: head(nil, field{"te", "gzip"})}, ""},
	"transfer-encoding":        {message{fields: head(pseudo{":method": "POST"}, field{"transfer-encoding", "chunked"}), data: []string{"0\r\n\r\nGET /smuggled"}}, ""},
	"pseudo-header after":      {message{fields: append(head(pseudo{":path": "-"}, field{"x", "1"}), field{":path", "/"})}, ""},
	"two paths":                {message{fields: append(head(nil), field{":path", "/smuggled"})}, ""},
	"two methods":              {message{fields: append(head(nil), field{":method", "POST"})}, ""},
	"two authorities":          {message{fields: append(head(nil), field{":authority", "smuggled.test"})}, ""},
	"two schemes":              {message{fields: append(head(nil), field{":scheme", "http"})}, ""},
	"unknown pseudo-header":    {message{fields: append(head(nil), field{":smuggled", "1"})}, ""},
	"status":                   {message{fields: append(head(nil), field{":status", "200"})}, ""},
	"no method":                {message{fields: head(pseudo{":method": "-"})}, ""},
	"no path":                  {message{fields: head(pseudo{":path": "-"})}, ""},
	"no host":                  {message{fields: head(pseudo{":authority": "-"})}, ""},
	"empty method":             {message{fields: head(pseudo{":method": ""})}, ""},
	"space in the method":      {message{fields: head(pseudo{":method": "GET /smuggled HTTP/1.1"})}, ""},
	"CR LF in the method":      {message{fields: head(pseudo{":method": "GET\r\nsmuggled: 1"})}, ""},
	"tunnel":                   {message{fields: head(pseudo{":method": "CONNECT", ":path": "-", ":scheme": "-"})}, ""},
	"WebSocket by CONNECT":     {message{fields: append(head(pseudo{":method": "CONNECT"}), field{":protocol", "websocket"})}, ""},
	"protocol without CONNECT": {message{fields: append(head(nil), field{":protocol", "websocket"})}, ""},
	"empty path":               {message{fields: head(pseudo{":path": ""})}, ""},
	"path without slash":       {message{fields: head(pseudo{":path": "smuggled"})}, ""},
	"absolute path":            {message{fields: head(pseudo{":path": "https://smuggled.test/"})}, ""},
	"asterisk":                 {message{fields: head(pseudo{":path": "*"})}, ""},
	"CR LF in the path":        {message{fields: head(pseudo{":path": "/ HTTP/1.1\r\nsmuggled: 1"})}, ""},
	"space in the path":        {message{fields: head(pseudo{":path": "/a b"})}, "GET /a%20b shop.test"},
	"space in the query":       {message{fields: head(pseudo{":path": "/?a HTTP/1.1"})}, "GET /?a%20HTTP/1.1 shop.test"},
	"fragment of a query":      {message{fields: head(pseudo{":path": "/?a#b"})}, "GET /?a%23b shop.test"},
	"fragment":                 {message{fields: head(pseudo{":path": "/a#b"})}, "GET /a%23b shop.test"},
	"another host":             {message{fields: head(nil, field{"host", "smuggled.test"})}, "not smuggled"},
	"two hosts":                {message{fields: head(pseudo{":authority": "-"}, field{"host", "shop.test"}, field{"host", "smuggled.test"})}, "not smuggled"},
	"user in the host":         {message{fields: head(pseudo{":authority": "smuggled@shop.test"})}, ""},
	"space in the host":        {message{fields: head(pseudo{":authority": "shop.test smuggled"})}, ""},
	"path in the host":         {message{fields: head(pseudo{":authority": "shop.test/smuggled?"})}, ""},
	"CR LF in the host":        {message{fields: head(pseudo{":authority": "shop.test\r\nsmuggled: 1"})}, ""},
	"odd scheme":               {message{fields: head(pseudo{":scheme": "smuggled"})}, "not smuggled"},
	"CR LF in the scheme":      {message{fields: head(pseudo{":scheme": "https\r\nsmuggled: 1"})}, ""},

	"body longer than announced": {message{fields: head(pseudo{":method": "POST"}, field{"content-length", "3"}),
		data: []string{"abcGET /smuggled HTTP/1.1\r\nHost: shop.test\r\n\r\n"}}, "not smuggled"},
	"second frame longer than announced": {message{fields: head(pseudo{":method": "POST"}, field{"content-length", "3"}),
		data: []string{"abc", "GET /smuggled HTTP/1.1\r\nHost: shop.test\r\n\r\n"}}, "not smuggled"},
	"body shorter than announced": {message{fields: head(pseudo{":method": "POST"}, field{"content-length", "10"}), data: []string{"abc"}}, ""},
	"body announced as none": {message{fields: head(pseudo{":method": "POST"}, field{"content-length", "0"}),
		data: []string{"GET /smuggled HTTP/1.1\r\nHost: shop.test\r\n\r\n"}}, "not smuggled"},
	"GET with a body announced as none": {message{fields: head(nil, field{"content-length", "0"}),
		data: []string{"GET /smuggled HTTP/1.1\r\nHost: shop.test\r\n\r\n"}}, "not smuggled"},
	"GET with a body":                 {message{fields: head(nil), data: []string{"GET /smuggled HTTP/1.1\r\n\r\n"}}, "GET / shop.test GET /smuggled HTTP/1.1"},
	"no body where one was announced": {message{fields: head(nil, field{"content-length", "3"})}, ""},
	"negative length":                 {message{fields: head(pseudo{":method": "POST"}, field{"content-length", "-1"}), data: []string{"abc"}}, ""},
	"signed length":                   {message{fields: head(pseudo{":method": "POST"}, field{"content-length", "+3"}), data: []string{"abc"}}, ""},
	"list of lengths":                 {message{fields: head(pseudo{":method": "POST"}, field{"content-length", "3, 3"}), data: []string{"abc"}}, ""},
	"two lengths": {message{fields: head(pseudo{":method": "POST"}, field{"content-length", "3"}, field{"content-length", "0"}),
		data: []string{"abc"}}, ""},
	"body without a head":         {message{headless: true, data: []string{"abc"}}, ""},
	"pseudo-header in trailers":   {message{fields: head(pseudo{":method": "POST"}), data: []string{"abc"}, trailers: []field{{":path", "/smuggled"}}}, ""},
	"CR LF in trailers":           {message{fields: head(pseudo{":method": "POST"}), data: []string{"abc"}, trailers: []field{{"x", "a\r\nsmuggled: 1"}}}, ""},
	"length in trailers":          {message{fields: head(pseudo{":method": "POST"}, field{"trailer", "content-length"}), data: []string{"abc"}, trailers: []field{{"content-length", "0"}}}, "not smuggled"},
	"coding in trailers":          {message{fields: head(pseudo{":method": "POST"}, field{"trailer", "transfer-encoding"}), data: []string{"abc"}, trailers: []field{{"transfer-encoding", "chunked"}}}, "not smuggled"},
	"trailers that are no names":  {message{fields: head(pseudo{":method": "POST"}, field{"trailer", "smuggled x, a: b"}), data: []string{"abc"}}, "POST / shop.test abc"},
	"trailers that name a length": {message{fields: head(pseudo{":method": "POST"}, field{"trailer", "content-length, transfer-encoding"}), data: []string{"abc"}}, "POST / shop.test abc"},
}

// refusedOver2 are those which HTTP/3 brings to the app, mended, and which HTTP/2
// refuses as HTTP/1.1 does.
var refusedOver2 = []string{"space in the path", "space in the query", "fragment", "fragment of a query", "trailers that are no names", "trailers that name a length"}

func TestNothingIsSmuggled(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	app := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // and no app acts on half a request
		}
		line := strings.TrimSpace(fmt.Sprint(r.Method, " ", r.RequestURI, " ", r.Host, " ", string(body)))
		for name := range r.Header {
			if name == "Smuggled" {
				line += " smuggled"
			}
		}
		mu.Lock() // a smuggled request comes at the same time
		defer mu.Unlock()
		seen = append(seen, line)
	}
	for name, send := range map[string]sender{"HTTP/2.0": sendHTTP2, "HTTP/3.0": sendHTTP3} {
		for what, tt := range smuggling {
			if name == "HTTP/2.0" && slices.Contains(refusedOver2, what) {
				tt.sees = ""
			}
			t.Run(name+" "+what, func(t *testing.T) {
				backend := httptest.NewServer(http.HandlerFunc(app))
				up, _ := ParseUpstream(backend.URL)
				status := send(t, start(t, up, false), tt.message)
				backend.Close() // has answered all
				got := strings.Join(seen, " AND ")
				seen = nil
				want := got == tt.sees
				if tt.sees == "not smuggled" {
					want = !strings.Contains(got, "smuggled") && !strings.Contains(got, "AND")
				}
				if !want || got == "" && status < "4" {
					t.Errorf("answered %s, and the app saw %q, want %q", status, got, tt.sees)
				}
			})
		}
	}
}
