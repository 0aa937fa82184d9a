package mail

import (
	"strings"
	"testing"
	"time"

	"pavise"
)

type control interface {
	pavise.Control
	pavise.Prober
	pavise.Checker
}

var controls = []control{StartTLS{}, Protocols{}, Certificate{}, Auth{}, Relay{}, Banner{}}

func heard(address string, m *pavise.Mailer) *pavise.Evidence {
	e := &pavise.Evidence{Taken: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC),
		Target: pavise.Target{URL: "https://shop.example.com", TLS: "shop.example.com:443", Mail: address}}
	for _, s := range servers(e) {
		e.Add(pavise.Answer{Probe: s.probe(), Mailer: m})
	}
	return e
}

func rule(t *testing.T, e *pavise.Evidence, id string) pavise.Finding {
	t.Helper()
	for _, c := range controls {
		for _, f := range c.Check(e) {
			if f.Rule == id {
				return f
			}
		}
	}
	t.Fatalf("no finding for %s", id)
	return pavise.Finding{}
}

func TestNoMailServer(t *testing.T) {
	e := heard("", nil)
	for _, c := range controls {
		if len(c.Probes(e)) != 0 {
			t.Errorf("%T asks", c)
		}
		found := c.Check(e)
		if len(found) != len(c.Doc().Rules) {
			t.Errorf("%T: %d findings", c, len(found))
		}
		for _, f := range found {
			if f.Outcome != pavise.Skip {
				t.Errorf("%s: %s", f.Rule, f.Outcome)
			}
		}
	}
}

// TestServersOfTheSweep are spoken with where they were found.
func TestServersOfTheSweep(t *testing.T) {
	e := heard("", nil)
	e.Add(pavise.Answer{Probe: pavise.Probe{Ports: &pavise.Ports{Host: "shop.example.com", List: "25"}},
		Sweep: &pavise.Sweep{Address: "192.0.2.1", Open: []pavise.Service{{Port: 25, Name: "smtp"}, {Port: 465, Name: "smtp", Secure: true}, {Port: 80, Name: "http"}}}})
	list := servers(e)
	if len(list) != 2 || list[0] != (server{"192.0.2.1:25", "shop.example.com", false}) || !list[1].secure {
		t.Errorf("%+v", list)
	}
	e.Target.Mail = strings.Repeat("mail.example.com:25,", 50)
	if n := len((StartTLS{}).Probes(e)); n != maxServers {
		t.Errorf("%d servers", n)
	}
}

