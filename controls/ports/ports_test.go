package ports

import (
	"net/http"
	"strings"
	"testing"

	"pavise"
)

type control interface {
	pavise.Control
	pavise.Prober
	pavise.Checker
}

var controls = []control{App{}, Database{}, Admin{}, Services{}}

func at(host, ports string) *pavise.Evidence {
	return &pavise.Evidence{Target: pavise.Target{URL: "https://" + host, Clear: "http://" + host, TLS: host + ":443", Ports: ports}}
}

// swept is evidence of a sweep that came to this.
func sweptAt(host, ports string, s pavise.Sweep) *pavise.Evidence {
	e := at(host, ports)
	p, _ := sweep(e.Target)
	e.Add(pavise.Answer{Probe: p, Sweep: &s})
	e.Add(pavise.Answer{Probe: e.Target.Home(), Response: &pavise.Response{Status: 200, Body: []byte(home),
		Header: http.Header{"Set-Cookie": {"__Host-basket=1; Path=/; Secure"}}}})
	return e
}

const home = "<title>Shields and bucklers</title>"

func outcomes(c pavise.Checker, e *pavise.Evidence) map[string]pavise.Outcome {
	list := map[string]pavise.Outcome{}
	for _, f := range c.Check(e) {
		if list[f.Rule] == 0 || f.Outcome == pavise.Fail {
			list[f.Rule] = f.Outcome
		}
	}
	return list
}

// TestWhichPorts: a few by default, none of one's own machine, and those that were named.
func TestWhichPorts(t *testing.T) {
	for _, test := range []struct{ host, ports, want string }{
		{"shop.example.com", "", top}, {"shop.example.com", "top", top}, {"shop.example.com", "all", "1-65535"},
		{"shop.example.com", "none", ""}, {"shop.example.com", "22", "22"}, {"shop.localhost", "", ""}, {"127.0.0.1", "", ""},
		{"shop.localhost", "top", top}, {"shop.localhost", "22,80", "22,80"},
	} {
		for _, c := range controls {
			e := at(test.host, test.ports)
			list := ""
			if probes := c.Probes(e); len(probes) > 0 {
				list = probes[0].Ports.List
			}
			if list != test.want {
				t.Errorf("%T: %s %q: %q", c, test.host, test.ports, list)
			}
			for _, f := range c.Check(e) {
				if want := map[bool]pavise.Outcome{true: pavise.Skip, false: pavise.Unknown}[test.want == ""]; f.Outcome != want {
					t.Errorf("%s: %s %q: %s", f.Rule, test.host, test.ports, f.Outcome)
				}
			}
		}
	}
	if list, err := pavise.ParsePorts(top); err != nil || len(list) > 30 {
		t.Errorf("%d ports, %v", len(list), err)
	}
}

// TestNameOfOwnMachine: a name may turn out to be this machine, and then its ports say
// nothing unless they were asked for.
func TestNameOfOwnMachine(t *testing.T) {
	s := pavise.Sweep{Address: "127.0.0.1", Open: []pavise.Service{{Port: 6379, Name: "redis", Banner: []byte("+PONG\r\n")}}}
	for ports, want := range map[string]pavise.Outcome{"": pavise.Skip, "top": pavise.Fail} {
		if got := outcomes(Database{}, sweptAt("shop.example.com", ports, s))["ports.database.reachable"]; got != want {
			t.Errorf("%q: %s", ports, got)
		}
	}
}

func TestServices(t *testing.T) {
	for _, test := range []struct {
		service pavise.Service
		fails   string // the rules, without their family
	}{
		{pavise.Service{Port: 6379, Name: "redis", Banner: []byte("+PONG\r\n")}, "database.reachable database.unguarded"},
		{pavise.Service{Port: 6379, Name: "redis", Banner: []byte("-NOAUTH Authentication required.\r\n")}, "database.reachable"},
		{pavise.Service{Port: 3306, Name: "mysql"}, "database.reachable"},
		{pavise.Service{Port: 22, Name: "ssh"}, "admin.remote"},
		{pavise.Service{Port: 23, Name: "telnet"}, "admin.remote services.cleartext"},
		{pavise.Service{Port: 2375, Name: "docker"}, "admin.remote admin.takeover"},
		{pavise.Service{Port: 2376, Name: "docker", Secure: true}, "admin.remote"},
		{pavise.Service{Port: 9229, Name: "node-inspector"}, "admin.remote admin.takeover"},
		{pavise.Service{Port: 21, Name: "ftp"}, "services.cleartext"},
		{pavise.Service{Port: 990, Name: "ftp", Secure: true}, ""},
		{pavise.Service{Port: 25, Name: "smtp"}, ""},
		{pavise.Service{Port: 8443, Name: "http", Secure: true}, ""},
		{pavise.Service{Port: 7000}, "services.unknown"},
		{pavise.Service{Port: 7000, Banner: []byte("\x1b]0;who?\x07")}, "services.unknown"},
		{pavise.Service{Port: 443}, ""}, // the site's own
	} {
		e := sweptAt("shop.example.com", "", pavise.Sweep{Address: "192.0.2.1", Open: []pavise.Service{test.service}})
		for _, c := range controls {
			for _, f := range c.Check(e) {
				want := pavise.Pass
				if strings.Contains(" "+test.fails+" ", " "+strings.TrimPrefix(f.Rule, "ports.")+" ") {
					want = pavise.Fail
				}
				if f.Outcome != want || f.Outcome == pavise.Fail && (f.Proof.Command == "" || strings.ContainsRune(f.Saw, 0x1b)) {
					t.Errorf("%+v: %s %s %+v", test.service, f.Rule, f.Outcome, f)
				}
			}
		}
	}
}

