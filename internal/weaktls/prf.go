package weaktls

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"hash"
)

// prf is the pseudo-random function of TLS 1.0 to 1.2 (RFC 2246 5, RFC 5246 5).
func prf(version uint16, secret []byte, label string, seed []byte, n int) []byte {
	seed = append([]byte(label), seed...)
	if version >= TLS12 {
		return expand(sha256.New, secret, seed, n)
	}
	half := (len(secret) + 1) / 2
	out := expand(md5.New, secret[:half], seed, n)
	for i, b := range expand(sha1.New, secret[len(secret)-half:], seed, n) {
		out[i] ^= b
	}
	return out
}

// expand is P_hash.
func expand(of func() hash.Hash, secret, seed []byte, n int) (out []byte) {
	sum := func(parts ...[]byte) []byte {
		mac := hmac.New(of, secret)
		for _, p := range parts {
			mac.Write(p)
		}
		return mac.Sum(nil)
	}
	for a := sum(seed); len(out) < n; a = sum(a) {
		out = append(out, sum(a, seed)...)
	}
	return out[:n]
}

// digest is the hash over a handshake (RFC 2246 7.4.9, RFC 5246 7.4.9).
func digest(version uint16, transcript []byte) []byte {
	if version >= TLS12 {
		sum := sha256.Sum256(transcript)
		return sum[:]
	}
	m, s := md5.Sum(transcript), sha1.Sum(transcript)
	return append(m[:], s[:]...)
}
