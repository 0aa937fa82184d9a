package joined

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise"
)

var taken = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// site is evidence of one whose home page has these headers, "Name: value" each.
func site(headers ...string) *pavise.Evidence {
	e := &pavise.Evidence{Schema: pavise.EvidenceSchema, Taken: taken,
		Target: pavise.Target{URL: "https://shop.example.com", Start: "/", TLS: "shop.example.com:443"}}
	h := http.Header{}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	e.Add(pavise.Answer{Probe: e.Target.Home(), Response: &pavise.Response{Proto: "HTTP/1.1", Status: 200, Header: h}})
	return e
}

func boolean(b string) pavise.Value { return pavise.Value{Kind: pavise.BoolValue, Text: b} }

func object(members ...pavise.Member) pavise.Value {
	return pavise.Value{Kind: pavise.ObjectValue, Members: members}
}

func text(s string) pavise.Value { return pavise.Value{Kind: pavise.StringValue, Text: s} }

func use(of string, args ...pavise.Value) pavise.Use {
	return pavise.Use{File: "app.js", Line: 7, Of: of, Args: args}
}

// the holds one control to an outcome and words of what it saw.
func the(t *testing.T, name string, c pavise.Checker, e *pavise.Evidence, rule string, want pavise.Outcome, saw string) {
	t.Helper()
	for _, f := range c.Check(e) {
		if f.Rule != rule {
			continue
		}
		if f.Outcome != want || !strings.Contains(f.Saw, saw) {
			t.Errorf("%s: %s %q, want %s %q", name, f.Outcome, f.Saw, want, saw)
		}
		return
	}
	if want != 0 {
		t.Errorf("%s: no finding of %s", name, rule)
	}
}

func TestCookies(t *testing.T) {
	session := use("express-session", object(pavise.Member{Name: "name", Value: text("shop")},
		pavise.Member{Name: "cookie", Value: object(pavise.Member{Name: "secure", Value: boolean("true")})}))
	plain := use("express-session", object())
	secured := func(v pavise.Value) pavise.Use {
		return use("express-session", object(pavise.Member{Name: "cookie", Value: object(pavise.Member{Name: "secure", Value: v})}))
	}
	trust := func(v pavise.Value) pavise.Use { return use("express().set", text("trust proxy"), v) }
	for _, tt := range []struct {
		name string
		uses []pavise.Use
		set  []string
		want pavise.Outcome
		saw  string
	}{
		{"never arrives", []pavise.Use{session}, nil, pavise.Fail, "trust proxy is unset"},
		{"trusts nobody", []pavise.Use{session, trust(boolean("false"))}, nil, pavise.Fail, "trust proxy is unset"},
		{"in a test only", []pavise.Use{session, {File: "t.js", Of: "express().enable", Args: []pavise.Value{text("trust proxy")}, Test: true}}, nil, pavise.Fail, "unset"},
		{"arrives", []pavise.Use{session}, []string{"Set-Cookie: shop=1; Secure"}, pavise.Pass, "sets shop"},
		{"arrives renamed", []pavise.Use{session}, []string{"Set-Cookie: __Host-shop=1; Secure"}, pavise.Pass, "sets __Host-shop"},
		{"in the vault", []pavise.Use{session}, []string{"Set-Cookie: __Host-visit=1; Secure"}, pavise.Pass, "sets __Host-visit"},
		{"trusts", []pavise.Use{session, trust(text("loopback"))}, nil, pavise.Unknown, "nothing that was asked for"},
		{"enabled", []pavise.Use{session, use("express().enable", text("trust proxy"))}, nil, pavise.Unknown, "nothing that was asked for"},
		{"depends", []pavise.Use{session, trust(pavise.Value{Kind: pavise.EnvValue, Text: "TRUST"})}, nil, pavise.Unknown, "only the running app knows"},
		{"trusts in production", []pavise.Use{session, {Of: "express().set", Args: []pavise.Value{text("trust proxy"), boolean("true")}, When: []string{`process.env.NODE_ENV === "production"`}}}, nil, pavise.Unknown, "nothing that was asked for"},
		{"trusts in development", []pavise.Use{session, {Of: "express().set", Args: []pavise.Value{text("trust proxy"), boolean("true")}, When: []string{`process.env.NODE_ENV === "development"`}}}, nil, pavise.Fail, "unset"},
		{"perhaps trusts", []pavise.Use{session, {Of: "express().set", Args: []pavise.Value{text("trust proxy"), boolean("true")}, When: []string{"config.proxied"}}}, nil, pavise.Unknown, "only the running app knows"},
		{"sets what nobody can tell", []pavise.Use{session, use("express().set", pavise.Value{Kind: pavise.NameValue, Text: "?name"}, boolean("true"))}, nil, pavise.Unknown, "only the running app knows"},
		{"secure in production", []pavise.Use{secured(pavise.Value{Kind: pavise.OtherValue, Text: `process.env.NODE_ENV === "production"`})}, nil, pavise.Fail, "connect.sid is marked secure"},
		{"perhaps secure", []pavise.Use{secured(pavise.Value{Kind: pavise.EnvValue, Text: "SECURE"})}, nil, pavise.Unknown, "known only to the running app"},
		{"perhaps secure, and arrives", []pavise.Use{secured(pavise.Value{Kind: pavise.EnvValue, Text: "SECURE"})}, []string{"Set-Cookie: connect.sid=1"}, pavise.Pass, "sets connect.sid"},
		{"as the connection is", []pavise.Use{secured(text("auto"))}, nil, pavise.Skip, "marks no cookie"},
		{"of cookie-session", []pavise.Use{use("cookie-session", object(pavise.Member{Name: "secure", Value: boolean("true")}))}, nil, pavise.Fail, "session is marked secure"},
		{"believed for the session", []pavise.Use{use("express-session", object(pavise.Member{Name: "proxy", Value: boolean("true")}, pavise.Member{Name: "cookie", Value: object(pavise.Member{Name: "secure", Value: boolean("true")})}))}, nil, pavise.Unknown, "nothing that was asked for"},
		{"own TLS", []pavise.Use{session, use("https.createServer")}, nil, pavise.Skip, "TLS itself"},
		{"not secure", []pavise.Use{plain}, nil, pavise.Skip, "marks no cookie"},
	} {
		e := site(tt.set...)
		e.Project = &pavise.Project{Uses: tt.uses}
		the(t, tt.name, Cookies{}, e, "joined.cookies.arrive", tt.want, tt.saw)
	}
	if found := (Cookies{}).Check(site()); found != nil {
		t.Errorf("without a project: %v", found)
	}
}

