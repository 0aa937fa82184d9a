package requests

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pavise"
)

// through sends a request through the rewriting of the control.
func through(t testing.TB, c Client, peer string, lines ...string) *pavise.Exchange {
	t.Helper()
	hooks, err := c.Enforce(pavise.Env{Site: shop})
	if err != nil {
		t.Fatal(err)
	}
	r := request("GET", "/", lines...)
	r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(peer), 4711).String()
	x := &pavise.Exchange{Request: r, Client: netip.MustParseAddr(peer).Unmap().WithZone(""), Host: "shop.example.com"}
	hooks.Rewrite(x)
	return x
}

func TestClientAddress(t *testing.T) {
	const xff = "X-Forwarded-For: "
	tests := []struct {
		want, peer, header string
		lines              []string
	}{
		// Nobody but a trusted peer is believed.
		{"203.0.113.5", "203.0.113.5", "", []string{xff + "1.2.3.4"}},
		{"203.0.113.5", "203.0.113.5", "CF-Connecting-IP", []string{"CF-Connecting-IP: 1.2.3.4"}},
		{"10.0.0.1", "10.0.0.1", "", nil},
		{"1.2.3.4", "10.0.0.1", "", []string{xff + "1.2.3.4"}},
		{"1.2.3.4", "::ffff:10.0.0.1", "", []string{xff + "1.2.3.4"}},
		// From the right over trusted hops, all lines as one list.
		{"1.2.3.4", "10.0.0.1", "", []string{xff + "6.6.6.6, 1.2.3.4, 10.0.0.2"}},
		{"1.2.3.4", "10.0.0.1", "", []string{xff + "6.6.6.6", xff + "1.2.3.4,10.0.0.2", xff + "10.9.9.9"}},
		{"10.0.0.7", "10.0.0.1", "", []string{xff + "10.0.0.7, 10.0.0.2"}},
		{"1.2.3.4", "10.0.0.1", "", []string{xff + "rubbish, , 1.2.3.4"}},
		// Every spelling of an address.
		{"1.2.3.4", "10.0.0.1", "", []string{xff + "1.2.3.4:5678"}},
		{"1.2.3.4", "10.0.0.1", "", []string{xff + "::ffff:1.2.3.4"}},
		{"1.2.3.4", "10.0.0.1", "", []string{xff + "[::ffff:1.2.3.4]:80\t"}},
		{"2001:db8::1", "10.0.0.1", "", []string{xff + "2001:db8::1"}},
		{"2001:db8::1", "10.0.0.1", "", []string{xff + "[2001:db8::1]"}},
		{"2001:db8::1", "10.0.0.1", "", []string{xff + "[2001:DB8:0::1]:443"}},
		{"fe80::1", "10.0.0.1", "", []string{xff + "fe80::1%eth0"}},
		{"1.2.3.4", "10.0.0.1", "", []string{xff + "1.2.3.4, ::ffff:10.0.0.2"}},
		// What is no address ends the walk at who said it.
		{"10.0.0.1", "10.0.0.1", "", []string{xff + "1.2.3.4, unknown"}},
		{"10.0.0.2", "10.0.0.1", "", []string{xff + "1.2.3.4, rubbish, 10.0.0.2"}},
		{"10.0.0.1", "10.0.0.1", "", []string{xff + "1.2.3.4,"}},
		{"10.0.0.1", "10.0.0.1", "", []string{xff + ""}},
		{"10.0.0.1", "10.0.0.1", "", []string{xff + "1.2.3.4.5"}},
		{"10.0.0.1", "10.0.0.1", "", []string{xff + "01.2.3.4"}},
		{"10.0.0.1", "10.0.0.1", "", []string{xff + "0.0.0.0"}},
		{"10.0.0.1", "10.0.0.1", "", []string{xff + "[1.2.3.4]"}},
		{"10.0.0.1", "10.0.0.1", "", []string{xff + "1.2.3.4:99999"}},
		{"10.0.0.1", "10.0.0.1", "", []string{xff + "1.2.3.4 5.6.7.8"}},
		{"10.0.0.1", "10.0.0.1", "", []string{xff + "fe80::1%" + strings.Repeat("z", 1000)}},
		{"10.0.0.3", "10.0.0.1", "", []string{xff + "1.2.3.4" + strings.Repeat(", 10.0.0.3", maxHops)}},
		{"1.2.3.4", "10.0.0.1", "", []string{xff + "1.2.3.4" + strings.Repeat(", 10.0.0.3", maxHops-1)}},
		{"1.2.3.4", "10.0.0.1", "", []string{xff + strings.Repeat("6.6.6.6,", 5000) + "1.2.3.4"}},
		// A name with underscores is another header, and believed by nobody here.
		{"10.0.0.1", "10.0.0.1", "", []string{"X_Forwarded_For: 1.2.3.4"}},
		// Headers with one address.
		{"1.2.3.4", "10.0.0.1", "CF-Connecting-IP", []string{xff + "6.6.6.6", "CF-Connecting-IP: 1.2.3.4"}},
		{"1.2.3.4", "10.0.0.1", "X-Real-IP", []string{"X-Real-IP: 1.2.3.4"}},
		{"10.0.0.1", "10.0.0.1", "True-Client-IP", []string{"True-Client-IP: 1.2.3.4, 5.6.7.8"}},
		{"10.0.0.1", "10.0.0.1", "True-Client-IP", []string{"True-Client-IP: 1.2.3.4", "True-Client-IP: 5.6.7.8"}},
		{"10.0.0.1", "10.0.0.1", "True-Client-IP", []string{xff + "6.6.6.6"}},
		// RFC 7239.
		{"1.2.3.4", "10.0.0.1", "Forwarded", []string{`Forwarded: for=1.2.3.4;proto=https;by=10.0.0.1`}},
		{"1.2.3.4", "10.0.0.1", "Forwarded", []string{`Forwarded: for=6.6.6.6, For="1.2.3.4:80", for=10.0.0.2; proto=http`}},
		{"2001:db8::1", "10.0.0.1", "Forwarded", []string{`Forwarded: for="[2001:db8::1]:47"`}},
		{"1.2.3.4", "10.0.0.1", "Forwarded", []string{`Forwarded: for="`, `Forwarded: for="1.2.3\.4"`}},
		{"10.0.0.1", "10.0.0.1", "Forwarded", []string{`Forwarded: for=", for=1.2.3.4`}},
		{"10.0.0.1", "10.0.0.1", "Forwarded", []string{`Forwarded: for=6.6.6.6;x=", for="1.2.3.4"`}},
		{"10.0.0.1", "10.0.0.1", "Forwarded", []string{`Forwarded: for=6.6.6.6;for=1.2.3.4`}},
		{"10.0.0.1", "10.0.0.1", "Forwarded", []string{`Forwarded: for=1.2.3.4, for=unknown`}},
		{"10.0.0.1", "10.0.0.1", "Forwarded", []string{`Forwarded: for=1.2.3.4, for=_hidden`}},
		{"10.0.0.1", "10.0.0.1", "Forwarded", []string{`Forwarded: for=1.2.3.4,`}},
		{"10.0.0.1", "10.0.0.1", "Forwarded", []string{`Forwarded: for 1.2.3.4`}},
		{"10.0.0.1", "10.0.0.1", "Forwarded", []string{`Forwarded: proto=https`}},
		{"10.0.0.1", "10.0.0.1", "Forwarded", []string{xff + "6.6.6.6"}},
	}
	for _, test := range tests {
		x := through(t, Client{Trust: pavise.Networks{"10.0.0.0/8"}, Header: test.header}, test.peer, test.lines...)
		if x.Client.String() != test.want {
			t.Errorf("%s says %.200q: %s, want %s", test.peer, test.lines, x.Client, test.want)
		}
		told, _ := netip.ParseAddrPort(x.Request.RemoteAddr)
		h := x.Request.Header
		if told.Addr().Unmap() != x.Client || h.Get("X-Forwarded-For") != test.want || h.Get("X-Real-Ip") != test.want || len(h["X-Forwarded-For"]) != 1 {
			t.Errorf("%.200q: the app hears of %s, %q", test.lines, told, h)
		}
	}
}

