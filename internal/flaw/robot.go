package flaw

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"math/big"
	"slices"

	"pavise"
	"pavise/internal/rawtls"
)

// robot encrypts secrets that are wrong in several ways, and sees whether the server
// answers all alike (RFC 5246 7.4.7.1, https://robotattack.org). The Finished behind is
// always wrong, so that none may succeed.
func (s Server) robot(ctx context.Context) (pavise.Trait, error) {
	suites := within(func(s rawtls.Suite) bool { return s.Exchange() == "RSA" && authentic(s) && !s.Export() })
	var refused *pavise.Trait
	r, err := compare(blocks, func(i int) (string, error) {
		conn, reply, no, err := s.greet(ctx, s.hello(suites...))
		if conn == nil {
			return refusal(&refused, no, err)
		}
		defer conn.Close()
		key, err := publicKey(reply)
		if err != nil {
			return refusal(&refused, &pavise.Trait{Unknown: err.Error()}, nil)
		}
		sealed := encrypt(key, block(i, key.Size()))
		conn.Write(slices.Concat(
			rawtls.Record{Type: rawtls.RecordHandshake, Version: reply.Version,
				Data: rawtls.Message{Type: clientKeyExchange, Body: vector(sealed)}.Marshal()}.Marshal(),
			rawtls.Record{Type: rawtls.RecordChangeCipherSpec, Version: reply.Version, Data: []byte{1}}.Marshal(),
			rawtls.Record{Type: rawtls.RecordHandshake, Version: reply.Version, Data: random(63)}.Marshal())) // no block, whatever the keys
		return hear(conn, nil).String(), nil
	})
	if refused != nil {
		return *refused, nil
	}
	return r, err
}

var errRefused = errors.New("refused")

// refusal ends a comparison that the server takes no part in.
func refusal(to **pavise.Trait, no *pavise.Trait, err error) (string, error) {
	if no != nil {
		*to, err = no, errRefused
	}
	return "", err
}

// blocks are what a secret is encrypted in: one right, and four wrong (PKCS #1 1.5).
var blocks = []string{"a right block", "a wrong begin", "a secret of one byte", "no end of the padding", "a wrong version"}

func block(kind, size int) []byte {
	b := random(size)
	for i := range b {
		b[i] |= 1 // no zero ends the padding too early
	}
	b[0], b[1] = 0, 2
	secret := size - 48
	b[secret-1], b[secret], b[secret+1] = 0, 3, 3
	switch kind {
	case 1:
		b[0], b[1] = 0x41, 0x17
	case 2:
		b[secret-1], b[size-2] = 1, 0
	case 3:
		b[secret-1] = 1
	case 4:
		b[secret], b[secret+1] = 2, 2
	}
	return b
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// encrypt is RSA without any padding of its own.
func encrypt(key *rsa.PublicKey, b []byte) []byte {
	m := new(big.Int).SetBytes(b)
	m.Mod(m, key.N) // a wrong begin may be larger than the modulus
	return m.Exp(m, big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, key.Size()))
}

// Bounds of an RSA key in bytes: a shorter one has no room for a secret, a longer one
// would keep us busy.
const (
	minKey = 64
	maxKey = 1024
)

// publicKey is the key for RSA key exchange.
func publicKey(reply *rawtls.Reply) (*rsa.PublicKey, error) {
	if len(reply.Certificates) == 0 {
		return nil, errors.New("no certificate was shown")
	}
	leaf, err := x509.ParseCertificate(reply.Certificates[0])
	if err != nil {
		return nil, err
	}
	key, ok := leaf.PublicKey.(*rsa.PublicKey)
	if !ok || key.Size() < minKey || key.Size() > maxKey {
		return nil, errors.New("the certificate has no RSA key of 512 to 8192 bits")
	}
	return key, nil
}

func vector(b []byte) []byte { return append([]byte{byte(len(b) >> 8), byte(len(b))}, b...) }