func TestJudgements(t *testing.T) {
	const p, f, s, u = pavise.Pass, pavise.Fail, pavise.Skip, pavise.Unknown
	const mx, local = "mail.example.com:25", "localhost:25"
	plain := []string{"SIZE 1000"}
	for _, test := range []struct {
		at   string
		m    pavise.Mailer
		rule string
		want pavise.Outcome
	}{
		{mx, pavise.Mailer{Extensions: plain}, "mail.starttls.offered", f},
		{mx, pavise.Mailer{Extensions: plain, StartTLS: true}, "mail.starttls.offered", p},
		{mx, pavise.Mailer{Banner: "554 no"}, "mail.starttls.offered", s},
		{mx, pavise.Mailer{Extensions: plain, Session: &pavise.Session{Refused: "bad"}}, "mail.starttls.offered", f},
		{"mail.example.com:465", pavise.Mailer{Within: []string{"AUTH PLAIN"}}, "mail.starttls.offered", p},
		{"mail.example.com:465", pavise.Mailer{Within: []string{"AUTH PLAIN"}}, "mail.auth.encrypted", p},
		{mx, pavise.Mailer{Extensions: []string{"AUTH PLAIN LOGIN"}}, "mail.auth.encrypted", f},
		{mx, pavise.Mailer{Extensions: []string{"auth=login"}}, "mail.auth.encrypted", f},
		{mx, pavise.Mailer{Extensions: []string{"AUTH SCRAM-SHA-256"}}, "mail.auth.encrypted", p},
		{mx, pavise.Mailer{Extensions: plain, Within: []string{"AUTH PLAIN"}}, "mail.auth.encrypted", p},
		{mx, pavise.Mailer{Relays: &pavise.Trait{Has: true}}, "mail.relay.refused", f},
		{mx, pavise.Mailer{Relays: &pavise.Trait{Saw: "554"}}, "mail.relay.refused", p},
		{mx, pavise.Mailer{Relays: &pavise.Trait{Unknown: "450 later"}}, "mail.relay.refused", u},
		{mx, pavise.Mailer{}, "mail.relay.refused", s},
		{local, pavise.Mailer{Relays: &pavise.Trait{Has: true}}, "mail.relay.refused", s},
		{mx, pavise.Mailer{Banner: "220 mail ESMTP Exim 4.96 Sat"}, "mail.banner.version", f},
		{mx, pavise.Mailer{Banner: "220 mail ESMTP Sendmail 8.15.2/8.15.2"}, "mail.banner.version", f},
		{mx, pavise.Mailer{Banner: "220 mail.example.com ESMTP Postfix (Debian/GNU)"}, "mail.banner.version", p},
		{mx, pavise.Mailer{Banner: "220 mail.example.com ESMTP hello 192.0.2.1"}, "mail.banner.version", p},
		{mx, pavise.Mailer{Extensions: plain}, "mail.certificate.name", s},
		{mx, pavise.Mailer{Session: &pavise.Session{Chain: [][]byte{{1}}}}, "mail.certificate.expiry", f},
		{mx, pavise.Mailer{Session: &pavise.Session{Chain: [][]byte{{1}}}}, "mail.protocols.old", u}, // nobody has looked
		{mx, pavise.Mailer{Extensions: plain}, "mail.protocols.old", s},
	} {
		if got := rule(t, heard(test.at, &test.m), test.rule); got.Outcome != test.want {
			t.Errorf("%s %+v: %s %s, want %s", test.rule, test.m, got.Outcome, got.Saw, test.want)
		}
	}
}

func TestProtocols(t *testing.T) {
	for _, test := range []struct {
		protocols []pavise.Protocol
		want      pavise.Outcome
	}{
		{[]pavise.Protocol{{Version: 0x0301, Suites: []uint32{0x2f}}, {Version: 0x0303, Suites: []uint32{0xc02f}}}, pavise.Fail},
		{[]pavise.Protocol{{Version: 2, Suites: []uint32{1}}}, pavise.Fail},
		{[]pavise.Protocol{{Version: 0x0300}, {Version: 0x0303, Suites: []uint32{0xc02f}}}, pavise.Pass},
		{[]pavise.Protocol{{Version: 0x0300, Unknown: "reset"}, {Version: 0x0303, Suites: []uint32{0xc02f}}}, pavise.Unknown},
	} {
		e := heard("mail.example.com:25", &pavise.Mailer{StartTLS: true, Session: &pavise.Session{Chain: [][]byte{{1}}}})
		e.Add(pavise.Answer{Probe: servers(e)[0].offer(), Offered: &pavise.Offered{Protocols: test.protocols}})
		if got := rule(t, e, "mail.protocols.old"); got.Outcome != test.want {
			t.Errorf("%+v: %s %s", test.protocols, got.Outcome, got.Saw)
		}
	}
}

func TestSilentServer(t *testing.T) {
	for closed, want := range map[bool]pavise.Outcome{true: pavise.Skip, false: pavise.Unknown} {
		e := heard("mail.example.com:25", nil)
		e.Answers = nil
		e.Add(pavise.Answer{Probe: servers(e)[0].probe(), Error: "no answer", Closed: closed})
		for _, c := range controls {
			for _, f := range c.Check(e) {
				if f.Outcome != want {
					t.Errorf("%s: %s", f.Rule, f.Outcome)
				}
			}
		}
	}
}