func TestHeadersOfSource(t *testing.T) {
	all := []string{}
	for _, h := range helmets {
		all = append(all, h.header+": x")
	}
	few := []string{"X-Content-Type-Options: nosniff"}
	var off []pavise.Member
	for option := range helmets {
		if option != "xContentTypeOptions" {
			off = append(off, pavise.Member{Name: option, Value: boolean("false")})
		}
	}
	for _, tt := range []struct {
		name    string
		options []pavise.Value
		headers []string
		want    pavise.Outcome
		saw     string
	}{
		{"all there", nil, all, pavise.Pass, "all of them"},
		{"lost", nil, few, pavise.Fail, "Content-Security-Policy, Cross-Origin-Opener-Policy"},
		{"switched off", []pavise.Value{object(off...)}, few, pavise.Pass, "all of them"},
		{"switched off by its old name", []pavise.Value{object(append(off, pavise.Member{Name: "noSniff", Value: boolean("false")})...)}, nil, pavise.Pass, ""},
		{"perhaps switched off", []pavise.Value{{Kind: pavise.ObjectValue, Open: true}}, few, pavise.Unknown, "cannot be told"},
	} {
		e := site(tt.headers...)
		e.Project = &pavise.Project{Uses: []pavise.Use{use("helmet", tt.options...)}, Packages: []pavise.Package{{Ecosystem: pavise.NPM, Name: "helmet", Range: "^8.0.0"}}}
		the(t, tt.name, Headers{}, e, "joined.headers.source", tt.want, tt.saw)
	}
	helmet := use("helmet")
	old := site("X-Content-Type-Options: nosniff", "Strict-Transport-Security: max-age=1", "X-Frame-Options: DENY", "X-DNS-Prefetch-Control: off", "X-Download-Options: noopen")
	old.Project = &pavise.Project{Uses: []pavise.Use{helmet}, Packages: []pavise.Package{{Ecosystem: pavise.NPM, Name: "helmet", Version: "3.23.3"}}}
	the(t, "an old helmet sets fewer", Headers{}, old, "joined.headers.source", pavise.Pass, "all of them")
	for condition, want := range map[string]pavise.Outcome{`process.env.NODE_ENV === "test"`: pavise.Skip, "config.helmet": pavise.Unknown, `process.env.NODE_ENV === "production"`: pavise.Fail} {
		helmet.When = []string{condition}
		e := site()
		e.Project = &pavise.Project{Uses: []pavise.Use{helmet}}
		the(t, condition, Headers{}, e, "joined.headers.source", want, "")
	}
	moved := site()
	moved.Answers[0].Response.Status = 301
	moved.Project = &pavise.Project{Uses: []pavise.Use{use("helmet")}}
	the(t, "a redirect of what stands in front", Headers{}, moved, "joined.headers.source", pavise.Unknown, "answered 301")
}

