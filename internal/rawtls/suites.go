package rawtls

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A Suite is a cipher suite. What it is worth is told by its name.
type Suite struct {
	ID     uint32 // on the wire; three bytes in SSLv2
	Name   string // as registered
	key    string // key exchange and authentication: "ECDHE_RSA"
	cipher string // the rest: "AES_128_GCM_SHA256"
}

// Lookup returns the suite of a number: one that is not registered has only a name
// made of it.
func Lookup(id uint32) Suite {
	if s, ok := registered().byID[id]; ok {
		return s
	}
	return Suite{ID: id, Name: "0x" + strings.ToUpper(strconv.FormatUint(uint64(id), 16))}
}

// Suites are all that a version may be offered, the better ones first.
func Suites(version uint16) []uint32 {
	switch version {
	case SSL2:
		return registered().ssl2
	case TLS13:
		return registered().tls13
	}
	return registered().tls
}

// Exchange is how the keys are agreed on: "ECDHE", "DHE", "RSA", "ECDH", "DH", "PSK",
// "SRP", …; "" where the suite leaves that open, as in TLS 1.3. The anonymous kinds of
// Diffie-Hellman are ephemeral.
func (s Suite) Exchange() string {
	switch kind, _, _ := strings.Cut(s.key, "_"); {
	case strings.HasPrefix(s.key, "DH_anon"), s.key == "PSK_DHE":
		return "DHE"
	case s.key == "ECDH_anon":
		return "ECDHE"
	case strings.HasPrefix(s.key, "CECPQ1"):
		return "CECPQ1"
	default:
		return kind
	}
}

// Auth is how the server shows who it is: "RSA", "ECDSA", "DSS", "PSK", "anon", …; ""
// where the suite leaves that open.
func (s Suite) Auth() string {
	switch key := strings.TrimSuffix(strings.TrimSuffix(s.key, "1024"), "_EXPORT"); {
	case s.PSK():
		return "PSK"
	case key == "SRP_SHA":
		return "SRP"
	case s.key == "RSA_FIPS":
		return "RSA"
	default:
		return key[strings.LastIndex(key, "_")+1:]
	}
}

// PSK reports whether both sides must know a key beforehand.
func (s Suite) PSK() bool { return strings.Contains(s.key, "PSK") }

// Anonymous reports whether nobody shows who they are.
func (s Suite) Anonymous() bool { return strings.Contains(s.key, "anon") }

// Export reports whether the suite was weakened for export.
func (s Suite) Export() bool {
	return strings.Contains(s.key, "EXPORT") || strings.Contains(s.cipher, "EXPORT")
}

// ForwardSecret reports whether what was recorded stays secret when the server's key
// becomes known.
func (s Suite) ForwardSecret() bool {
	return slices.Contains([]string{"ECDHE", "DHE", "CECPQ1", "ECCPWD"}, s.Exchange()) || s.modern()
}

// modern reports whether it is a suite of TLS 1.3.
func (s Suite) modern() bool { return s.key == "" && s.cipher != "" && s.ID>>16 == 0 }

// AEAD reports whether encryption and authentication are one.
func (s Suite) AEAD() bool {
	return containsAny(s.cipher, "_GCM", "_CCM", "POLY1305", "_MGM", "AEGIS")
}

// CBC reports whether blocks are chained.
func (s Suite) CBC() bool { return strings.Contains(s.cipher, "CBC") }

// Null reports whether nothing is encrypted.
func (s Suite) Null() bool { return s.Bits() == 0 && s.cipher != "" }

// RC4 reports whether it encrypts with RC4.
func (s Suite) RC4() bool { return strings.HasPrefix(s.cipher, "RC4") }

// TripleDES reports whether it encrypts with 3DES.
func (s Suite) TripleDES() bool { return containsAny(s.cipher, "3DES", "EDE3") }

// SmallBlocks reports whether it encrypts blocks of 64 bits.
func (s Suite) SmallBlocks() bool {
	return containsAny(s.cipher, "DES", "IDEA", "RC2", "28147", "MAGMA")
}

// Bits is the strength of the cipher: what the best known way to break it costs, as
// a power of two. What nobody has registered has 0.
func (s Suite) Bits() int {
	for _, c := range strengths {
		if strings.Contains(s.cipher, c.part) {
			return c.bits
		}
	}
	return 0
}

// strengths go by parts of names, the first that is found.
var strengths = []struct {
	part string
	bits int
}{
	{"EXPORT40", 40}, {"NULL", 0}, {"RC4_40", 40}, {"RC2_CBC_40", 40}, {"DES40", 40}, {"DES_CBC_40", 40},
	{"RC4_56", 56}, {"RC2_56", 56}, {"RC4_64", 64}, {"3DES", 112}, {"EDE3", 112}, {"DES", 56},
	{"AES_256", 256}, {"CAMELLIA_256", 256}, {"ARIA_256", 256}, {"CHACHA20", 256}, {"AEGIS_256", 256},
	{"28147", 256}, {"KUZNYECHIK", 256}, {"MAGMA", 256},
	{"128", 128}, {"IDEA", 128}, {"SEED", 128}, {"SM4", 128},
}

func containsAny(s string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
}

// A registry is the table, read.
type registry struct {
	byID             map[uint32]Suite
	tls, tls13, ssl2 []uint32
}

var registered = sync.OnceValue(func() registry {
	r := registry{byID: map[uint32]Suite{}}
	for line := range strings.Lines(suiteTable) {
		fields := strings.Fields(line)
		for _, field := range fields[1:] {
			key, number, _ := strings.Cut(field, "=")
			n, _ := strconv.ParseUint(number, 16, 32) // a test reads all
			r.add(newSuite(uint32(n), key, fields[0]))
		}
	}
	return r
})

func newSuite(id uint32, key, cipher string) Suite {
	s := Suite{ID: id, Name: "TLS_" + key + "_WITH_" + cipher, key: key, cipher: cipher}
	switch key {
	case "TLS":
		s.Name, s.key = "TLS_"+cipher, ""
	case "CK":
		s.Name, s.key = "SSL_CK_"+cipher, "RSA"
	case "RSA_FIPS":
		s.Name = "SSL_RSA_FIPS_WITH_" + cipher
	}
	return s
}

func (r *registry) add(s Suite) {
	r.byID[s.ID] = s
	switch {
	case s.ID>>16 != 0 || strings.HasPrefix(s.Name, "SSL_CK"):
		r.ssl2 = append(r.ssl2, s.ID)
	case s.modern():
		r.tls13 = append(r.tls13, s.ID)
	default:
		r.tls = append(r.tls, s.ID)
	}
}

// All are the numbers of all registered suites, in order.
func All() []uint32 { return slices.Sorted(maps.Keys(registered().byID)) }
