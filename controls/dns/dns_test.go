package dns

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pavise"
)

// evidence is what a resolver has answered: "NAME TYPE" → data; what is not there does
// not exist. SERVFAIL in the place of data is an answer that tells nothing.
func evidence(host string, records map[string][]string) *pavise.Evidence {
	e := &pavise.Evidence{Taken: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC),
		Target: pavise.Target{URL: "https://" + host, TLS: host + ":443", Resolver: "192.0.2.53:53"}}
	if _, ok := records[host+" A"]; !ok {
		e.Add(pavise.Answer{Probe: lookup(host, "A"), Records: &pavise.Records{Code: "NOERROR", Data: []string{"192.0.2.1"}}})
	}
	for key, data := range records {
		name, kind, _ := strings.Cut(key, " ")
		r := &pavise.Records{Code: "NOERROR", Data: data}
		if len(data) == 1 && strings.ToUpper(data[0]) == data[0] && (data[0] == "SERVFAIL" || data[0] == "NXDOMAIN") {
			r = &pavise.Records{Code: data[0]}
		}
		e.Add(pavise.Answer{Probe: lookup(name, kind), Records: r})
	}
	return e
}

// judge asks for what is not known, says that it does not exist, and judges.
func judge(c interface {
	pavise.Prober
	pavise.Checker
}, e *pavise.Evidence) map[string]pavise.Finding {
	for range 12 {
		for _, p := range c.Probes(e) {
			if p.Lookup != nil && e.Answer(p) == nil {
				e.Add(pavise.Answer{Probe: p, Records: &pavise.Records{Code: "NXDOMAIN"}})
			}
		}
	}
	found := map[string]pavise.Finding{}
	for _, f := range c.Check(e) {
		found[f.Rule] = f
	}
	return found
}

func TestWhoIsNotAsked(t *testing.T) {
	for _, test := range []struct {
		host, resolver string
		asked          bool
	}{
		{"shop.example.com", pavise.SystemResolver, true},
		{"shop.example.com", "", false},
		{"shop.internal", pavise.SystemResolver, false},
		{"shop.internal", "10.0.0.53:53", true},
		{"shop", pavise.SystemResolver, false},
		{"shop.localhost", "127.0.0.1:53", false},
		{"192.0.2.1", "127.0.0.1:53", false},
		{"[2001:db8::1]", "127.0.0.1:53", false},
		{"com", "127.0.0.1:53", false},
		{"shop.github.io", pavise.SystemResolver, false},
	} {
		e := &pavise.Evidence{Target: pavise.Target{URL: "https://" + test.host, TLS: test.host + ":443", Resolver: test.resolver}}
		if probes := (CAA{}).Probes(e); (len(probes) == 1) != test.asked {
			t.Errorf("%s by %q: %v", test.host, test.resolver, probes)
		}
		want := pavise.Skip
		if test.asked {
			want = pavise.Unknown // nobody has answered
		}
		if f := (CAA{}).Check(e)[0]; f.Outcome != want || f.Saw == "" {
			t.Errorf("%s by %q: %s %s", test.host, test.resolver, f.Outcome, f.Saw)
		}
	}
}

// TestSilentResolver is asked once, and everything else stays unknown.
func TestSilentResolver(t *testing.T) {
	e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.example.com", Resolver: "192.0.2.53:53"}}
	e.Add(pavise.Answer{Probe: lookup("shop.example.com", "A"), Error: "i/o timeout"})
	for _, c := range []interface {
		pavise.Prober
		pavise.Checker
	}{CAA{}, DNSSEC{}, Transfer{}, Parity{}, SPF{}, DMARC{}, DANE{}, MTASTS{}} {
		if probes := c.Probes(e); len(probes) != 1 {
			t.Errorf("%T asks %d questions", c, len(probes))
		}
		for _, f := range c.Check(e) {
			if f.Outcome != pavise.Unknown {
				t.Errorf("%s: %s", f.Rule, f.Outcome)
			}
		}
	}
}