func TestClientScheme(t *testing.T) {
	const proto = "X-Forwarded-Proto: "
	tests := []struct {
		want, cameBy bool // https
		peer, header string
		lines        []string
	}{
		{true, false, "10.0.0.1", "", []string{proto + "https"}},
		{true, false, "10.0.0.1", "", []string{proto + "HTTPS, https", proto + "https"}},
		{false, false, "10.0.0.1", "", []string{proto + "http"}},
		{false, false, "10.0.0.1", "", []string{proto + "https, http"}},
		{false, false, "10.0.0.1", "", []string{proto + "https", proto + "http"}},
		{false, false, "10.0.0.1", "", []string{proto + "wss"}},
		{false, false, "10.0.0.1", "", nil},
		{true, true, "10.0.0.1", "", nil},
		{false, true, "10.0.0.1", "", []string{proto + "http"}}, // the visitor came in the clear
		{false, false, "203.0.113.5", "", []string{proto + "https"}},
		{true, true, "203.0.113.5", "", []string{proto + "http"}},
		{false, false, "10.0.0.1", "", []string{"X_Forwarded_Proto: https"}},
		{true, false, "10.0.0.1", "Forwarded", []string{"Forwarded: for=1.2.3.4;proto=https"}},
		{false, false, "10.0.0.1", "Forwarded", []string{proto + "https", "Forwarded: for=1.2.3.4"}},
		{false, false, "10.0.0.1", "Forwarded", []string{"Forwarded: for=1.2.3.4;proto=https, for=10.0.0.2;proto=http"}},
		{false, false, "10.0.0.1", "Forwarded", []string{"Forwarded: for=6.6.6.6;proto=https, for=1.2.3.4"}},
	}
	for _, test := range tests {
		hooks, err := Client{Trust: pavise.Networks{"10.0.0.0/8"}, Header: test.header}.Enforce(pavise.Env{Site: shop})
		if err != nil {
			t.Fatal(err)
		}
		x := &pavise.Exchange{Request: request("GET", "/", test.lines...), Client: netip.MustParseAddr(test.peer), Secure: test.cameBy}
		hooks.Rewrite(x)
		want := map[bool]string{true: "https 443", false: "http 80"}[test.want]
		if got := x.Request.Header.Get("X-Forwarded-Proto") + " " + x.Request.Header.Get("X-Forwarded-Port"); x.Secure != test.want || got != want {
			t.Errorf("%s says %q: secure %v, %s; want %s", test.peer, test.lines, x.Secure, got, want)
		}
	}
}

