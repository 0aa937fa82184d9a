package transport

import (
	"crypto/tls"
	"slices"
	"strings"
	"testing"

	"pavise"
	"pavise/internal/rawtls"
)

func TestTLSTunes(t *testing.T) {
	var l pavise.Listener
	if err := (TLS{}).Tune(&l); err != nil || l.MinVersion != tls.VersionTLS12 || len(l.CipherSuites) != 6 || l.Groups[0] != tls.X25519MLKEM768 {
		t.Errorf("%+v, %v", l, err)
	}
	if err := (TLS{Profile: "modern"}).Tune(&l); err != nil || l.MinVersion != tls.VersionTLS13 {
		t.Errorf("%+v, %v", l, err)
	}
	if err := (TLS{Profile: "old"}).Validate(); err == nil || !strings.Contains(err.Error(), "intermediate or modern") {
		t.Error(err)
	}
}

// goodOffer is what a server offers at which nothing fails.
func goodOffer() *pavise.Offered {
	return &pavise.Offered{
		Protocols: []pavise.Protocol{
			{Version: rawtls.SSL2}, {Version: rawtls.SSL3}, {Version: rawtls.TLS10}, {Version: rawtls.TLS11},
			{Version: rawtls.TLS12, Suites: []uint32{0xC02F, 0xC030}, Ordered: true},
			{Version: rawtls.TLS13, Suites: []uint32{0x1301, 0x1303}},
		},
		Groups: []uint16{4588, 29},
		Traits: map[string]pavise.Trait{
			pavise.SecureRenegotiation: {Has: true}, pavise.ExtendedMasterSecret: {Has: true},
			pavise.FallbackSCSV: {Has: true}, pavise.Compression: {},
		},
	}
}

func version(o *pavise.Offered, v uint16) *pavise.Protocol {
	i := slices.IndexFunc(o.Protocols, func(p pavise.Protocol) bool { return p.Version == v })
	return &o.Protocols[i]
}

// with12 adds suites to TLS 1.2.
func with12(suites ...uint32) func(*pavise.Offered) {
	return func(o *pavise.Offered) { p := version(o, rawtls.TLS12); p.Suites = append(p.Suites, suites...) }
}

func withTrait(name string, t pavise.Trait) func(*pavise.Offered) {
	return func(o *pavise.Offered) { o.Traits[name] = t }
}

// judge tells what every rule that does not pass comes to, by its word.
func judge(home, ordinary string, o *pavise.Offered) map[string]string {
	e := &pavise.Evidence{Target: pavise.Target{URL: home, TLS: "a.test:443"}}
	a := pavise.Answer{Probe: handshake(e)}
	switch ordinary {
	case "":
		a.Error = "timeout"
	case "agree":
		a.Session = &pavise.Session{Version: tls.VersionTLS13, Suite: tls.TLS_AES_128_GCM_SHA256}
	default:
		a.Session = &pavise.Session{Refused: ordinary}
	}
	e.Add(a)
	e.Add(pavise.Answer{Probe: offering(e), Offered: o, Error: "timeout"})
	if home == "http://a.test" {
		e.Add(pavise.Answer{Probe: e.Target.Home(), Response: &pavise.Response{Status: 200}})
	}
	came := map[string]string{}
	for _, f := range (TLS{}).Check(e) {
		if f.Outcome != pavise.Pass {
			came[strings.TrimPrefix(f.Rule, "transport.tls.")] = f.Outcome.String() + ": " + f.Saw
		}
	}
	return came
}

