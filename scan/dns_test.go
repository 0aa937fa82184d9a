package scan

import (
	"context"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"pavise"
	"pavise/test/nameserver"
)

func ask(t *testing.T, opt Options, l pavise.Lookup) pavise.Answer {
	t.Helper()
	c := newClient(opt)
	defer c.close()
	return c.answer(context.Background(), pavise.Probe{Lookup: &l})
}

func TestLookup(t *testing.T) {
	long := strings.Repeat("v=spf1 ", 200)
	s := (&nameserver.Server{Signed: true, Records: map[string][]string{
		"shop.test A": {"192.0.2.1", "192.0.2.2"}, "shop.test AAAA": {"2001:db8::1"}, "shop.test MX": {"10 mail.shop.test"},
		"shop.test NS": {"ns1.shop.test"}, "shop.test TXT": {long}, "shop.test CAA": {`0 issue "ca.example"`},
		"_443._tcp.shop.test TLSA": {"3 1 1 00ff"}, "shop.test DS": {"60485 13 2 abcd"},
	}}).Start(t)
	for _, test := range []struct {
		name, kind, code string
		want             []string
	}{
		{"shop.test", "A", "NOERROR", []string{"192.0.2.1", "192.0.2.2"}},
		{"SHOP.test", "AAAA", "NOERROR", []string{"2001:db8::1"}},
		{"shop.test", "MX", "NOERROR", []string{"10 mail.shop.test"}},
		{"shop.test", "NS", "NOERROR", []string{"ns1.shop.test"}},
		{"shop.test", "TXT", "NOERROR", []string{long}}, // by TCP
		{"shop.test", "CAA", "NOERROR", []string{`0 issue "ca.example"`}},
		{"_443._tcp.shop.test", "TLSA", "NOERROR", []string{"3 1 1 00ff"}},
		{"shop.test", "DS", "NOERROR", []string{"60485 13 2 abcd"}},
		{"_tcp.shop.test", "A", "NOERROR", nil},
		{"other.test", "A", "NXDOMAIN", nil},
	} {
		a := ask(t, Options{Resolver: s.Addr}, pavise.Lookup{Name: test.name, Type: test.kind})
		if a.Records == nil || !slices.Equal(a.Records.Data, test.want) || a.Records.Code != test.code || !a.Records.Secure {
			t.Errorf("%s %s: %+v, %s", test.name, test.kind, a.Records, a.Error)
		}
	}
	for _, bad := range []pavise.Lookup{{Name: "shop.test", Type: "ANY"}, {Name: strings.Repeat("a", 300), Type: "A"}, {Name: "a..b", Type: "A"}} {
		if a := ask(t, Options{Resolver: s.Addr}, bad); a.Error == "" {
			t.Errorf("%+v: %+v", bad, a.Records)
		}
	}
}

func TestTransfer(t *testing.T) {
	records := map[string][]string{"ns1.shop.test A": {"192.0.2.53"}}
	for range 40 {
		records["host"+string(rune('a'+len(records)))+".shop.test A"] = []string{"192.0.2.1"}
	}
	for _, gives := range []bool{true, false} {
		s := (&nameserver.Server{Gives: gives, Records: records}).Start(t)
		opt := Options{Resolver: s.Addr, Resolve: map[string]string{"ns1.shop.test:53": s.Addr}}
		a := ask(t, opt, pavise.Lookup{Name: "shop.test", Type: "AXFR", Server: "ns1.shop.test"})
		switch {
		case a.Records == nil:
			t.Error(a.Error)
		case gives && (a.Records.Code != "NOERROR" || len(a.Records.Data) != maxZone || a.Records.Data[0] != "shop.test SOA"):
			t.Errorf("%+v", a.Records)
		case !gives && (a.Records.Code != "REFUSED" || a.Records.Data != nil):
			t.Errorf("%+v", a.Records)
		}
	}
}

