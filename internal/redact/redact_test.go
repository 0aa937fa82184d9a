package redact

import (
	"strings"
	"testing"
)

func TestCards(t *testing.T) {
	for in, want := range map[string]string{
		"/pay/4111111111111111/now":         "/pay/************1111/now",
		"4111 1111-1111.1111":               "**** ****-****.1111",
		"a=4111%201111%201111%201111":       "a=****%20****%20****%201111",
		"378282246310005":                   "***********0005",
		"5555555555554444,4111111111111111": "************4444,************1111",
		"4111111111111112":                  "4111111111111112", // Luhn's sum is another
		"1700000000000":                     "1700000000000",    // a moment in milliseconds
		"41111111111111111111111":           "41111111111111111111111",
		"":                                  "",
	} {
		if got := Cards(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestMasks(t *testing.T) {
	long := strings.Repeat("a1", 25)
	for in, want := range map[string]string{
		"/shop/a/b":                                  "/shop/a/b",
		"/reset/" + long:                             "/reset/***",
		"/u/jane@example.com/x":                      "/u/***/x",
		"/x;jsessionid=8D3F":                         "/x;jsessionid=***",
		"/static/app.3f2b9c1d.min.js":                "/static/app.3f2b9c1d.min.js",
		"/item/123e4567-e89b-12d3-a456-426614174000": "/item/123e4567-e89b-12d3-a456-426614174000",
		"/t/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N": "/t/***",
	} {
		if got := Path(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for _, c := range []struct{ mode, in, want string }{
		{"off", "a=1", ""},
		{"names", "page=2&q=shoes&wsdl", "page=***&q=***&wsdl"},
		{"names", long, "***"},
		{"names", "4111111111111111", "************1111"},
		{"masked", "page=2&q=shoes", "page=2&q=shoes"},
		{"masked", "PassWord=1&x%5Fkey=2&to=jane%40a.test&v=" + long, "PassWord=***&x%5Fkey=***&to=***&v=***"},
		{"masked", "n=4111111111111111", "n=************1111"},
	} {
		if got := QueryMode(c.mode).Of(c.in); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.mode, c.in, got, c.want)
		}
	}
	for in, want := range map[string]string{
		"https://jane:pw@a.test/x?y#z": "https://a.test/x",
		"https://a.test":               "https://a.test",
		"/x?token=1":                   "/x",
	} {
		if got := Referer(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// FuzzRedact: no card number is left, and nothing grows beyond its bound.
func FuzzRedact(f *testing.F) {
	f.Add("/4111-1111-1111-1111", "4111%201111%201111%201111")
	f.Add("/a/eyJ.a.b", "a=b&c&=&%40")
	f.Fuzz(func(t *testing.T, path, query string) {
		for _, text := range []string{Path(path), QueryMasked.Of(query), QueryNames.Of(query), Referer(path)} {
			if Cards(text) != text {
				t.Errorf("still a card in %q", text)
			}
			if len(text) > 4*maxPath {
				t.Errorf("%d bytes", len(text))
			}
		}
	})
}
