package requests

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"pavise"
)

// request builds a request from lines of "Name: value".
func request(method, target string, lines ...string) *http.Request {
	r := httptest.NewRequest(method, "https://shop.example.com"+target, nil)
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	return r
}

func TestOriginAdmit(t *testing.T) {
	const (
		own     = "Origin: https://shop.example.com"
		foreign = "Origin: https://attacker.example"
		trusted = "Origin: https://pay.example.com"
		cookie  = "Cookie: sid=1"
		upgrade = "Upgrade: websocket"
	)
	site := func(v string) string { return "Sec-Fetch-Site: " + v }
	tests := []struct {
		passes bool
		method string
		lines  []string
	}{
		// Safe methods pass, whoever asks.
		{true, "GET", []string{site("cross-site"), foreign, cookie}},
		{true, "HEAD", []string{site("cross-site"), foreign, cookie}},
		{true, "OPTIONS", []string{site("cross-site"), foreign}},
		{false, "TRACE", []string{site("cross-site")}},
		{false, "get", []string{site("cross-site")}},
		// Sec-Fetch-Site decides.
		{true, "POST", []string{site("same-origin"), own, cookie}},
		{true, "POST", []string{site("same-origin"), cookie}},
		{true, "POST", []string{site("none"), cookie}},
		{true, "POST", []string{site("same-origin"), "Origin: null", cookie}},
		{false, "POST", []string{site("cross-site")}},
		{false, "POST", []string{site("same-site"), cookie}},
		{false, "DELETE", []string{site("cross-site"), own}},
		{false, "POST", []string{site("")}},
		{false, "POST", []string{site("Same-Origin")}},
		{false, "POST", []string{site("same-origin"), site("same-origin")}},
		{false, "POST", []string{site("same-origin"), site("cross-site")}},
		{false, "POST", []string{site("same-origin"), foreign}},
		{false, "POST", []string{site("none"), foreign}},
		// Then Origin, with scheme and port.
		{true, "POST", []string{own, cookie}},
		{false, "POST", []string{foreign}},
		{false, "POST", []string{"Origin: null"}},
		{false, "POST", []string{"Origin: "}},
		{false, "POST", []string{"Origin: http://shop.example.com", cookie}},
		{false, "POST", []string{"Origin: https://shop.example.com:8443", cookie}},
		{false, "POST", []string{"Origin: https://www.shop.example.com", cookie}},
		{false, "POST", []string{"Origin: https://shop.example.com.attacker.example"}},
		{false, "POST", []string{own, own}},
		{false, "POST", []string{own, foreign}},
		// Neither: only without what a browser adds by itself.
		{true, "POST", nil},
		{true, "POST", []string{"Authorization: Bearer x"}},
		{true, "POST", []string{"Referer: https://attacker.example/"}},
		{false, "POST", []string{cookie, "Referer: https://shop.example.com/"}},
		{false, "POST", []string{"Authorization: Basic eDp5"}},
		{false, "POST", []string{"Authorization: NEGOTIATE x"}},
		// A method that no form sends: browsers never leave Origin out.
		{true, "PUT", []string{"Authorization: Basic eDp5"}},
		{true, "DELETE", []string{cookie}},
		{true, "PROPFIND", []string{"Authorization: Digest x"}},
		{false, "PUT", []string{cookie, foreign}},
		{false, "DELETE", []string{cookie, site("cross-site")}},
		{false, "PATCH", []string{cookie, "Origin: null"}},
		{false, "PUT", []string{cookie, upgrade}},
		// Trusted origins may send, whatever the browser calls them.
		{true, "POST", []string{site("same-site"), trusted, cookie}},
		{true, "POST", []string{site("cross-site"), trusted, cookie}},
		{true, "POST", []string{trusted, cookie}},
		{false, "POST", []string{site("same-site"), "Origin: http://pay.example.com"}},
		// Upgrades.
		{true, "GET", []string{upgrade, own, cookie}},
		{true, "GET", []string{upgrade}},
		{true, "GET", []string{upgrade, trusted, cookie}},
		{true, "GET", []string{upgrade, own, site("same-origin")}},
		{false, "GET", []string{upgrade, foreign}},
		{false, "GET", []string{upgrade, cookie}},
		{false, "GET", []string{upgrade, own, site("cross-site")}},
		{false, "GET", []string{"Upgrade: anything", foreign}},
		{false, "CONNECT", []string{foreign, cookie}},
	}
	c := Origin{Trust: []string{"https://pay.example.com"}}
	for _, test := range tests {
		refusal := admit(t, c, shop, request(test.method, "/x", test.lines...))
		if (refusal == nil) != test.passes {
			t.Errorf("%s %q: %v, want passes %v", test.method, test.lines, refusal, test.passes)
		}
		if refusal != nil && (refusal.Status != 403 || refusal.Reason == "" || refusal.Saw == "" || len(refusal.Saw) > 200) {
			t.Errorf("%s %q: a poor refusal: %+v", test.method, test.lines, refusal)
		}
	}
	if _, err := c.Enforce(pavise.Env{}); err == nil {
		t.Error("a site without hosts is taken")
	}
}

