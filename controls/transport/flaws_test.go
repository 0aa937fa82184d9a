package transport

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"pavise"
)

// modern is what a server of today offers, which makes no attack possible.
func modern() *pavise.Offered {
	return &pavise.Offered{
		Protocols: []pavise.Protocol{{Version: 0x0002}, {Version: 0x0300}, {Version: 0x0301}, {Version: 0x0302},
			{Version: 0x0303, Suites: []uint32{0xc02f}}, {Version: 0x0304, Suites: []uint32{0x1301}}},
		Traits: map[string]pavise.Trait{pavise.HeartbeatOffered: {}, pavise.Compression: {}, pavise.EncryptThenMAC: {}},
	}
}

// with is modern with suites of one more version.
func with(version uint16, suites ...uint32) *pavise.Offered {
	o := modern()
	for i := range o.Protocols {
		if p := &o.Protocols[i]; p.Version == version {
			p.Suites = append(p.Suites, suites...)
		}
	}
	return o
}

// flawEvidence is a site that offers something, and what came of the tries.
func flawEvidence(o *pavise.Offered, tries map[string]pavise.Trait) *pavise.Evidence {
	e := &pavise.Evidence{Target: pavise.Target{URL: "https://a.test", Start: "/", TLS: "a.test:443"}}
	a := pavise.Answer{Probe: offering(e), Offered: o}
	if o == nil {
		a.Error = "no answer within 20s"
	}
	e.Add(a)
	for which, trait := range tries {
		e.Add(pavise.Answer{Probe: pavise.Probe{Flaw: &pavise.Flaw{Address: "a.test:443", Name: "a.test", Which: which}}, Trait: &trait})
	}
	return e
}

// failures are the rules that do not pass, by what they come to; what HTTP adds is left out.
func failures(e *pavise.Evidence) map[string]pavise.Outcome {
	list := map[string]pavise.Outcome{}
	for _, f := range (Flaws{}).Check(e) {
		if f.Outcome != pavise.Pass && f.Rule != breachRule && f.Rule != opossumRule {
			list[strings.TrimPrefix(f.Rule, "transport.flaws.")] = f.Outcome
		}
	}
	return list
}

var sound = map[string]pavise.Trait{
	pavise.CCSInjection: {Saw: "refused"}, pavise.Ticketbleed: {Saw: "echoed"}, pavise.ClientRenegotiation: {Saw: "refused"},
	pavise.ROBOT: {Saw: "the same"}, pavise.PaddingOracle: {Saw: "the same"}, pavise.Heartbleed: {Saw: "dropped"},
}

