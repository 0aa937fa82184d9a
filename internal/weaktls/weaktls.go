// Package weaktls is a TLS server with the known flaws of TLS, made on purpose: for
// tests and for the weak shop. It shares nothing with the client that looks for the
// flaws, so that neither hides a mistake of the other. It must never stand anywhere
// but on loopback.
package weaktls

import (
	"crypto/rsa"
	"math/big"
	"net"
	"sync/atomic"
)

// The versions of the protocol, as they are on the wire.
const (
	SSL2  = 0x0002
	SSL3  = 0x0300
	TLS10 = 0x0301
	TLS11 = 0x0302
	TLS12 = 0x0303
)

// A Config says what a server agrees to, and which flaws it has. The zero value of a
// field is a server without that flaw.
type Config struct {
	Certificate []byte // DER
	Key         *rsa.PrivateKey

	Versions []uint16 // any of the above
	Suites   []uint16 // agreed to, in the server's order; of [Suites]
	SSL2     []uint32 // the same of SSLv2; it only begins the handshake
	Ordered  bool     // the server's order decides, not the client's
	Groups   []uint16 // curves agreed to; nil is P-256
	Prime    *big.Int // for ephemeral Diffie-Hellman; nil is that of [WeakPrime]

	Compression         bool // DEFLATE is agreed to, and then nothing follows
	Insecure            bool // RFC 5746 is not spoken
	Selective           bool // Insecure, but to who offers TLS 1.3: clients of today leave otherwise
	ClientRenegotiation bool // a client may begin one
	FallbackSCSV        bool // RFC 7507 is kept
	Tickets             bool // RFC 5077: sessions resume by ticket
	SessionIDs          bool // it names the sessions, which never resume

	Heartbeat   bool    // RFC 6520 is spoken
	Heartbleed  bool    // CVE-2014-0160
	CCS         bool    // CVE-2014-0224
	ROBOT       bool    // CVE-2017-13099: it tells what is wrong with an RSA key exchange
	Ticketbleed bool    // CVE-2016-9244
	Padding     Padding // how records in CBC mode are judged
}

// A Padding is a way to judge a record in CBC mode whose padding or MAC is wrong.
type Padding string

// The ways that tell an attacker something. [Sound] tells nothing.
const (
	Sound      Padding = ""
	POODLE     Padding = "poodle"      // CVE-2014-8730: the bytes of the padding are not looked at
	Zombie     Padding = "zombie"      // wrong padding and a wrong MAC have alerts of their own
	Golden     Padding = "golden"      // good padding with a wrong MAC ends the connection without an alert
	Sleeping   Padding = "sleeping"    // a record with wrong padding but the right MAC is dropped in silence
	ZeroLength Padding = "zero-length" // CVE-2019-1559: as OpenSSL, at an empty record
	AESNI      Padding = "aes-ni"      // CVE-2016-2107: as OpenSSL, where all is padding
)

// Canary is what stands in the memory that the flawed answers show.
const Canary = "PAVISE-CANARY-NOT-A-SECRET "

// Listen has connections of another listener speak TLS.
func Listen(l net.Listener, c Config) net.Listener { return &listener{l, &c, new(atomic.Uint32)} }

type listener struct {
	net.Listener
	cfg   *Config
	count *atomic.Uint32 // of what was shown of the memory
}

// Accept returns a connection whose handshake comes with the first Read.
func (l *listener) Accept() (net.Conn, error) {
	raw, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: raw, cfg: l.cfg, count: l.count}, nil
}

// memory is n bytes that no two answers show alike.
func (c *conn) memory(n int) []byte {
	count := c.count.Add(1)
	b := []byte{byte(count >> 24), byte(count >> 16), byte(count >> 8), byte(count)}
	for len(b) < n {
		b = append(b, Canary...)
	}
	return b[:n]
}