func TestNoSuchName(t *testing.T) {
	e := evidence("shop.example.com", map[string][]string{"shop.example.com A": {"NXDOMAIN"}})
	if f := (SPF{}).Check(e)[0]; f.Outcome != pavise.Skip {
		t.Errorf("%s %s", f.Outcome, f.Saw)
	}
}

func TestCAAClimbs(t *testing.T) {
	for _, test := range []struct {
		records map[string][]string
		want    pavise.Outcome
	}{
		{map[string][]string{"example.com CAA": {`0 issue "ca.test"`}}, pavise.Pass},
		{map[string][]string{"example.com CAA": {`0 issue "ca.test"`}, "a.shop.example.com CAA": {`0 iodef "mailto:x"`}}, pavise.Fail},
		{nil, pavise.Fail},
		{map[string][]string{"example.com CAA": {"SERVFAIL"}}, pavise.Unknown},
	} {
		if f := judge(CAA{}, evidence("a.shop.example.com", test.records))["dns.caa.present"]; f.Outcome != test.want {
			t.Errorf("%v: %s %s", test.records, f.Outcome, f.Saw)
		}
	}
}

func TestDNSSEC(t *testing.T) {
	for _, test := range []struct {
		secure bool
		ds     []string
		want   pavise.Outcome
	}{{true, []string{"1 13 2 00"}, pavise.Pass}, {false, []string{"1 13 2 00"}, pavise.Skip}, {false, nil, pavise.Fail}} {
		e := evidence("shop.example.com", map[string][]string{"example.com DS": test.ds})
		e.Answers[0].Records.Secure = test.secure
		for i := range e.Answers {
			e.Answers[i].Records.Secure = test.secure
		}
		if f := judge(DNSSEC{}, e)["dns.dnssec.signed"]; f.Outcome != test.want {
			t.Errorf("%+v: %s %s", test, f.Outcome, f.Saw)
		}
	}
}

func TestTransfer(t *testing.T) {
	for _, test := range []struct {
		code string
		data []string
		want pavise.Outcome
	}{
		{"NOERROR", []string{"example.com SOA", "db.example.com A"}, pavise.Fail},
		{"NOERROR", []string{"example.com SOA"}, pavise.Pass},
		{"REFUSED", nil, pavise.Pass},
		{"", nil, pavise.Skip}, // it could not be reached
	} {
		e := evidence("shop.example.com", map[string][]string{"example.com NS": {"ns1.example.net"}})
		a := pavise.Answer{Probe: transfer(zone{"shop.example.com", "example.com"}, "ns1.example.net"), Error: "i/o timeout"}
		if test.code != "" {
			a.Error, a.Records = "", &pavise.Records{Code: test.code, Data: test.data}
		}
		e.Add(a)
		if f := judge(Transfer{}, e)["dns.transfer.refused"]; f.Outcome != test.want {
			t.Errorf("%+v: %s %s", test, f.Outcome, f.Saw)
		}
	}
}