// shopServer is an nginx with one server over TLS.
func shopServer(lines ...pavise.Directive) *pavise.Machine {
	block := append([]pavise.Directive{
		{Name: "listen", Args: []string{"443", "ssl"}}, {Name: "server_name", Args: []string{"*.example.com"}}}, lines...)
	return &pavise.Machine{Configs: []pavise.Config{{Service: "nginx", Directives: []pavise.Directive{{Name: "http",
		Block: []pavise.Directive{
			{File: "/etc/nginx/nginx.conf", Line: 3, Name: "ssl_protocols", Args: []string{"TLSv1.2", "TLSv1.3"}},
			{Name: "server", Block: block}}}}}}}
}

func TestHeadersOfNginx(t *testing.T) {
	add := pavise.Directive{File: "/etc/nginx/sites-enabled/shop", Line: 9, Name: "add_header", Args: []string{"X-Frame-Options", "DENY", "always"}}
	for _, tt := range []struct {
		name    string
		machine *pavise.Machine
		headers []string
		want    pavise.Outcome
		saw     string
	}{
		{"arrives", shopServer(add), []string{"X-Frame-Options: DENY"}, pavise.Pass, "all 1"},
		{"lost", shopServer(add), nil, pavise.Fail, "X-Frame-Options is added here"},
		{"none", shopServer(), nil, pavise.Skip, "adds a header"},
		{"no nginx", &pavise.Machine{}, nil, pavise.Skip, "adds a header"},
	} {
		e := site(tt.headers...)
		e.Machine = tt.machine
		the(t, tt.name, Headers{}, e, "joined.headers.nginx", tt.want, tt.saw)
	}
}

func TestPorts(t *testing.T) {
	machine := &pavise.Machine{Sockets: []pavise.Socket{
		{Proto: "tcp", Address: "0.0.0.0", Port: 443, Process: "nginx", Open: true},
		{Proto: "tcp", Address: "127.0.0.1", Port: 5432, Process: "postgres"},
		{Proto: "tcp", Address: "127.0.0.1", Port: 3000, Process: "node"},
		{Proto: "tcp", Address: "::", Port: 3000, Process: "node", PID: 12, Open: true}}}
	for _, tt := range []struct {
		name  string
		sweep pavise.Sweep
		open  []int
		asked string
		want  pavise.Outcome
		saw   string
	}{
		{"beside", pavise.Sweep{}, []int{443, 3000}, "", pavise.Fail, "node (process 12) listens on ::, and strangers reach it"},
		{"behind a firewall", pavise.Sweep{Silent: 1}, []int{443}, "", pavise.Pass, "1 answer, all expected; 0 refuse, 1 say nothing"},
		{"elsewhere", pavise.Sweep{Closed: 2}, nil, "", pavise.Unknown, "another machine"},
		{"untried", pavise.Sweep{Untried: 1, Why: "the time was over"}, []int{443}, "", pavise.Unknown, "1 ports were not tried"},
		{"of itself", pavise.Sweep{Own: true}, []int{443, 3000}, "", pavise.Skip, "asked itself"},
		{"of itself, all the same", pavise.Sweep{Own: true}, []int{443, 3000}, "top", pavise.Fail, "no firewall stood between"},
	} {
		e := site()
		e.Machine, e.Target.Ports = machine, tt.asked
		tt.sweep.Address = "192.0.2.1"
		for _, p := range tt.open {
			tt.sweep.Open = append(tt.sweep.Open, pavise.Service{Port: p})
		}
		probes := Ports{}.Probes(e)
		if len(probes) != 1 || probes[0].Ports.List != "443,3000" {
			t.Fatalf("%s: %+v is tried", tt.name, probes)
		}
		the(t, tt.name, Ports{}, e, "joined.ports.beside", pavise.Unknown, "was not asked")
		e.Add(pavise.Answer{Probe: probes[0], Sweep: &tt.sweep})
		the(t, tt.name, Ports{}, e, "joined.ports.beside", tt.want, tt.saw)
	}
	e := site()
	e.Machine = &pavise.Machine{Sockets: machine.Sockets[1:3]}
	the(t, "nothing listens", Ports{}, e, "joined.ports.beside", pavise.Skip, "beyond loopback")
	e.Machine, e.Target.Ports = machine, "none"
	the(t, "not wanted", Ports{}, e, "joined.ports.beside", pavise.Skip, "no ports were to be tried")
}