func TestWhatFollowsFromTheOffer(t *testing.T) {
	compressing, beating := modern(), modern()
	compressing.Traits[pavise.Compression] = pavise.Trait{Has: true}
	weak, strong, hidden := with(0x0303, 0x009e), with(0x0303, 0x009e), with(0x0303, 0x009e)
	weak.DH = []pavise.DHPrime{{Bits: 2048, Suite: 0x009e}, {Bits: 1024, Name: "RFC 2409 group 2", Suite: 0x009e}}
	strong.DH = []pavise.DHPrime{{Bits: 2048, Suite: 0x009e}}
	hidden.DHUnknown = "no answer"
	beating.Traits[pavise.HeartbeatOffered] = pavise.Trait{Unknown: "no answer"}
	protected, dark := with(0x0303, 0xc013), modern()
	protected.Traits[pavise.EncryptThenMAC] = pavise.Trait{Has: true}
	dark.Protocols[1].Unknown = "no answer within 3s"
	for _, c := range []struct {
		name    string
		offered *pavise.Offered
		fails   string
		unknown string
	}{
		{"modern", modern(), "", ""},
		{"SSLv2 with RC4", with(0x0002, 0x010080), "drown", ""},
		{"SSLv2 with 3DES", with(0x0002, 0x0700c0), "drown sweet32", ""},
		{"SSLv3 with RC4", with(0x0300, 0x0005), "", ""},
		{"SSLv3 with CBC", with(0x0300, 0x002f), "poodle beast", ""},
		{"TLS 1.0 with CBC", with(0x0301, 0xc013), "beast lucky13", ""},
		{"TLS 1.1 with CBC", with(0x0302, 0xc013), "lucky13", ""},
		{"CBC, encrypted first for whoever asks", protected, "lucky13", ""},
		{"3DES", with(0x0303, 0x000a), "sweet32 lucky13", ""},
		{"IDEA", with(0x0303, 0x0007), "sweet32 lucky13", ""},
		{"RSA for export", with(0x0303, 0x0003), "freak", ""},
		{"DHE for export", with(0x0303, 0x0014), "sweet32 logjam lucky13", ""},
		{"DHE with 1024 bits", weak, "logjam", ""},
		{"DHE with 2048 bits", strong, "", ""},
		{"DHE of which nobody knows", hidden, "", "logjam"},
		{"compression", compressing, "crime", ""},
		{"heartbeats of which nobody knows", beating, "", "heartbleed"},
		{"SSLv3 of which nobody knows", dark, "", "poodle beast sweet32 freak logjam robot padding-oracle"},
	} {
		got := failures(flawEvidence(c.offered, sound))
		for outcome, want := range map[pavise.Outcome]string{pavise.Fail: c.fails, pavise.Unknown: c.unknown} {
			for rule := range strings.FieldsSeq(want) {
				if got[rule] != outcome {
					t.Errorf("%s: %s: %v, want %v", c.name, rule, got[rule], outcome)
				}
				delete(got, rule)
			}
		}
		if len(got) > 0 {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestTries: a flaw fails where it shows, and what nobody could tell never passes.
func TestTries(t *testing.T) {
	offered := with(0x0303, 0xc013, 0x002f)
	offered.Traits[pavise.HeartbeatOffered] = pavise.Trait{Has: true}
	failures := func(e *pavise.Evidence) map[string]pavise.Outcome {
		list := failures(e)
		delete(list, "lucky13") // of CBC, which a padding oracle needs
		return list
	}
	if got := failures(flawEvidence(offered, sound)); len(got) > 0 {
		t.Errorf("sound: %v", got)
	}
	for _, f := range triedFlaws() {
		for outcome, trait := range map[pavise.Outcome]pavise.Trait{
			pavise.Fail: {Has: true, Saw: "it", Sent: []byte{0x18, 3}}, pavise.Unknown: {Unknown: "no two answers are alike"}} {
			tries := map[string]pavise.Trait{}
			for which, trait := range sound {
				tries[which] = trait
			}
			tries[f.which] = trait
			if got := failures(flawEvidence(offered, tries)); len(got) != 1 || got[f.which] != outcome {
				t.Errorf("%s: %v, want %v", f.which, got, outcome)
			}
		}
	}
	if got := failures(flawEvidence(offered, nil)); len(got) != len(triedFlaws()) || got[pavise.Heartbleed] != pavise.Unknown {
		t.Errorf("never tried: %v", got)
	}
	if got := failures(flawEvidence(nil, nil)); len(got) != len(Flaws{}.Doc().Rules)-3 || got["drown"] != pavise.Unknown {
		t.Errorf("no offer is known: %v", got)
	}
}

// TestTriesOnlyWhatCanBe: a flaw is not tried where what it needs is not offered, and
// renegotiation not before the others are through.
func TestTriesOnlyWhatCanBe(t *testing.T) {
	new13 := modern()
	new13.Protocols[4].Suites = nil
	old := with(0x0303, 0x002f)
	old.Traits[pavise.HeartbeatOffered] = pavise.Trait{Has: true}
	for _, c := range []struct {
		name    string
		offered *pavise.Offered
		tries   map[string]pavise.Trait
		want    []string
	}{
		{"not known yet", nil, nil, nil},
		{"TLS 1.3 alone", new13, nil, nil},
		{"modern", modern(), nil, []string{pavise.CCSInjection, pavise.Ticketbleed}},
		{"modern, at last", modern(), sound, []string{pavise.CCSInjection, pavise.Ticketbleed, pavise.ClientRenegotiation}},
		{"old", old, nil, []string{pavise.Heartbleed, pavise.CCSInjection, pavise.ROBOT, pavise.Ticketbleed, pavise.PaddingOracle}},
		{"old, at last", old, sound, []string{pavise.Heartbleed, pavise.CCSInjection, pavise.ROBOT, pavise.Ticketbleed, pavise.PaddingOracle, pavise.ClientRenegotiation}},
	} {
		var asked []string
		for _, p := range (Flaws{}).Probes(flawEvidence(c.offered, c.tries)) {
			if p.Flaw != nil {
				asked = append(asked, p.Flaw.Which)
			}
		}
		if !slices.Equal(asked, c.want) {
			t.Errorf("%s: %v, want %v", c.name, asked, c.want)
		}
	}
	clear := &pavise.Evidence{Target: pavise.Target{URL: "http://a.test", Start: "/", TLS: "a.test:80", Clear: "http://a.test"}}
	for _, p := range (Flaws{}).Probes(clear) {
		if p.Offer != nil {
			t.Error("the port of plain http is asked for TLS")
		}
	}
	if got := failures(clear); got["drown"] != pavise.Skip || got["robot"] != pavise.Skip {
		t.Errorf("%v", got)
	}
}

func TestBreach(t *testing.T) {
	page := func(token, body string) *pavise.Response {
		field := pavise.Field{Name: "_csrf", Kind: "hidden", Value: token}
		return &pavise.Response{Status: 200, Body: []byte(body), Forms: []pavise.Form{{Fields: []pavise.Field{field}}}}
	}
	const secret = "0123456789abcdef"
	for _, c := range []struct {
		name, coding string
		page, home   *pavise.Response
		want         pavise.Outcome
	}{
		{"all three", "gzip", page(secret, marker), page(secret, ""), pavise.Fail},
		{"brotli", "br", page(secret, marker), page(secret, ""), pavise.Fail},
		{"not compressed", "", page(secret, marker), page(secret, ""), pavise.Pass},
		{"no secret", "gzip", page("", marker), page("", ""), pavise.Pass},
		{"not repeated", "gzip", page(secret, ""), page(secret, ""), pavise.Pass},
		{"another token each time", "gzip", page(secret, marker), page("456789abcdef0123", ""), pavise.Pass},
		{"read once", "gzip", page(secret, marker), nil, pavise.Unknown},
		{"not read", "gzip", nil, page(secret, ""), pavise.Unknown},
	} {
		e := flawEvidence(modern(), nil)
		e.Add(pavise.Answer{Probe: compressedPage(e), Response: &pavise.Response{Status: 200, Header: http.Header{"Content-Encoding": {c.coding}}}})
		e.Add(pavise.Answer{Probe: repeatedPage(e), Response: c.page})
		e.Add(pavise.Answer{Probe: e.Target.Home(), Response: c.home})
		if f := checkBreach(e); f.Outcome != c.want {
			t.Errorf("%s: %v %s, want %v", c.name, f.Outcome, f.Saw, c.want)
		}
	}
	if f := checkBreach(flawEvidence(modern(), nil)); f.Outcome != pavise.Unknown {
		t.Errorf("never asked: %v", f.Outcome)
	}
}

func TestOpossum(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer *pavise.Answer
		want   pavise.Outcome
	}{
		{"agreed to", &pavise.Answer{Response: &pavise.Response{Status: 101, Header: http.Header{"Upgrade": {"TLS/1.2, HTTP/1.1"}}}}, pavise.Fail},
		{"another upgrade", &pavise.Answer{Response: &pavise.Response{Status: 101, Header: http.Header{"Upgrade": {"h2c"}}}}, pavise.Pass},
		{"redirected", &pavise.Answer{Response: &pavise.Response{Status: 301, Header: http.Header{}}}, pavise.Pass},
		{"nobody there", &pavise.Answer{Error: "refused", Closed: true}, pavise.Pass},
		{"no answer", &pavise.Answer{Error: "no answer within 10s"}, pavise.Unknown},
		{"never asked", nil, pavise.Unknown},
	} {
		e := flawEvidence(modern(), nil)
		e.Target.Clear = "http://a.test"
		if c.answer != nil {
			c.answer.Probe = upgradeToTLS(e)
			e.Add(*c.answer)
		}
		if f := checkOpossum(e); f.Outcome != c.want {
			t.Errorf("%s: %v %s, want %v", c.name, f.Outcome, f.Saw, c.want)
		}
	}
	if f := checkOpossum(flawEvidence(modern(), nil)); f.Outcome != pavise.Skip {
		t.Errorf("no plain http: %v", f.Outcome)
	}
	same := flawEvidence(modern(), nil)
	same.Target.Clear = "http://" + same.Target.TLS
	same.Add(pavise.Answer{Probe: upgradeToTLS(same), Error: "malformed HTTP response"})
	if f := checkOpossum(same); f.Outcome != pavise.Skip {
		t.Errorf("plain http at the port of TLS: %v", f.Outcome)
	}
}