func TestSPF(t *testing.T) {
	const p, f, s, u = pavise.Pass, pavise.Fail, pavise.Skip, pavise.Unknown
	many := map[string][]string{"example.com TXT": {"v=spf1 include:i0.test -all"}}
	for i := range 12 {
		many[fmt.Sprintf("i%d.test TXT", i)] = []string{fmt.Sprintf("v=spf1 include:i%d.test -all", i+1)}
	}
	for name, test := range map[string]struct {
		records                  map[string][]string
		present, strict, lookups pavise.Outcome
	}{
		"none":          {nil, f, s, s},
		"two":           {map[string][]string{"example.com TXT": {"v=spf1 -all", "v=spf1 ~all"}}, f, s, s},
		"another":       {map[string][]string{"example.com TXT": {"v=spf10 -all", "google-site-verification=x"}}, f, s, s},
		"good":          {map[string][]string{"example.com TXT": {"V=SPF1 ip4:192.0.2.0/24 ip6:2001:db8::/32 mx a/24 -ALL"}}, p, p, p},
		"soft":          {map[string][]string{"example.com TXT": {"v=spf1 ~all"}}, p, p, p},
		"anybody":       {map[string][]string{"example.com TXT": {"v=spf1 all"}}, p, f, p},
		"neutral":       {map[string][]string{"example.com TXT": {"v=spf1 ?all"}}, p, f, p},
		"no end":        {map[string][]string{"example.com TXT": {"v=spf1 mx"}}, p, f, p},
		"redirect":      {map[string][]string{"example.com TXT": {"v=spf1 redirect=other.test"}, "other.test TXT": {"v=spf1 -all"}}, p, p, p},
		"of others":     {map[string][]string{"example.com TXT": {"v=spf1 include:other.test"}, "other.test TXT": {"v=spf1 -all"}}, p, f, p},
		"led nowhere":   {map[string][]string{"example.com TXT": {"v=spf1 include:gone.test -all"}}, p, p, f},
		"round":         {map[string][]string{"example.com TXT": {"v=spf1 include:example.com -all"}}, p, p, f},
		"too many":      {many, p, p, f},
		"macro":         {map[string][]string{"example.com TXT": {"v=spf1 include:%{i}.test exists:%{i}.test -all"}}, p, p, p},
		"wrong term":    {map[string][]string{"example.com TXT": {"v=spf1 ipv4:192.0.2.1 -all"}}, f, s, s},
		"wrong network": {map[string][]string{"example.com TXT": {"v=spf1 ip4:192.0.2 -all"}}, f, s, s},
		"not answered":  {map[string][]string{"example.com TXT": {"SERVFAIL"}}, u, u, u},
		"not followed":  {map[string][]string{"example.com TXT": {"v=spf1 redirect=bad.test"}, "bad.test TXT": {"SERVFAIL"}}, p, u, u},
	} {
		found := judge(SPF{}, evidence("shop.example.com", test.records))
		for rule, want := range map[string]pavise.Outcome{"present": test.present, "strict": test.strict, "lookups": test.lookups} {
			if got := found["dns.spf."+rule]; got.Outcome != want {
				t.Errorf("%s: %s: %s %s, want %s", name, rule, got.Outcome, got.Saw, want)
			}
		}
	}
}

// TestSPFIsBounded: a record that leads everywhere is not followed there.
func TestSPFIsBounded(t *testing.T) {
	wide := "v=spf1"
	for i := range 150 {
		wide += fmt.Sprintf(" include:i%d.test", i)
	}
	e := evidence("shop.example.com", map[string][]string{"example.com TXT": {wide + " -all"}})
	if probes := (SPF{}).Probes(e); len(probes) > maxLookups+1 {
		t.Errorf("%d questions", len(probes))
	}
	if _, err := parsePolicy("v=spf1" + strings.Repeat(" mx", maxTerms)); err == nil {
		t.Error("an endless record was read")
	}
}

