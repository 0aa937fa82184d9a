package rawtls

import (
	"crypto/tls"
	"slices"
	"strings"
	"testing"
)

func TestSuiteTable(t *testing.T) {
	fields := 0
	for line := range strings.Lines(suiteTable) {
		fields += len(strings.Fields(line)) - 1
	}
	all := All()
	if len(all) != fields || slices.Contains(all, 0) {
		t.Errorf("%d numbers in the table, %d of them different and read", fields, len(all))
	}
	n := len(Suites(SSL2)) + len(Suites(TLS12)) + len(Suites(TLS13))
	if n != fields || len(Suites(SSL2)) != 10 {
		t.Errorf("%d suites for %d numbers", n, fields)
	}
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		want := s.Name
		if got := Lookup(uint32(s.ID)).Name; got != want {
			t.Errorf("%04X is %s, want %s", s.ID, got, want)
		}
	}
}

func TestWhatSuitesAreWorth(t *testing.T) {
	tests := []struct {
		id             uint32
		exchange, auth string
		bits           int
		traits         string
	}{
		{0x1301, "", "", 128, "fs aead"},
		{0xC02F, "ECDHE", "RSA", 128, "fs aead"},
		{0xC02C, "ECDHE", "ECDSA", 256, "fs aead"},
		{0xCCAA, "DHE", "RSA", 256, "fs aead"},
		{0xC014, "ECDHE", "RSA", 256, "fs cbc"},
		{0x0032, "DHE", "DSS", 128, "fs cbc"},
		{0x009C, "RSA", "RSA", 128, "aead"},
		{0x000A, "RSA", "RSA", 112, "cbc 3des small"},
		{0x0005, "RSA", "RSA", 128, "rc4"},
		{0x0001, "RSA", "RSA", 0, "null"},
		{0xC0B4, "", "", 0, "fs null"},
		{0x0003, "RSA", "RSA", 40, "export rc4"},
		{0x0064, "RSA", "RSA", 56, "export rc4"},
		{0x0014, "DHE", "RSA", 40, "fs export cbc small"},
		{0x0018, "DHE", "anon", 128, "fs anon rc4"},
		{0x0017, "DHE", "anon", 40, "fs anon export rc4"},
		{0xC019, "ECDHE", "anon", 256, "fs anon cbc"},
		{0xC037, "ECDHE", "PSK", 128, "fs psk cbc"},
		{0xC0AB, "DHE", "PSK", 256, "fs psk aead"},
		{0x0094, "RSA", "PSK", 128, "psk cbc"},
		{0xC02D, "ECDH", "ECDSA", 128, "aead"},
		{0xC01D, "SRP", "SRP", 128, "cbc"},
		{0x0009, "RSA", "RSA", 56, "cbc small"},
		{0x020080, "RSA", "RSA", 40, "export rc4"},
		{0x0700C0, "RSA", "RSA", 112, "cbc 3des small"},
		{0xABCD, "", "", 0, ""},
	}
	for _, tt := range tests {
		s := Lookup(tt.id)
		var traits []string
		for _, trait := range []struct {
			name string
			has  bool
		}{{"fs", s.ForwardSecret()}, {"psk", s.PSK()}, {"anon", s.Anonymous()}, {"export", s.Export()}, {"aead", s.AEAD()},
			{"cbc", s.CBC()}, {"rc4", s.RC4()}, {"3des", s.TripleDES()}, {"small", s.SmallBlocks()}, {"null", s.Null()}} {
			if trait.has {
				traits = append(traits, trait.name)
			}
		}
		if got := strings.Join(traits, " "); s.Exchange() != tt.exchange || s.Auth() != tt.auth || s.Bits() != tt.bits || got != tt.traits {
			t.Errorf("%s: exchange %q, auth %q, %d bits, %s", s.Name, s.Exchange(), s.Auth(), s.Bits(), got)
		}
	}
	for _, id := range All() {
		if s := Lookup(id); s.Bits() == 0 && !strings.Contains(s.Name, "NULL") && s.ID>>1 != 0xC0B4>>1 {
			t.Errorf("%s has no strength", s.Name)
		}
	}
}

func TestGroups(t *testing.T) {
	seen := map[uint16]bool{}
	for _, id := range Groups(TLS13) {
		if g := LookupGroup(id); seen[id] || g.Bits == 0 {
			t.Errorf("group %+v", g)
		}
		seen[id] = true
	}
	for _, id := range Groups(TLS12) {
		if g := LookupGroup(id); g.PostQuantum || strings.HasPrefix(g.Name, "ffdhe") || strings.HasSuffix(g.Name, "tls13") {
			t.Errorf("%s is of TLS 1.3", g.Name)
		}
	}
	if g := LookupGroup(uint16(tls.X25519MLKEM768)); g.Name != "X25519MLKEM768" || !g.PostQuantum {
		t.Errorf("%+v", g)
	}
	if g := LookupGroup(9999); g.Name != "group 9999" {
		t.Errorf("%+v", g)
	}
}