// TestClientClaimsNothing: no name by which an app could be told otherwise arrives
// with what the client wrote.
func TestClientClaimsNothing(t *testing.T) {
	names := []string{"Forwarded", "X-Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port",
		"X-Forwarded-Server", "X-Forwarded-Prefix", "X-Forwarded-User", "X-Real-IP", "X-Client-IP", "Client-IP", "True-Client-IP",
		"CF-Connecting-IP", "Fastly-Client-IP", "X-Cluster-Client-IP", "X-Original-URL", "X-Rewrite-URL", "X-Original-Host", "Front-End-Https"}
	for _, c := range []Client{{}, {Trust: pavise.Networks{"203.0.113.5"}}} {
		for _, peer := range []string{"203.0.113.5", "192.0.2.1"} {
			var lines []string
			for _, name := range names {
				lines = append(lines, name+": mark", name+": mark")
			}
			r := through(t, c, peer, append(lines, "Accept: mark-not")...).Request
			for _, name := range names { // as nobody canonical writes them
				r.Header[strings.ReplaceAll(name, "-", "_")] = []string{"mark"}
			}
			hooks, _ := c.Enforce(pavise.Env{Site: shop})
			hooks.Rewrite(&pavise.Exchange{Request: r, Client: netip.MustParseAddr(peer), Port: 8443})
			for name, values := range r.Header {
				if strings.Contains(strings.Join(values, ""), "mark") && name != "Accept" || strings.Contains(name, "_") {
					t.Errorf("%s: %q arrives", name, values)
				}
			}
			if len(r.Header) != 6 || r.Header.Get("X-Forwarded-Host") != "shop.example.com" || r.Header.Get("X-Forwarded-Port") != "8443" {
				t.Errorf("the app hears %q", r.Header)
			}
		}
	}
}

func TestClientTellsOnce(t *testing.T) {
	told := 0
	hooks, err := Client{Trust: pavise.Networks{"10.0.0.0/8"}}.Enforce(pavise.Env{Site: shop, Now: time.Now, Decide: func(pavise.Decision) { told++ }})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		hooks.Rewrite(&pavise.Exchange{Request: request("GET", "/", "X-Forwarded-For: rubbish"), Client: netip.MustParseAddr("10.0.0.1")})
	}
	if told != 1 {
		t.Errorf("a proxy that names no client is told of %d times", told)
	}
}

func TestClientValidate(t *testing.T) {
	for want, c := range map[string]Client{
		"":                             {Trust: pavise.Networks{"10.0.0.0/8", "fc00::/7", "2001:db8::1"}, Header: "True-Client-IP"},
		"trust: \"nginx\" is neither":  {Trust: pavise.Networks{"nginx"}},
		"0.0.0.0/0 is the whole world": {Trust: pavise.Networks{"0.0.0.0/0"}},
		"::/0 is the whole world":      {Trust: pavise.Networks{"::/0"}},
		"header must be":               {Header: "X-Whatever"},
	} {
		err := c.Validate()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", c, err, want)
		}
	}
	if err := (Client{Trust: pavise.Networks{"x", "y", "::/0"}, Header: "z"}).Validate(); strings.Count(err.Error(), "requests.client: ") != 4 {
		t.Errorf("not every mistake at once, each by its name: %v", err)
	}
}

