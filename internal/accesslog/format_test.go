package accesslog

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"

	"pavise/internal/meter"
	"pavise/internal/redact"
)

func exchange() meter.Exchange {
	return meter.Exchange{ID: "0f572d9f6779618f", Site: "shop", Client: netip.MustParseAddr("192.0.2.7"), Secure: true, Proto: 2, Method: "POST",
		Host: "shop.example.com", Path: "/cart", Query: "id=7&token=abc", Referer: "https://shop.example.com/a?session=x", UserAgent: "Mozilla/5.0 (X11)",
		Begun: time.Date(2026, 11, 22, 1, 2, 3, 4e6, time.UTC), Took: 12500 * time.Microsecond, Status: 302, Received: 9, Sent: 120,
		Backend: "http://127.0.0.1:3000", Waited: 11 * time.Millisecond}
}

func TestFormats(t *testing.T) {
	e := exchange()
	for name, want := range map[string]string{
		"json": `{"time":"2026-11-22T01:02:03.004Z","id":"0f572d9f6779618f","site":"shop","client":"192.0.2.7","proto":"HTTP/2.0","secure":true,` +
			`"method":"POST","host":"shop.example.com","path":"/cart","query":"id=***&token=***","status":302,"received":9,"sent":120,"duration_ms":12.5,` +
			`"upstream":"http://127.0.0.1:3000","upstream_ms":11,"referer":"https://shop.example.com/a","user_agent":"Mozilla/5.0 (X11)"}`,
		"common":   `192.0.2.7 - - [22/Nov/2026:01:02:03 +0000] "POST /cart?id=***&token=*** HTTP/2.0" 302 120`,
		"combined": `192.0.2.7 - - [22/Nov/2026:01:02:03 +0000] "POST /cart?id=***&token=*** HTTP/2.0" 302 120 "https://shop.example.com/a" "Mozilla/5.0 (X11)"`,
	} {
		if got := string(formats[name](nil, &e, redact.QueryNames)); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}

// FuzzLine: whatever strangers send, a line is one, of a bounded length, steers no terminal,
// has no card number in it, and as JSON it can be read.
func FuzzLine(f *testing.F) {
	f.Add("GET", "a.test", "/x\n{\"a\":1}", "q=\x1b[2J", "https://a/\u2028", "ua\x00\xff\u202e")
	f.Add("4111111111111111", "4111111111111111", "/4111-1111-1111-1111", "4111%201111%201111%201111", "4111111111111111", "4111 1111 1111 1111")
	f.Add("G", "\xff", "/\xff;jsessionid=", "Ⱥ=Ⱥ", "http://a/Ⱥ;jsessionid=", "4111 1111 1111 11")
	const card = "4929812376450134"
	f.Fuzz(func(t *testing.T, method, host, path, query, referer, agent string) {
		own := strings.Contains(method+host+path+query+referer+agent, card[:6])
		e := exchange()
		e.Method, e.Host, e.Path, e.Query = method+"/"+card, host+":"+card, path+"/"+card, query+"&v="+card
		e.Referer, e.UserAgent = referer+"/"+card, agent+"/"+card
		for name, format := range formats {
			for _, q := range []redact.QueryMode{redact.QueryOff, redact.QueryNames, redact.QueryMasked} {
				line := string(format(nil, &e, q))
				if len(line) > 30<<10 {
					t.Fatalf("%s: %d bytes", name, len(line))
				}
				for _, r := range line {
					if unicode.IsControl(r) || r == '\u2028' || r == '\u202e' {
						t.Fatalf("%s: %q", name, line)
					}
				}
				if strings.Contains(line, card[:6]) && !own {
					t.Fatalf("%s: a card in %q", name, line)
				}
				if name == "json" && !json.Valid([]byte(line)) {
					t.Fatalf("no JSON: %s", line)
				}
			}
		}
	})
}