// TestHostileResolvers: an answer that is none is never taken for one.
func TestHostileResolvers(t *testing.T) {
	for name, spoil := range map[string]func([]byte) []byte{
		"another id":       func(b []byte) []byte { b[0] ^= 0xff; return b },
		"no answer at all": func(b []byte) []byte { b[2] &^= 0x80; return b },
		"another question": func(b []byte) []byte { b[13] = 'x'; return b },
		"cut off":          func(b []byte) []byte { return b[:len(b)-2] },
		"nothing":          func([]byte) []byte { return nil },
		"a loop of names":  func(b []byte) []byte { return append(b[:12], 0xc0, 12, 0, 1, 0, 1) },
		"for ever cut off": func(b []byte) []byte { b[2] |= 2; return b[:20] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := (&nameserver.Server{Records: map[string][]string{"shop.test A": {"192.0.2.1"}}, Spoil: spoil}).Start(t)
			if a := ask(t, Options{Resolver: s.Addr}, pavise.Lookup{Name: "shop.test", Type: "A"}); a.Records != nil || a.Error == "" {
				t.Errorf("%+v", a.Records)
			}
		})
	}
}

func TestManyRecords(t *testing.T) {
	many := slices.Repeat([]string{strings.Repeat("x", 250)}, 200)
	s := (&nameserver.Server{Records: map[string][]string{"shop.test TXT": many}}).Start(t)
	if a := ask(t, Options{Resolver: s.Addr}, pavise.Lookup{Name: "shop.test", Type: "TXT"}); a.Records == nil || len(a.Records.Data) != maxRecords {
		t.Errorf("%d records, %s", len(a.Records.Data), a.Error)
	}
}

// TestWhoIsAsked: nobody is asked for the names of a site that the asker has placed by
// hand, or that is on this machine.
func TestWhoIsAsked(t *testing.T) {
	at := pavise.Target{URL: "https://shop.example.com"}
	for _, test := range []struct {
		opt  Options
		want string
	}{
		{Options{Target: at, Resolver: "127.0.0.1:5353"}, "127.0.0.1:5353"},
		{Options{Target: at, Resolve: map[string]string{"shop.example.com:443": "127.0.0.1"}}, ""},
		{Options{Target: pavise.Target{URL: "https://shop.localhost:8443"}}, ""},
	} {
		if got := resolverOf(test.opt); got != test.want {
			t.Errorf("%+v: %q", test.opt, got)
		}
	}
}

// FuzzRecords: no packet makes the reader panic or keep more than it may.
func FuzzRecords(f *testing.F) {
	q, err := newQuery("shop.test", dnsmessage.TypeTXT)
	if err != nil {
		f.Fatal(err)
	}
	name := dnsmessage.MustNewName("shop.test.")
	m := dnsmessage.Message{Header: dnsmessage.Header{Response: true}, Questions: []dnsmessage.Question{q.question},
		Answers: []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: name, Class: dnsmessage.ClassINET},
			Body: &dnsmessage.TXTResource{TXT: []string{"v=spf1 -all"}}}}}
	seed, err := m.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed[2:], uint16(16))
	f.Add(seed[2:], uint16(257))
	f.Fuzz(func(t *testing.T, rest []byte, kind uint16) {
		q := q
		q.question.Type = dnsmessage.Type(kind)
		r, _, err := q.read(append([]byte{byte(q.id >> 8), byte(q.id)}, rest...))
		if err == nil && len(r.Data) > maxRecords {
			t.Errorf("%d records", len(r.Data))
		}
		unknown(q.question.Type, rest)
	})
}

// TestNoNeighbour: a zone that calls a neighbour of the asker its name server has
// nobody ask there.
func TestNoNeighbour(t *testing.T) {
	s := (&nameserver.Server{Records: map[string][]string{
		"a.shop.test A": {"127.0.0.1"}, "b.shop.test A": {"169.254.169.254"}, "c.shop.test AAAA": {"::ffff:127.0.0.1"}, "d.shop.test AAAA": {"fe80::1"},
	}}).Start(t)
	for _, server := range []string{"a.shop.test", "b.shop.test", "c.shop.test", "d.shop.test", "127.0.0.1", "169.254.169.254", "::1"} {
		a := ask(t, Options{Resolver: s.Addr}, pavise.Lookup{Name: "shop.test", Type: "AXFR", Server: server})
		if a.Records != nil || !strings.Contains(a.Error, "is not asked") {
			t.Errorf("%s: %+v, %s", server, a.Records, a.Error)
		}
	}
	for _, address := range []string{"10.0.0.1", "192.168.1.1", "fd00::1"} {
		if (client{}).foreign(address) == nil || (client{opt: Options{Resolver: s.Addr}}).foreign(address) != nil {
			t.Errorf("%s", address)
		}
	}
}