func TestDMARC(t *testing.T) {
	const p, f, s, u = pavise.Pass, pavise.Fail, pavise.Skip, pavise.Unknown
	for name, test := range map[string]struct {
		records         map[string][]string
		present, policy pavise.Outcome
	}{
		"none":         {nil, f, s},
		"reject":       {map[string][]string{"_dmarc.example.com TXT": {"v=DMARC1; p=reject"}}, p, p},
		"quarantine":   {map[string][]string{"_dmarc.example.com TXT": {"v=DMARC1;p=quarantine;rua=mailto:a@b.test"}}, p, p},
		"watching":     {map[string][]string{"_dmarc.example.com TXT": {"v=DMARC1; p=none"}}, p, f},
		"testing":      {map[string][]string{"_dmarc.example.com TXT": {"v=DMARC1; p=reject; t=y"}}, p, f},
		"some":         {map[string][]string{"_dmarc.example.com TXT": {"v=DMARC1; p=reject; pct=10"}}, p, f},
		"for below":    {map[string][]string{"_dmarc.example.com TXT": {"v=DMARC1; p=reject; sp=none"}}, p, f},
		"its own":      {map[string][]string{"_dmarc.shop.example.com TXT": {"v=DMARC1; p=reject; sp=none"}}, p, p},
		"two":          {map[string][]string{"_dmarc.example.com TXT": {"v=DMARC1; p=reject", "v=DMARC1; p=none"}}, f, s},
		"another":      {map[string][]string{"_dmarc.example.com TXT": {"v=spf1 -all"}}, f, s},
		"no policy":    {map[string][]string{"_dmarc.example.com TXT": {"v=DMARC1"}}, p, f},
		"not answered": {map[string][]string{"_dmarc.example.com TXT": {"SERVFAIL"}}, u, u},
	} {
		found := judge(DMARC{}, evidence("shop.example.com", test.records))
		for rule, want := range map[string]pavise.Outcome{"present": test.present, "policy": test.policy} {
			if got := found["dns.dmarc."+rule]; got.Outcome != want {
				t.Errorf("%s: %s: %s %s, want %s", name, rule, got.Outcome, got.Saw, want)
			}
		}
	}
}

func TestPolicyOfMTASTS(t *testing.T) {
	servers := []string{"mail.example.com", "mx.example.net"}
	for text, good := range map[string]bool{
		"version: STSv1\r\nmode: enforce\r\nmx: *.example.com\r\nmx: mx.example.net\r\n": true,
		"version: STSv1\nmode: enforce\nmx: mail.example.com\n":                          false, // one is missing
		"version: STSv1\nmode: testing\nmx: *.example.com\nmx: *.example.net\n":          false,
		"version: STSv1\nmode: enforce\nmx: *.com\nmx: *.net\n":                          false,
		"<!doctype html>": false,
		"":                false,
	} {
		if got := wrongPolicy(text, servers); (got == "") != good {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestNoMailNoMTASTS(t *testing.T) {
	for _, mx := range [][]string{nil, {"0 "}} { // RFC 7505
		e := evidence("shop.example.com", map[string][]string{"example.com MX": mx})
		if f := judge(MTASTS{}, e)["dns.mta-sts.policy"]; f.Outcome != pavise.Skip {
			t.Errorf("%v: %s %s", mx, f.Outcome, f.Saw)
		}
	}
}

func TestTLSA(t *testing.T) {
	chain := [][]byte{[]byte("leaf"), []byte("authority")}
	const leaf, authority = "6c656166", "617574686f72697479"
	for record, want := range map[string]bool{
		"3 0 0 " + leaf: true, "3 0 0 " + authority: false, "2 0 0 " + authority: true, "1 0 0 " + leaf: true,
		"3 0 1 5cf9d6a9d5ae1a20a1d1e4ea5a8f3b4e": false, "3 1 1 00": false, "x": false, "3 0 0 zz": false, "": false,
	} {
		if got := matches(record, chain); got != want {
			t.Errorf("%q: %v", record, got)
		}
	}
}

// FuzzRecords: no record makes a judge panic, or ask without end.
func FuzzRecords(f *testing.F) {
	f.Add("v=spf1 include:a.test redirect=b.test -all", "v=DMARC1; p=reject; pct=5", "3 1 1 00", "version: STSv1\nmode: enforce\nmx: *.a.test")
	f.Add("v=spf1 ip4:::/129 +a/ ?mx:=", ";;=;p", "9 9 9 x", ":\n:")
	f.Fuzz(func(t *testing.T, spf, dmarc, tlsa, sts string) {
		e := evidence("shop.example.com", map[string][]string{"example.com TXT": {spf}, "_dmarc.example.com TXT": {dmarc}})
		if n := len((SPF{}).Probes(e)); n > maxLookups+1 {
			t.Errorf("%d questions", n)
		}
		(SPF{}).Check(e)
		(DMARC{}).Check(e)
		matches(tlsa, [][]byte{{1}})
		wrongPolicy(sts, []string{"mail.a.test"})
	})
}