func TestTLSAsConfigured(t *testing.T) {
	shown := func(e *pavise.Evidence, ends time.Time) {
		e.Add(pavise.Answer{Probe: pavise.Probe{Handshake: &pavise.Handshake{Address: e.Target.TLS, Name: e.Target.Host()}},
			Session: &pavise.Session{Chain: [][]byte{leaf(t, ends)}}})
	}
	offers := func(e *pavise.Evidence, versions ...uint16) {
		o := &pavise.Offered{}
		for _, v := range versions {
			o.Protocols = append(o.Protocols, pavise.Protocol{Version: v, Suites: []uint32{1}})
		}
		e.Add(pavise.Answer{Probe: pavise.Probe{Offer: &pavise.Offer{Address: e.Target.TLS, Name: e.Target.Host()}}, Offered: o})
	}
	soon, late := taken.Add(10*24*time.Hour), taken.Add(80*24*time.Hour)
	disk := pavise.DiskCertificate{File: "/etc/ssl/shop.pem", Issuer: "shop.example.com", Names: []string{"*.example.com"}, Begins: taken.Add(-time.Hour), Ends: late}

	e := site()
	e.Machine = shopServer()
	e.Machine.Certificates = []pavise.DiskCertificate{disk}
	shown(e, soon)
	offers(e, 0x0301, 0x0303)
	the(t, "renewed, not reloaded", TLS{}, e, "joined.tls.certificate", pavise.Fail, "ends on 2027-01-20, and the one that is shown on 2026-11-11")
	the(t, "switched off, still offered", TLS{}, e, "joined.tls.protocols", pavise.Fail, "offers TLSv1")

	e = site()
	e.Machine = shopServer(pavise.Directive{File: "x", Line: 1, Name: "ssl_protocols", Args: []string{"TLSv1", "TLSv1.2"}})
	e.Machine.Certificates = []pavise.DiskCertificate{disk, {File: "y", Names: []string{"a.other.com"}, Ends: late.Add(time.Hour)}}
	shown(e, late)
	offers(e, 0x0301, 0x0303)
	the(t, "as on disk", TLS{}, e, "joined.tls.certificate", pavise.Pass, "2027-01-20")
	the(t, "as configured", TLS{}, e, "joined.tls.protocols", pavise.Pass, "TLSv1 TLSv1.2")

	disk.Issuer = "Another Authority"
	e.Machine.Certificates = []pavise.DiskCertificate{disk}
	the(t, "of another authority", TLS{}, e, "joined.tls.certificate", pavise.Skip, "something else may answer")

	e = site()
	e.Machine = shopServer()
	the(t, "not shown", TLS{}, e, "joined.tls.certificate", pavise.Unknown, "no certificate")
	the(t, "not offered", TLS{}, e, "joined.tls.protocols", pavise.Unknown, "not known")
	shown(e, late)
	the(t, "none on disk", TLS{}, e, "joined.tls.certificate", pavise.Skip, "no certificate of this name")
	e.Machine = &pavise.Machine{}
	the(t, "not nginx", TLS{}, e, "joined.tls.protocols", pavise.Skip, "no server of nginx")
}

func leaf(t *testing.T, ends time.Time) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "shop.example.com"}, NotBefore: taken.Add(-time.Hour), NotAfter: ends}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestNobodyLooked: without a home page nothing is said of it but that.
func TestNobodyLooked(t *testing.T) {
	e := site()
	e.Answers = nil
	e.Project = &pavise.Project{}
	e.Machine = shopServer()
	for _, c := range []pavise.Checker{Cookies{}, Headers{}} {
		for _, f := range c.Check(e) {
			if f.Outcome != pavise.Unknown {
				t.Errorf("%s: %s %s", f.Rule, f.Outcome, f.Saw)
			}
		}
	}
	down := site()
	down.Answers[0].Response.Status = 502
	down.Project = &pavise.Project{Uses: []pavise.Use{use("helmet"), use("express-session", object(pavise.Member{Name: "cookie", Value: object(pavise.Member{Name: "secure", Value: boolean("true")})}))}}
	the(t, "the app is down", Cookies{}, down, "joined.cookies.arrive", pavise.Unknown, "answered 502")
	the(t, "the app is down", Headers{}, down, "joined.headers.source", pavise.Unknown, "answered 502")
	e.Target = pavise.Target{}
	for _, c := range []pavise.Checker{Cookies{}, Headers{}, Ports{}, TLS{}} {
		if found := c.Check(e); found != nil {
			t.Errorf("without a site: %v", found)
		}
	}
}