func TestTLSJudged(t *testing.T) {
	tests := []struct {
		name   string
		change func(*pavise.Offered)
		want   map[string]string // what does not pass, with a part of what was seen
	}{
		{"good", func(*pavise.Offered) {}, nil},
		{"SSLv2", func(o *pavise.Offered) { version(o, rawtls.SSL2).Suites = []uint32{0x0700C0} }, map[string]string{
			"ssl2": "fail: agreed to SSLv2 with SSL_CK_DES_192_EDE3_CBC_WITH_MD5", "triple-des": "fail: agreed to SSLv2 with",
			"forward-secrecy": "fail: agreed to SSLv2", "cbc": "fail"}},
		{"SSLv3 not known", func(o *pavise.Offered) { version(o, rawtls.SSL3).Unknown = "silence" }, map[string]string{
			"ssl3": "unknown: could not look: silence", "null": "unknown: could not look: SSLv3: silence", "anonymous": "unknown",
			"export": "unknown", "rc4": "unknown", "triple-des": "unknown", "strength": "unknown", "forward-secrecy": "unknown",
			"cbc": "unknown", "order": "unknown", "dh": "unknown", "groups": "unknown"}},
		{"SSLv3", func(o *pavise.Offered) { version(o, rawtls.SSL3).Suites = []uint32{0x0033} },
			map[string]string{"ssl3": "fail", "cbc": "fail: agreed to SSLv3 with TLS_DHE_RSA"}},
		{"TLS 1.0", func(o *pavise.Offered) { version(o, rawtls.TLS10).Suites = []uint32{0x0033} }, map[string]string{"tls10": "fail", "cbc": "fail"}},
		{"TLS 1.1", func(o *pavise.Offered) { version(o, rawtls.TLS11).Suites = []uint32{0x0033} }, map[string]string{"tls11": "fail", "cbc": "fail"}},
		{"no TLS 1.3", func(o *pavise.Offered) { version(o, rawtls.TLS13).Suites = nil; o.Groups = []uint16{29} },
			map[string]string{"tls13": "fail: TLS 1.3 is refused", "hybrid": "fail: none: x25519", "fallback": "skip: only one version"}},
		{"TLS 1.3 not known", func(o *pavise.Offered) {
			*version(o, rawtls.TLS13) = pavise.Protocol{Version: rawtls.TLS13, Unknown: "reset"}
			o.Groups = nil
		},
			map[string]string{"tls13": "unknown", "null": "unknown", "anonymous": "unknown", "export": "unknown", "rc4": "unknown",
				"triple-des": "unknown", "strength": "unknown", "forward-secrecy": "unknown", "cbc": "unknown", "order": "unknown",
				"groups": "unknown", "hybrid": "unknown", "fallback": "unknown"}},
		{"null", with12(0x003B), map[string]string{"null": "fail: agreed to TLS 1.2 with TLS_RSA_WITH_NULL_SHA256", "forward-secrecy": "fail"}},
		{"anonymous", with12(0xC018), map[string]string{"anonymous": "fail", "cbc": "fail"}},
		{"export", with12(0x0014), map[string]string{"export": "fail", "strength": "fail", "cbc": "fail"}},
		{"RC4", with12(0xC011), map[string]string{"rc4": "fail"}},
		{"3DES", with12(0xC012), map[string]string{"triple-des": "fail", "cbc": "fail"}},
		{"DES", with12(0x0015), map[string]string{"strength": "fail", "cbc": "fail"}},
		{"static RSA", with12(0x009C), map[string]string{"forward-secrecy": "fail: agreed to TLS 1.2 with TLS_RSA_WITH_AES_128_GCM_SHA256"}},
		{"many weak suites", with12(0xC009, 0xC00A, 0xC013, 0xC014, 0xC023), map[string]string{"cbc": "and 1 more"}},
		{"CBC alone", func(o *pavise.Offered) {
			version(o, rawtls.TLS12).Suites, version(o, rawtls.TLS13).Suites = []uint32{0xC014}, nil
		}, map[string]string{"aead": "fail", "cbc": "fail", "tls13": "fail", "fallback": "skip"}},
		{"the client's order, all strong", func(o *pavise.Offered) { version(o, rawtls.TLS12).Ordered = false }, nil},
		{"the client's order", func(o *pavise.Offered) { with12(0xC014)(o); version(o, rawtls.TLS12).Ordered = false },
			map[string]string{"cbc": "fail", "order": "fail: the client's order decides in TLS 1.2"}},
		{"short prime", func(o *pavise.Offered) { o.DH = []pavise.DHPrime{{Bits: 1024, Name: "Apache 2.2", Suite: 0x9E}} },
			map[string]string{"dh": "fail: a prime of 1024 bits with TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, shared by all who use that of Apache 2.2"}},
		{"long prime", func(o *pavise.Offered) { o.DH = []pavise.DHPrime{{Bits: 2048, Suite: 0x9E}} }, nil},
		{"prime not known", func(o *pavise.Offered) { o.DHUnknown = "reset" }, map[string]string{"dh": "unknown: could not look: reset"}},
		{"weak curve", func(o *pavise.Offered) { o.Groups = append(o.Groups, 19) }, map[string]string{"groups": "fail: agreed to secp192r1"}},
		{"groups not known", func(o *pavise.Offered) { o.Groups, o.GroupsUnknown = nil, "reset" }, map[string]string{"groups": "unknown", "hybrid": "unknown"}},
		{"compression", withTrait(pavise.Compression, pavise.Trait{Has: true}), map[string]string{"compression": "fail"}},
		{"insecure renegotiation", withTrait(pavise.SecureRenegotiation, pavise.Trait{}), map[string]string{"renegotiation": "fail: the server does not speak RFC 5746"}},
		{"no EMS", withTrait(pavise.ExtendedMasterSecret, pavise.Trait{}), map[string]string{"extended-master-secret": "fail"}},
		{"fallback", withTrait(pavise.FallbackSCSV, pavise.Trait{Saw: "TLS 1.1"}), map[string]string{"fallback": "fail: a needless fallback is agreed to: TLS 1.1"}},
		{"traits not known", func(o *pavise.Offered) {
			withTrait(pavise.FallbackSCSV, pavise.Trait{Unknown: "reset"})(o)
			delete(o.Traits, pavise.Compression)
		}, map[string]string{"fallback": "unknown: could not look: reset", "compression": "unknown: could not look: it was not tried"}},
		{"TLS 1.3 alone", func(o *pavise.Offered) { version(o, rawtls.TLS12).Suites = nil; o.Traits = nil }, map[string]string{"fallback": "skip"}},
	}
	for _, tt := range tests {
		o := goodOffer()
		tt.change(o)
		came := judge("https://a.test", "agree", o)
		for rule, saw := range tt.want {
			if !strings.Contains(came[rule], saw) || came[rule] == "" {
				t.Errorf("%s: %s is %q, want %q", tt.name, rule, came[rule], saw)
			}
			delete(came, rule)
		}
		if len(came) > 0 {
			t.Errorf("%s: %v", tt.name, came)
		}
	}
}