func TestOriginPortAndUnknownHost(t *testing.T) {
	site := pavise.Site{Hosts: []string{"shop.localhost"}, HTTPS: 8443}
	r := request("POST", "/", "Origin: https://shop.localhost:8443")
	r.Host = "shop.localhost:8443"
	if refusal := admit(t, Origin{}, site, r); refusal != nil {
		t.Error(refusal)
	}
	// A name that is bound anew to our address is no name of ours.
	r = request("POST", "/", "Origin: https://rebound.example", "Sec-Fetch-Site: same-origin")
	r.Host = "rebound.example"
	if admit(t, Origin{}, site, r) == nil {
		t.Error("an unknown host is its own origin")
	}
}

func TestOriginValidate(t *testing.T) {
	for origin, want := range map[string]string{
		"https://pay.example.com":      "",
		"https://pay.example.com:8443": "",
		"https://[2001:db8::1]:8443":   "",
		"http://localhost:3000":        "",
		"http://127.0.0.1:3000":        "",
		"capacitor://localhost":        "",
		"http://pay.example.com":       "in the clear",
		"https://pay.example.com:443":  `"https://pay.example.com"`,
		"https://pay.example.com/":     "such as",
		"https://Pay.example.com":      "such as",
		"https://*.example.com":        "such as",
		"https://u@pay.example.com":    "such as",
		"https://pay.example.com:":     "such as",
		"https://":                     "such as",
		"pay.example.com":              "such as",
		"null":                         "such as",
		"*":                            "such as",
		"":                             "such as",
	} {
		err := Origin{Trust: []string{origin}}.Validate()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", origin, err, want)
		}
	}
	if err := (Origin{Trust: []string{"x", "y"}}).Validate(); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("not every mistake at once: %v", err)
	}
}

func TestOriginCheckForm(t *testing.T) {
	found := func(status int, rest ...string) *pavise.Response {
		r := &pavise.Response{Status: status, Header: http.Header{}}
		for _, s := range rest {
			if strings.HasPrefix(s, "/") {
				r.Header.Set("Location", s)
			} else {
				r.Body = []byte(s)
			}
		}
		return r
	}
	tests := map[string]struct {
		form                  bool
		own, foreign, sibling *pavise.Response
		want                  pavise.Outcome
	}{
		"everybody may":            {true, found(302, "/account?a"), found(302, "/account?b"), found(302, "/account"), pavise.Fail},
		"everybody is read":        {true, found(400, "name missing"), found(400, "name missing"), found(400), pavise.Fail},
		"everybody is known":       {true, found(401), found(401), found(401), pavise.Fail},
		"only the site may":        {true, found(302, "/account"), found(403), found(403), pavise.Pass},
		"siblings may":             {true, found(200), found(403), found(200), pavise.Fail},
		"a token is wanted":        {true, found(403), found(403), found(403), pavise.Pass},
		"a token is wanted, 419":   {true, found(419), found(419), found(419), pavise.Pass},
		"a token is wanted, 400":   {true, found(400, "The CSRF token is missing."), found(400, "The CSRF token is missing."), found(400, "csrf"), pavise.Pass},
		"the form is not there":    {true, found(404), found(404), found(404), pavise.Unknown},
		"too many came":            {true, found(429), found(429), found(429), pavise.Unknown},
		"too many came later":      {true, found(200), found(429), found(429), pavise.Unknown},
		"down":                     {true, found(503), found(503), found(503), pavise.Unknown},
		"led elsewhere":            {true, found(302, "/account"), found(302, "/login"), found(302, "/login"), pavise.Unknown},
		"not answered":             {true, found(302), nil, found(403), pavise.Unknown},
		"no form, refused":         {false, found(404), found(403), found(403), pavise.Pass},
		"no form, alike":           {false, found(404), found(404), found(404), pavise.Skip},
		"no form, all refused":     {false, found(403), found(403), found(403), pavise.Skip},
		"no form, siblings passed": {false, found(404), found(403), found(404), pavise.Skip},
	}
	for name, test := range tests {
		e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.example.com"}}
		home := &pavise.Response{Status: 200, Forms: []pavise.Form{
			{Action: "https://shop.example.com/search", Method: "GET"},
			{Action: "https://elsewhere.example/login", Method: "POST", Password: true},
			{Action: "https://shop.example.com/account/delete", Method: "POST", Password: true},
		}}
		if test.form {
			home.Forms = append(home.Forms, pavise.Form{Action: "https://shop.example.com/login", Method: "POST", Password: true})
		}
		e.Add(pavise.Answer{Probe: pavise.Ask(pavise.Request{URL: "https://shop.example.com/"}), Response: home})
		probes := Origin{}.Probes(e)
		for i, r := range []*pavise.Response{test.own, test.foreign, test.sibling} {
			if got := probes[i].Request; got.Body != "" || strings.HasSuffix(got.URL, "/login") != test.form {
				t.Fatalf("%s: asks %+v", name, got)
			}
			if r != nil {
				e.Add(pavise.Answer{Probe: probes[i], Response: r})
			}
		}
		expect(t, name, Origin{}, e, map[string]pavise.Outcome{
			"requests.origin.form": test.want, "requests.origin.websocket": pavise.Skip})
	}
}

