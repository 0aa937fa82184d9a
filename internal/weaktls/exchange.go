package weaktls

import (
	"crypto"
	"crypto/ecdh"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"math/big"
	"slices"
)

const secp256r1 = 23

// curves are those with which a handshake comes to its end.
var curves = map[uint16]ecdh.Curve{23: ecdh.P256(), 24: ecdh.P384(), 25: ecdh.P521(), 29: ecdh.X25519()}

// weakCurves are the lengths in bytes of the coordinates of curves that it only claims
// to know.
var weakCurves = map[uint16]int{
	1: 21, 6: 30, 9: 36, // sect163k1, sect233k1, sect283k1
	15: 20, 16: 20, 17: 20, 18: 24, 19: 24, 20: 28, 21: 28, 22: 32, // secp160k1 to secp256k1
}

// keyExchange is the ServerKeyExchange of a suite; nil where it has none.
func (c *conn) keyExchange(h *hello, s session) ([]byte, error) {
	var b []byte
	switch k := suites[s.suite].kind; {
	case k == byRSA:
		return nil, nil
	case k == byExportRSA: // RFC 2246 7.4.3
		b = opaque(opaque(nil, exportModulus.Bytes()), []byte{1, 0, 1})
	case k.elliptic():
		point, err := c.point(s.group)
		if err != nil {
			return nil, err
		}
		b = append([]byte{3, byte(s.group >> 8), byte(s.group), byte(len(point))}, point...)
	default:
		b = c.primes(k)
	}
	if suites[s.suite].kind.anonymous() {
		return b, nil
	}
	return c.sign(h, b)
}

// primes are prime, generator and a public value (RFC 5246 7.4.3).
func (c *conn) primes(k kind) []byte {
	p := c.cfg.Prime
	switch {
	case k.export():
		p = exportPrime
	case p == nil:
		p = WeakPrime()
	}
	secret, _ := rand.Int(rand.Reader, p)
	public := new(big.Int).Exp(big.NewInt(2), secret, p)
	size := (p.BitLen() + 7) / 8
	return opaque(opaque(opaque(nil, p.Bytes()), []byte{2}), public.FillBytes(make([]byte, size)))
}

// point is a public value on a curve, and the secret is kept where the curve is real.
func (c *conn) point(group uint16) ([]byte, error) {
	if size, weak := weakCurves[group]; weak {
		point := make([]byte, 1+2*size)
		rand.Read(point)
		point[0], point[1], point[1+size] = 4, 0, 0
		return point, nil
	}
	curve, ok := curves[group]
	if !ok {
		return nil, alert(internalError)
	}
	var err error
	if c.ephemeral, err = curve.GenerateKey(rand.Reader); err != nil {
		return nil, err
	}
	return c.ephemeral.PublicKey().Bytes(), nil
}

func opaque(to, b []byte) []byte {
	return append(binary.BigEndian.AppendUint16(to, uint16(len(b))), b...)
}

// sign appends the signature over parameters (RFC 2246 7.4.3, RFC 5246 7.4.3).
func (c *conn) sign(h *hello, params []byte) ([]byte, error) {
	over := slices.Concat(h.random, c.serverRandom, params)
	if c.version < TLS12 {
		m, s := md5.Sum(over), sha1.Sum(over)
		sig, err := rsa.SignPKCS1v15(nil, c.cfg.Key, crypto.MD5SHA1, append(m[:], s[:]...))
		return opaque(params, sig), err
	}
	scheme, sum, of := uint16(0x0201), sha1Sum(over), crypto.SHA1
	switch offered := h.list(extSignatures, 2); {
	case slices.Contains(offered, 0x0401):
		s := sha256.Sum256(over)
		scheme, sum, of = 0x0401, s[:], crypto.SHA256
	case slices.Contains(offered, 0x0501):
		s := sha512.Sum384(over)
		scheme, sum, of = 0x0501, s[:], crypto.SHA384
	}
	sig, err := rsa.SignPKCS1v15(nil, c.cfg.Key, of, sum)
	return opaque(binary.BigEndian.AppendUint16(params, scheme), sig), err
}

func sha1Sum(b []byte) []byte {
	s := sha1.Sum(b)
	return s[:]
}

// premaster reads a ClientKeyExchange.
func (c *conn) premaster(h *hello, s session, body []byte) ([]byte, error) {
	r := &reader{b: body}
	if suites[s.suite].kind == byECDHE {
		theirs, err := c.ephemeral.Curve().NewPublicKey(r.take(r.byte()))
		if err != nil || r.bad {
			return nil, alert(illegalParameter)
		}
		return c.ephemeral.ECDH(theirs)
	}
	sealed := r.take(r.uint16())
	if r.bad || len(r.b) > 0 {
		return nil, alert(decodeError)
	}
	return c.decrypt(h.version, sealed)
}

// decrypt opens what was encrypted by PKCS #1 1.5. What is wrong must not be told
// (RFC 5246 7.4.7.1); with the flaw it is.
func (c *conn) decrypt(version uint16, sealed []byte) ([]byte, error) {
	key := c.cfg.Key
	m := new(big.Int).SetBytes(sealed)
	if m.Cmp(key.N) >= 0 {
		return nil, alert(decryptError)
	}
	plain := m.Exp(m, key.D, key.N).FillBytes(make([]byte, key.Size()))
	end := slices.Index(plain[2:], 0) + 2
	secret := plain[max(end, 1)+1:]
	var wrong alert
	switch {
	case plain[0] != 0 || plain[1] != 2 || end < 10:
		wrong = handshakeFailure
	case len(secret) != 48:
		wrong = decryptError
	case secret[0] != byte(version>>8) || secret[1] != byte(version):
		wrong = illegalParameter
	default:
		return secret, nil
	}
	if c.cfg.ROBOT {
		return nil, wrong
	}
	random := make([]byte, 48)
	rand.Read(random)
	return random, nil
}