func TestTLSNotLookedAt(t *testing.T) {
	tests := []struct {
		name, home, ordinary string
		o                    *pavise.Offered
		offered, others      string
	}{
		{"offer unanswered", "https://a.test", "agree", nil, "", "unknown: could not look: timeout"},
		{"no TLS", "https://a.test", "first record does not look like a TLS handshake", nil, "fail", "skip"},
		{"nobody there", "https://a.test", "", nil, "unknown", "unknown"},
		{"a site in the clear", "http://a.test", "", nil, "fail", "skip"},
		{"nobody there in the clear", "http://gone.test", "", nil, "unknown", "unknown"},
	}
	rules := len(TLS{}.Doc().Rules)
	for _, tt := range tests {
		came := judge(tt.home, tt.ordinary, tt.o)
		if !strings.HasPrefix(came["offered"], tt.offered) || tt.offered == "" && came["offered"] != "" {
			t.Errorf("%s: %s", tt.name, came["offered"])
		}
		delete(came, "offered")
		if len(came) != rules-1 {
			t.Errorf("%s: %d of %d", tt.name, len(came), rules-1)
		}
		for rule, saw := range came {
			if !strings.HasPrefix(saw, tt.others) {
				t.Errorf("%s: %s is %s", tt.name, rule, saw)
			}
		}
	}
	o := goodOffer()
	*o = pavise.Offered{Protocols: []pavise.Protocol{{Version: rawtls.SSL3, Suites: []uint32{0x0033}}}}
	if came := judge("https://a.test", "alert", o); !strings.HasPrefix(came["ssl3"], "fail") {
		t.Errorf("SSLv3 alone: %v", came)
	}
}
