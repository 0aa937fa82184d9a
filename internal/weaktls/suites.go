package weaktls

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha1"
	"crypto/sha256"
	"hash"
	"math/big"
)

// A kind is how the keys of a suite are agreed on.
type kind int

const (
	byRSA       kind = iota // the client encrypts a secret for the certificate's key
	byExportRSA             // for a key of 512 bits
	byDHE
	byExportDHE // with a prime of 512 bits
	byECDHE
	byAnonDH
	byExportAnonDH
	byAnonECDH
)

func (k kind) anonymous() bool { return k == byAnonDH || k == byExportAnonDH || k == byAnonECDH }
func (k kind) elliptic() bool  { return k == byECDHE || k == byAnonECDH }
func (k kind) export() bool    { return k == byExportRSA || k == byExportDHE || k == byExportAnonDH }

// A suite is one that the server knows. Where mac is nil it only begins the handshake,
// and refuses to go on.
type suite struct {
	kind  kind
	since uint16 // the first version that has it; 0 is any
	key   int    // bytes
	mac   func() hash.Hash
	block func(key []byte) (cipher.Block, error) // nil: a stream, or none
	rc4   bool
}

// Suites are all that a [Config] may name: nothing that anybody should use today.
var suites = map[uint16]suite{
	0x0001: {kind: byRSA, mac: md5.New},  // NULL_MD5
	0x0002: {kind: byRSA, mac: sha1.New}, // NULL_SHA
	0x003b: {kind: byRSA, since: TLS12, mac: sha256.New},
	0x0003: {kind: byExportRSA}, // RC4_40_MD5
	0x0006: {kind: byExportRSA}, // RC2_CBC_40_MD5
	0x0008: {kind: byExportRSA}, // DES40_CBC_SHA
	0x0004: {kind: byRSA, key: 16, mac: md5.New, rc4: true},
	0x0005: {kind: byRSA, key: 16, mac: sha1.New, rc4: true},
	0x0007: {kind: byRSA}, // IDEA
	0x0009: {kind: byRSA, key: 8, mac: sha1.New, block: des.NewCipher},
	0x000a: {kind: byRSA, key: 24, mac: sha1.New, block: des.NewTripleDESCipher},
	0x002f: {kind: byRSA, key: 16, mac: sha1.New, block: aes.NewCipher},
	0x0035: {kind: byRSA, key: 32, mac: sha1.New, block: aes.NewCipher},
	0x003c: {kind: byRSA, since: TLS12, key: 16, mac: sha256.New, block: aes.NewCipher},
	0x003d: {kind: byRSA, since: TLS12, key: 32, mac: sha256.New, block: aes.NewCipher},
	0x0096: {kind: byRSA},       // SEED
	0x0041: {kind: byRSA},       // CAMELLIA_128
	0x0014: {kind: byExportDHE}, // DES40_CBC_SHA
	0x0015: {kind: byDHE},       // DES_CBC_SHA
	0x0016: {kind: byDHE},       // 3DES_EDE_CBC_SHA
	0x0033: {kind: byDHE},       // AES_128_CBC_SHA
	0x0039: {kind: byDHE},       // AES_256_CBC_SHA
	0x0017: {kind: byExportAnonDH},
	0x0018: {kind: byAnonDH},                             // RC4_128_MD5
	0x001b: {kind: byAnonDH},                             // 3DES_EDE_CBC_SHA
	0x0034: {kind: byAnonDH},                             // AES_128_CBC_SHA
	0xc010: {kind: byECDHE, since: TLS10, mac: sha1.New}, // NULL_SHA
	0xc011: {kind: byECDHE, since: TLS10, key: 16, mac: sha1.New, rc4: true},
	0xc012: {kind: byECDHE, since: TLS10, key: 24, mac: sha1.New, block: des.NewTripleDESCipher},
	0xc013: {kind: byECDHE, since: TLS10, key: 16, mac: sha1.New, block: aes.NewCipher},
	0xc014: {kind: byECDHE, since: TLS10, key: 32, mac: sha1.New, block: aes.NewCipher},
	0xc015: {kind: byAnonECDH, since: TLS10},
	0xc018: {kind: byAnonECDH, since: TLS10}, // AES_128_CBC_SHA
}

// Suites returns every suite that a [Config] may name, the weakest first but for those
// that real clients agree to, which lead.
func Suites() []uint16 {
	return []uint16{0xc013, 0xc014, 0x002f, 0x0035, 0x003c, 0x003d, 0x0005, 0x0004, 0x000a, 0xc011, 0xc012,
		0x0033, 0x0039, 0x0016, 0x0015, 0x0014, 0x0003, 0x0006, 0x0008, 0x0007, 0x0009, 0x0096, 0x0041,
		0x0001, 0x0002, 0x003b, 0xc010, 0x0017, 0x0018, 0x001b, 0x0034, 0xc015, 0xc018}
}

// stream is the cipher of RC4 suites.
func stream(key []byte) cipher.Stream {
	c, err := rc4.NewCipher(key)
	if err != nil {
		panic(err) // the key is ours, and 16 bytes
	}
	return c
}

// The prime of Oakley group 2 (RFC 2409 6.2), and for export, of 512 bits, a prime and a
// modulus that nobody must use.
var (
	oakley2       = hexInt("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF")
	exportPrime   = hexInt("D1E287F8B9AC2CB3E5577AE1BA23BA7EECD79F54838A7C8017E52FE1518DC71E0BE4F07A81EE17052480F13E27027B6B8A3E951BCA031ED9C33733B7B46272AB")
	exportModulus = hexInt("F534130A59A668ADF9A8BD342FDE56B0657A5BF57CD246F286AE2FEB75E0C0628415BBFC9CDA53E6801871B0B4A3FDDE2E4CA7FB2F660214625981F974F52F39")
)

// WeakPrime is the prime of Oakley group 2 (RFC 2409 6.2), of 1024 bits.
func WeakPrime() *big.Int { return oakley2 }

func hexInt(s string) *big.Int {
	n, ok := new(big.Int).SetString(s, 16)
	if !ok {
		panic("no number: " + s)
	}
	return n
}
