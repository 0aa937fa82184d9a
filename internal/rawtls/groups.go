package rawtls

import "strconv"

// A Group is one for the key exchange of TLS.
type Group struct {
	ID   uint16
	Name string // as registered
	Bits int    // of security, against a computer of today
	// PostQuantum groups also withstand the quantum computers that are feared.
	PostQuantum bool
}

// groups are the registered ones, those that are common first (IANA TLS Supported
// Groups, https://www.iana.org/assignments/tls-parameters/, as of 2026-11; strengths by
// NIST SP 800-57 part 1 5.6.1).
var groups = []Group{
	{4588, "X25519MLKEM768", 128, true}, {4587, "SecP256r1MLKEM768", 128, true}, {4589, "SecP384r1MLKEM1024", 192, true},
	{4590, "curveSM2MLKEM768", 128, true}, {25497, "X25519Kyber768Draft00", 128, true}, {25498, "SecP256r1Kyber768Draft00", 128, true},
	{512, "MLKEM512", 128, true}, {513, "MLKEM768", 192, true}, {514, "MLKEM1024", 256, true},
	{29, "x25519", 128, false}, {23, "secp256r1", 128, false}, {30, "x448", 224, false},
	{24, "secp384r1", 192, false}, {25, "secp521r1", 256, false},
	{31, "brainpoolP256r1tls13", 128, false}, {32, "brainpoolP384r1tls13", 192, false}, {33, "brainpoolP512r1tls13", 256, false},
	{26, "brainpoolP256r1", 128, false}, {27, "brainpoolP384r1", 192, false}, {28, "brainpoolP512r1", 256, false},
	{34, "GC256A", 128, false}, {35, "GC256B", 128, false}, {36, "GC256C", 128, false}, {37, "GC256D", 128, false},
	{38, "GC512A", 256, false}, {39, "GC512B", 256, false}, {40, "GC512C", 256, false}, {41, "curveSM2", 128, false},
	{14, "sect571r1", 256, false}, {13, "sect571k1", 256, false}, {12, "sect409r1", 192, false}, {11, "sect409k1", 192, false},
	{10, "sect283r1", 128, false}, {9, "sect283k1", 128, false}, {22, "secp256k1", 128, false},
	{21, "secp224r1", 112, false}, {20, "secp224k1", 112, false}, {8, "sect239k1", 112, false}, {7, "sect233r1", 112, false},
	{6, "sect233k1", 112, false}, {5, "sect193r2", 96, false}, {4, "sect193r1", 96, false},
	{19, "secp192r1", 96, false}, {18, "secp192k1", 96, false}, {3, "sect163r2", 80, false}, {2, "sect163r1", 80, false},
	{1, "sect163k1", 80, false}, {17, "secp160r2", 80, false}, {16, "secp160r1", 80, false}, {15, "secp160k1", 80, false},
	{256, "ffdhe2048", 112, false}, {257, "ffdhe3072", 128, false}, {258, "ffdhe4096", 150, false},
	{259, "ffdhe6144", 176, false}, {260, "ffdhe8192", 200, false},
}

// Groups are all that a version may be offered, the common ones first. Up to TLS 1.2
// they are curves alone: a server that is offered RFC 7919 need not show its own prime.
func Groups(version uint16) []uint16 {
	var list []uint16
	for _, g := range groups {
		if version == TLS13 || g.ID < 31 || g.ID > 33 && g.ID < 256 {
			list = append(list, g.ID)
		}
	}
	return list
}

// LookupGroup returns the group of a number: one that is not registered has only a
// name made of it.
func LookupGroup(id uint16) Group {
	for _, g := range groups {
		if g.ID == id {
			return g
		}
	}
	return Group{ID: id, Name: "group " + strconv.Itoa(int(id))}
}
