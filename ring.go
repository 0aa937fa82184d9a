package pavise

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"

	"golang.org/x/crypto/chacha20poly1305"
)

// A Ring seals with its first key and opens with any: XChaCha20-Poly1305, whose
// nonces are long enough to be chosen by lot for ever
// (draft-irtf-cfrg-xchacha-03 3.1). It is safe for concurrent use.
type Ring struct{ keys []ringKey }

type ringKey struct {
	id   [ringID]byte
	aead cipher.AEAD
}

const ringID = 4 // bytes that say which key has sealed: no secret, and no proof

// RingOverhead is how many bytes longer what is sealed is.
const RingOverhead = ringID + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead

// ErrSealed is that something was not sealed by this ring, for this purpose, and
// with this beside it.
var ErrSealed = errors.New("not sealed by a key that is known, or not for this")

// NewRing derives a key for one purpose from each secret (RFC 5869): no two purposes
// have one in common. Secrets have at least 32 bytes; the first is the one to seal
// with.
func NewRing(purpose string, secrets ...[]byte) *Ring {
	r := new(Ring)
	for _, secret := range secrets {
		key, err := hkdf.Key(sha256.New, secret, nil, "pavise ring: "+purpose, chacha20poly1305.KeySize+ringID)
		if err != nil {
			panic(err) // it is short enough for any hash
		}
		aead, err := chacha20poly1305.NewX(key[ringID:])
		if err != nil {
			panic(err) // it has the length
		}
		r.keys = append(r.keys, ringKey{[ringID]byte(key), aead})
	}
	return r
}

// Ring returns the keys for one purpose: of the secret, and of those before.
func (e Env) Ring(purpose string) *Ring { return NewRing(purpose, e.Secrets()...) }

// Secrets are the Secret and those of before. By the last of them nodes agree on names.
func (e Env) Secrets() [][]byte { return append([][]byte{e.Secret}, e.Former...) }

// Seal appends to dst the sealed plain text, which opens only with the same beside.
func (r *Ring) Seal(dst, plain, beside []byte) []byte {
	k := r.keys[0]
	var nonce [chacha20poly1305.NonceSizeX]byte
	rand.Read(nonce[:])
	dst = append(append(dst, k.id[:]...), nonce[:]...)
	return k.aead.Seal(dst, nonce[:], plain, beside)
}

// Open appends to dst what was sealed. It reports stale where an earlier key has
// sealed it, so that the caller may seal it again; the error is [ErrSealed].
func (r *Ring) Open(dst, sealed, beside []byte) (plain []byte, stale bool, err error) {
	if len(sealed) < RingOverhead {
		return nil, false, ErrSealed
	}
	id, nonce, text := [ringID]byte(sealed), sealed[ringID:ringID+chacha20poly1305.NonceSizeX], sealed[ringID+chacha20poly1305.NonceSizeX:]
	for i, k := range r.keys {
		if k.id != id {
			continue
		}
		if plain, err = k.aead.Open(dst, nonce, text, beside); err == nil {
			return plain, i > 0, nil
		}
	}
	return nil, false, ErrSealed
}