func TestUntriedPortsAreUnknown(t *testing.T) {
	e := sweptAt("shop.example.com", "", pavise.Sweep{Closed: 10, Untried: 20, Why: "interrupted"})
	for _, c := range controls {
		for rule, got := range outcomes(c, e) {
			if got != pavise.Unknown {
				t.Errorf("%s: %s", rule, got)
			}
		}
	}
}

func TestManyOpenPorts(t *testing.T) {
	s := pavise.Sweep{Address: "192.0.2.1"}
	for port := range 200 {
		s.Open = append(s.Open, pavise.Service{Port: 10000 + port, Name: "http"}, pavise.Service{Port: 20000 + port})
	}
	e := sweptAt("shop.example.com", "", s)
	if n := len((App{}).Probes(e)); n != 1+maxPages {
		t.Errorf("%d probes", n)
	}
	if n := len((Services{}).Check(e)); n > 2*maxPlaces {
		t.Errorf("%d findings", n)
	}
}

func TestApp(t *testing.T) {
	long := strings.Repeat("<p>shields</p>", 50)
	for name, test := range map[string]struct {
		site, other pavise.Response
		direct      bool
	}{
		"the same body":       {pavise.Response{Status: 200, Body: []byte(long)}, pavise.Response{Status: 200, Body: []byte(long)}, true},
		"the same title":      {pavise.Response{Status: 200, Body: []byte(home + "a")}, pavise.Response{Status: 200, Body: []byte(home + "b")}, true},
		"a title of stock":    {pavise.Response{Status: 200, Body: []byte("<title>Welcome to nginx!</title>a")}, pavise.Response{Status: 200, Body: []byte("<title>Welcome to nginx!</title>b")}, false},
		"nothing alike":       {pavise.Response{Status: 200, Body: []byte(home)}, pavise.Response{Status: 200, Body: []byte("<title>Grafana</title>")}, false},
		"two short bodies":    {pavise.Response{Status: 200, Body: []byte("ok")}, pavise.Response{Status: 200, Body: []byte("ok")}, false},
		"a cookie":            {pavise.Response{Status: 302, Header: http.Header{"Set-Cookie": {"__Host-basket=1"}}}, pavise.Response{Status: 302, Header: http.Header{"Set-Cookie": {"basket=2"}}}, true},
		"a usual cookie":      {pavise.Response{Status: 302, Header: http.Header{"Set-Cookie": {"__Host-connect.sid=1"}}}, pavise.Response{Status: 302, Header: http.Header{"Set-Cookie": {"connect.sid=2"}}}, false},
		"a way to the site":   {pavise.Response{Status: 200, Body: []byte(long)}, pavise.Response{Status: 301, Body: []byte(long), Header: http.Header{"Location": {"https://shop.example.com/"}, "Set-Cookie": {"basket=1"}}}, false},
		"a network of others": {pavise.Response{Status: 200, Body: []byte(long)}, pavise.Response{Status: 200, Body: []byte(long), Header: http.Header{"Server": {"cloudflare"}}}, false},
	} {
		service := pavise.Service{Port: 3000, Name: "http"}
		s := pavise.Sweep{Address: "192.0.2.1", Open: []pavise.Service{service}}
		e := at("shop.example.com", "")
		p, _ := sweep(e.Target)
		e.Add(pavise.Answer{Probe: p, Sweep: &s})
		e.Add(pavise.Answer{Probe: e.Target.Home(), Response: &test.site})
		e.Add(pavise.Answer{Probe: page(e.Target, &s, service), Response: &test.other})
		f := (App{}).Check(e)[0]
		if (f.Outcome == pavise.Fail) != test.direct || test.direct && !strings.Contains(f.Proof.Command, "http://192.0.2.1:3000/") {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// TestSilentHost: who hears nothing at all has not seen that ports are closed.
func TestSilentHost(t *testing.T) {
	e := at("shop.example.com", "")
	p, _ := sweep(e.Target)
	e.Add(pavise.Answer{Probe: p, Sweep: &pavise.Sweep{Address: "192.0.2.1", Silent: 30}})
	for _, c := range controls {
		for rule, got := range outcomes(c, e) {
			if got != pavise.Unknown {
				t.Errorf("%s: %s", rule, got)
			}
		}
	}
}

func TestAppWithoutHome(t *testing.T) {
	e := at("shop.example.com", "")
	p, _ := sweep(e.Target)
	e.Add(pavise.Answer{Probe: p, Sweep: &pavise.Sweep{}})
	if f := (App{}).Check(e)[0]; f.Outcome != pavise.Unknown {
		t.Error(f.Outcome, f.Saw)
	}
}