func TestClientCheck(t *testing.T) {
	e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.example.com"}}
	home, address, host := forgedProbes(e)
	absent, path := pathProbes(e)
	page := func(status int, body string, h ...string) *pavise.Response {
		r := &pavise.Response{Status: status, Body: []byte(body), Header: http.Header{}}
		for _, line := range h {
			r.Header.Set("Location", line)
		}
		return r
	}
	const welcome = "<h1>Welcome to the shop of many words</h1>"
	for name, test := range map[string]struct {
		home, address, host, absent, path *pavise.Response
		want                              [3]pavise.Outcome
	}{
		"believes nothing": {page(200, welcome), page(200, welcome), page(200, welcome), page(404, "no"), page(404, "no"),
			[3]pavise.Outcome{pavise.Pass, pavise.Pass, pavise.Pass}},
		"believes all": {page(200, welcome), page(200, welcome+" 198.51.100.203"), page(302, "", "https://Forwarded-Host.example/"), page(404, "no"), page(200, welcome),
			[3]pavise.Outcome{pavise.Fail, pavise.Fail, pavise.Fail}},
		"one page for all": {page(200, welcome+forgedHost), page(200, welcome), page(200, welcome+forgedHost), page(200, welcome), page(200, welcome),
			[3]pavise.Outcome{pavise.Pass, pavise.Pass, pavise.Skip}},
		"down": {page(503, ""), page(503, ""), page(503, ""), page(503, "x"), page(429, ""),
			[3]pavise.Outcome{pavise.Unknown, pavise.Unknown, pavise.Unknown}},
		"silent": {page(200, welcome), nil, nil, page(404, ""), nil,
			[3]pavise.Outcome{pavise.Unknown, pavise.Unknown, pavise.Unknown}},
	} {
		e := &pavise.Evidence{Target: e.Target}
		for probe, r := range map[*pavise.Probe]*pavise.Response{&home: test.home, &address: test.address, &host: test.host, &absent: test.absent, &path: test.path} {
			if r != nil {
				e.Add(pavise.Answer{Probe: *probe, Response: r})
			}
		}
		expect(t, name, Client{}, e, map[string]pavise.Outcome{"requests.client.address": test.want[0],
			"requests.client.host": test.want[1], "requests.client.path": test.want[2]})
	}
}

// FuzzForwarding: whatever stands in the headers, the client is the peer, or an
// address that is written there, and never what stands left of one that is not
// trusted.
func FuzzForwarding(f *testing.F) {
	for _, s := range []string{"1.2.3.4", "a, 1.2.3.4:80, 10.0.0.2", `for="[::1]";proto=https, for=1.2.3.4`, `for="a\"`, "[", "::ffff:1.2.3.4,,", "%"} {
		f.Add(s, s)
	}
	trusted := pavise.NewNetworkSet([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})
	peer, stranger := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("203.0.113.99")
	f.Fuzz(func(t *testing.T, first, second string) {
		for _, form := range clientHeaders {
			h := http.Header{form.name: {first, second}, "X-Forwarded-Proto": {first}}
			got := form.read(h, trusted, peer)
			if !got.client.IsValid() || got.client.Is4In6() || got.client.Zone() != "" {
				t.Fatalf("%s %q: %v", form.name, h, got)
			}
			// The proxy nearest to us has added whom it saw: that one is the client.
			h[form.name] = []string{first, "203.0.113.99"}
			if form.name == "Forwarded" {
				h[form.name] = []string{first, "for=203.0.113.99"}
			}
			if got := form.read(h, trusted, peer); got.client != stranger && form.name != "X-Real-Ip" && !strings.Contains(form.name, "Client") && !strings.HasPrefix(form.name, "Cf-") {
				t.Fatalf("%s %q: %v", form.name, h, got)
			}
			joined := first + ", 203.0.113.99"
			if form.name == "X-Forwarded-For" {
				if got := form.read(http.Header{form.name: {joined}}, trusted, peer); got.client != stranger {
					t.Fatalf("%q: %v", joined, got)
				}
			}
			if form.name == "Forwarded" { // in one line an open quote may hide it: then nobody is believed
				got := form.read(http.Header{form.name: {first + ", for=203.0.113.99"}}, trusted, peer)
				if got.client != stranger && got.client != peer {
					t.Fatalf("%q: %v", first, got)
				}
			}
		}
	})
}

func BenchmarkClient(b *testing.B) {
	for name, c := range map[string]Client{"alone": {}, "behind": {Trust: pavise.Networks{"10.0.0.0/8"}}} {
		hooks, err := c.Enforce(pavise.Env{Site: shop})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			r := request("GET", "/", "Accept: */*", "User-Agent: x", "Cookie: a=b")
			for b.Loop() {
				r.Header["X-Forwarded-For"] = []string{"203.0.113.9"}
				hooks.Rewrite(&pavise.Exchange{Request: r, Client: netip.MustParseAddr("10.0.0.1")})
			}
		})
	}
}
