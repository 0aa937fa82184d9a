package pavise

import (
	"net/http"
	"strings"
	"testing"
)

// TestShown: where the body tells, the line shows it.
func TestShown(t *testing.T) {
	for want, a := range map[string]Answer{
		"curl -ski --path-as-is 'https://a.test/'": {Probe: Ask(Request{URL: "https://a.test/"}), Response: &Response{Status: 200}},
		`rm -f jar; get() { curl -sk -w '%{http_code} %{redirect_url}\n' "$@"; }; get -b jar -c jar 'https://a.test/'`: {
			Probe: Probe{Journey: &Journey{Steps: []Step{{Request: Request{URL: "https://a.test/"}}}}}},
	} {
		if got := a.Shown().Command; got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

func TestProofOfAnAnswer(t *testing.T) {
	for want, a := range map[string]Answer{
		"curl -sk -o /dev/null -D - --path-as-is 'https://a.test/'": {
			Probe: Ask(Request{URL: "https://a.test/"}), Response: &Response{Status: 200}},
		"curl -ski --path-as-is 'https://a.test/it'\\''s?a=1'": {
			Probe: Ask(Request{URL: "https://a.test/it's?a=1"}), Response: &Response{Status: 404}},
		"curl -ski --path-as-is 'https://a.test/.env' | head -c 9": {
			Probe: Ask(Request{URL: "https://a.test/.env", Keep: 9}), Response: &Response{Status: 200}},
		"curl -ski -H 'Host: b.test' --path-as-is 'https://a.test/'": {
			Probe: Ask(Request{URL: "https://a.test/", Host: "b.test"})},
		"curl -sk -o /dev/null -D - -g --path-as-is 'https://a.test/{one,b}?id[]=1'": { // without -g curl asks for two
			Probe: Ask(Request{URL: "https://a.test/{one,b}?id[]=1"})},
		`curl -sk -o /dev/null -D - -X 'POST' -H 'Cookie: sid=VALUE' --data-binary $'a\x00\x27' --path-as-is 'https://a.test/'`: {
			Probe: Ask(Request{Method: "POST", URL: "https://a.test/", Header: http.Header{"Cookie": {"sid=secret"}}, Body: "a\x00'"})},
		"curl -sk -o /dev/null -D - -X 'POST' -m 10 -H 'Expect: 100-continue' -H 'Content-Length: 99' --path-as-is 'https://a.test/'": {
			Probe: Ask(Request{Method: "POST", URL: "https://a.test/", Announce: 99})},
		`for n in $(seq 11); do curl -sk -o /dev/null -D - -X 'POST' -H 'X-Forwarded-For: 203.0.113.'"$n"'' --data-binary '' --path-as-is 'https://a.test/'; done`: {
			Probe: Ask(Request{Method: "POST", URL: "https://a.test/", Times: 11, Header: http.Header{"X-Forwarded-For": {"203.0.113.{n}"}}})},
		`for n in $(seq 3); do curl -sk -o /dev/null -D - -X 'POST' --data-binary 'a=b&c='"$n"'' --path-as-is 'https://a.test/'; done`: {
			Probe: Ask(Request{Method: "POST", URL: "https://a.test/", Times: 3, Body: "a=b&c={n}"})},
		"curl -sk -o /dev/null -D - --http1.1 -m 10 -H 'Upgrade: websocket' --path-as-is 'https://a.test/'": { // it would stay open
			Probe: Ask(Request{URL: "https://a.test/", Header: http.Header{"Upgrade": {"websocket"}}})},
		`curl -sk -o /dev/null -D - -H 'X-Size: '"$(printf %300s | tr ' ' x)" --path-as-is 'https://a.test/?a='"$(printf %256s | tr ' ' b)"'&c'`: {
			Probe: Ask(Request{URL: "https://a.test/?a=" + strings.Repeat("b", 256) + "&c", Header: http.Header{"X-Size": {strings.Repeat("x", 300)}}})},
		`for n in $(seq 2); do curl -sk -o /dev/null -D - -H $'X: \xc3\xa9'"$n"'' -g --path-as-is $'https://a.test/?\xc3\xa9{n}\x27$(id)'; done`: { // only in fields and the body, and in no word that is quoted otherwise
			Probe: Ask(Request{URL: "https://a.test/?é{n}'$(id)", Times: 2, Header: http.Header{"X": {"é{n}"}}})},
	} {
		if got := a.Proof().Command; got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

// TestQuoteInEveryShell: to a shell without $'…', such as dash, which sh is on Debian, the
// word is a dollar and a string in quotes, and nothing in it ends the string.
func TestQuoteInEveryShell(t *testing.T) {
	for _, hostile := range []string{"\u00e9'; touch pwned; #", "\x00\\'; touch pwned; #", "\u00e9\\", "a\n'$(id)'"} {
		if word := Quote(hostile); !strings.HasPrefix(word, "$'") || !strings.HasSuffix(word, "'") || strings.Count(word, "'") != 2 {
			t.Errorf("%q: %s", hostile, word)
		}
	}
}