func TestOriginCheckSocket(t *testing.T) {
	for name, test := range map[string]struct {
		own, foreign, sibling int
		want                  pavise.Outcome
	}{
		"open to all":     {101, 101, 101, pavise.Fail},
		"open to kin":     {101, 403, 101, pavise.Fail},
		"open to its own": {101, 403, 403, pavise.Pass},
		"never open":      {401, 401, 401, pavise.Unknown},
		"behind a login":  {401, 403, 403, pavise.Pass},
		"not answered":    {101, 0, 403, pavise.Unknown},
	} {
		e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.example.com"}}
		e.Add(pavise.Answer{Probe: pavise.Ask(pavise.Request{URL: "https://shop.example.com/"}),
			Response: &pavise.Response{Status: 200, Sockets: []string{"https://elsewhere.example/ws", "https://shop.example.com/ws"}}})
		probes := Origin{}.Probes(e)
		for i, status := range []int{test.own, test.foreign, test.sibling} {
			if a := (pavise.Answer{Probe: probes[3+i], Response: &pavise.Response{Status: status}}); status != 0 {
				e.Add(a)
			}
		}
		expect(t, name, Origin{}, e, map[string]pavise.Outcome{
			"requests.origin.form": pavise.Unknown, "requests.origin.websocket": test.want})
	}
}

func TestOriginAsksAfterTheSiteHasSpoken(t *testing.T) {
	e := &pavise.Evidence{Target: pavise.Target{URL: "https://127.0.0.1:8443"}}
	if probes := (Origin{}).Probes(e); len(probes) != 0 {
		t.Errorf("asks %d things of nobody", len(probes))
	}
	e.Add(pavise.Answer{Probe: pavise.Ask(pavise.Request{URL: "https://127.0.0.1:8443/"}), Response: &pavise.Response{Status: 200}})
	if probes := (Origin{}).Probes(e); len(probes) != 2 {
		t.Errorf("asks %d things of an address, which has no siblings: want 2", len(probes))
	}
}

// FuzzOrigin tries to have a foreign origin let in.
func FuzzOrigin(f *testing.F) {
	f.Add("POST", "same-origin", "https://attacker.example", "sid=1", false)
	f.Add("GET", "none", "null", "", true)
	f.Add("PUT", "", "https://shop.example.com", "a", false)
	hooks, err := Origin{Trust: []string{"https://pay.example.com"}}.Enforce(pavise.Env{Site: shop})
	if err != nil {
		f.Fatal(err)
	}
	good := []string{"https://shop.example.com", "https://pay.example.com"}
	f.Fuzz(func(t *testing.T, method, site, origin, cookie string, upgrade bool) {
		r := &http.Request{Method: method, Host: "shop.example.com", Header: http.Header{}}
		for name, value := range map[string]string{"Sec-Fetch-Site": site, "Origin": origin, "Cookie": cookie} {
			if value != "" {
				r.Header[name] = []string{value}
			}
		}
		if upgrade {
			r.Header["Upgrade"] = []string{"websocket"}
		}
		if safe(method) && !upgrade {
			return
		}
		passed := hooks.Admit(&pavise.Exchange{Request: r, Host: "shop.example.com"}) == nil
		vouched := site == "same-origin" || site == "none"
		switch {
		case !passed || slices.Contains(good, origin) && (site == "" || vouched || origin == good[1]):
		case vouched && (origin == "" || origin == "null"):
		case site == "" && origin == "" && cookie == "":
		default:
			t.Errorf("%s passes with site %q, origin %q, cookie %q, upgrade %v", method, site, origin, cookie, upgrade)
		}
	})
}

func BenchmarkOrigin(b *testing.B) {
	hooks, err := Origin{}.Enforce(pavise.Env{Site: shop})
	if err != nil {
		b.Fatal(err)
	}
	for name, r := range map[string]*http.Request{
		"get":         request("GET", "/?q=100%25", "Cookie: sid=1"),
		"post":        request("POST", "/", "Sec-Fetch-Site: same-origin", "Origin: https://shop.example.com"),
		"post-origin": request("POST", "/", "Origin: https://shop.example.com"),
	} {
		x := &pavise.Exchange{Request: r, Host: "shop.example.com", Secure: true}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := hooks.Admit(x); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
