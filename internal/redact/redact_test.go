package redact

import (
	"slices"
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
		"4111 1111 1111…":                   "**** **** 1111…", // cut: what it would have fitted nobody knows
		"411111111111111…":                  "***********1111…",
		"4111%201111%201111%2…":             "****%20****%201111%2…",
		"1700000000…":                       "1700000000…",
		"4111…":                             "4111…",
		"pay%204111111111111111":            "pay%20************1111",
		"100%4111111111111111":              "100%************1111",
		"6 4111-1111-1111-1111":             "* ****-****-****-1111", // thirteen of them fit, too
	} {
		if got := Cards(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestMasks(t *testing.T) {
	long := strings.Repeat("a1", 25)
	for in, want := range map[string]string{
		"/shop/a/b":                   "/shop/a/b",
		"/reset/" + long:              "/reset/***",
		"/u/jane@example.com/x":       "/u/***/x",
		"/x;jsessionid=8D3F":          "/x;jsessionid=***",
		"/static/app.3f2b9c1d.min.js": "/static/app.3f2b9c1d.min.js",
		"/vendors~shop~cart.3f2b9c1d4e5f6a7b8c9d.chunk.css":                                          "/vendors~shop~cart.3f2b9c1d4e5f6a7b8c9d.chunk.css",
		"/_app/" + long + ".WOFF2":                                                                   "/_app/" + long + ".WOFF2",
		"/feed/" + long + ".json":                                                                    "/feed/***",
		"/activate/ImFkYSI:1tEabc:Jx3v0p2yq7kRZ5m1nB8cD4eF6gH9iK-LMNOPQRSTU_s/":                      "/activate/***/",
		"/confirm/ImphbmUi.Z0abcd.kq3v0p2yq7kRZ5m1nB8cD4eF6gH":                                       "/confirm/***",
		"/p/v4.public.eyJkYXRhIjoidGhpcyJ9v3Jt8mx_TdM2ceTGoqwrh4yDFn0XsHvvV_D0DtwQxVrJ":              "/p/***",
		"/bot123456789:AAFx3v0p2yq7kRZ5m1nB8cD4eF6gH9iK-LM/getMe":                                    "/***/getMe",
		"/reset/MQ/c9x2ab-3f2b9c1d4e5f6a7b8c9d0123456789ab/":                                         "/reset/MQ/***/",
		"/reset(" + long + ")/x":                                                                     "/***/x",
		"/a.b/some.long.name.of.a.file.without.any.number.txt":                                       "/a.b/some.long.name.of.a.file.without.any.number.txt",
		"/item/123e4567-e89b-12d3-a456-426614174000":                                                 "/item/123e4567-e89b-12d3-a456-426614174000",
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
		{"masked", "/reset/" + long + "&back=/reset/" + long + ";x&p=/shop/a", "***&back=***&p=/shop/a"},
		{"names", "/reset/" + long + "&/shop/a", "***&/shop/a"},
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

// TestCutSecrets: what is cut is masked as if it were whole, wherever the cut is.
func TestCutSecrets(t *testing.T) {
	const card, token = "4111-1111 1111%2D1111", "a1b2c3d4e5f6a7b8c9d0a1b2c3d4e5f6a7b8c9d0"
	secrets := []string{card, "4111111111111111", token, "jane%40example.com", "jane@example.com"}
	for fill := range maxPath + 8 {
		if most := []int{0, maxReferer, maxPath}; !slices.ContainsFunc(most, func(m int) bool { return m-80 < fill && fill < m+8 }) {
			continue
		}
		before := "/" + strings.Repeat("x/", fill)[:fill]
		for i, secret := range secrets {
			texts := []string{Path(before + secret), Path(before + "/" + secret + "/y"), Referer("https://a.test" + before + "/" + secret + "/"),
				QueryMasked.Of(before + "&v=" + secret + "&w=1"), QueryMasked.Of(before + "&" + secret)}
			if i < 2 {
				texts = append(texts[:3], Cards(Clip("ua "+before+" "+secret+" y", maxReferer)), QueryMasked.Of(before+"&v="+secret))
			}
			for at, text := range texts {
				if strings.Contains(text, secret[:10]) || i > 2 && strings.Contains(text, "jane") {
					t.Fatalf("%d before %s: %d shows %q", fill, secret, at, text[max(0, len(text)-60):])
				}
			}
		}
	}
}

// TestOddBytes: letters whose lower case is longer move nothing.
func TestOddBytes(t *testing.T) {
	for in, want := range map[string]string{
		"/\xff\xff;jsessionid=secret":      "/\xff\xff;jsessionid=***",
		"/\xff;jsessionid=":                "/\xff;jsessionid=***",
		"/Ⱥ/ȺȺ;JSessionID=secret/x":        "/Ⱥ/ȺȺ;JSessionID=***",
		"/;jsessionid":                     "/;jsessionid",
		";jſessionid=x":                    ";jſessionid=x",
		"/a;jsessioni;jsessionid=secret":   "/a;jsessioni;jsessionid=***",
		"/\xff/jane@example.com/\xff/x":    "/\xff/***/\xff/x",
		"/4111\xff/4111111111111111/\xff/": "/4111\xff/************1111/\xff/",
		"http://4111111111111111/":         "http://************1111/",
		"/\u0130;jsessionid=\u0130/secret": "/\u0130;jsessionid=***",
	} {
		if got := Path(in); !strings.HasPrefix(in, "http") && got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if got := Referer(in); got != want {
			t.Errorf("referer %q: %q, want %q", in, got, want)
		}
	}
}

// FuzzRedact: of a card number nothing is left but its end, whatever stands before and
// behind, and nothing grows beyond its bound.
func FuzzRedact(f *testing.F) {
	f.Add("/4111-1111-1111-1111", "4111%201111%201111%201111")
	f.Add("/a/eyJ.a.b", "a=b&c&=&%40")
	f.Add("http://a/\xff;jsessionid=", "\xff;jsessionid=")
	f.Add("/ȺȺ;JSESSIONID=secret", "Ⱥ=Ⱥ")
	f.Add("/"+strings.Repeat("x", maxPath-9), strings.Repeat("x", maxQuery-9))
	const card = "4929812376450134"
	f.Fuzz(func(t *testing.T, before, after string) {
		path, query := before+"/"+card+"/"+after, before+"&v="+card+"&"+after
		for _, text := range []string{Path(path), QueryMasked.Of(query), QueryNames.Of(query), Referer(path), Cards(Clip(path, maxReferer))} {
			if strings.Contains(text, card[:6]) && !strings.Contains(before+after, card[:6]) {
				t.Errorf("still a card in %q", text)
			}
			if len(text) > 2*maxPath {
				t.Errorf("%d bytes", len(text))
			}
		}
	})
}
