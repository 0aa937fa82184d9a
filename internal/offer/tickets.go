package offer

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/hex"
	"hash"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/cryptobyte"

	"pavise/internal/rawtls"
)

// maxHeard bounds what a tap keeps.
const maxHeard = 128 << 10

// A tap keeps what the server sends: the standard library does not tell how long a
// ticket lives, nor whether it allows early data.
type tap struct {
	net.Conn
	heard []byte
}

func (t *tap) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	t.heard = append(t.heard, b[:min(n, maxHeard-len(t.heard))]...)
	return n, err
}

// tickets reads what the tickets say that came over the line.
func (t *tap) tickets(state tls.ConnectionState, keys string) issued {
	var got issued
	open := opener(state.CipherSuite, secretOf(keys))
	for from := bytes.NewReader(t.heard); ; {
		r, err := rawtls.ReadRecord(from)
		switch {
		case err != nil:
			return got
		case r.Type == rawtls.RecordHandshake:
			got.read(r.Data) // RFC 5077 3.3: in the clear up to TLS 1.2
		case r.Type == rawtls.RecordData && state.Version == tls.VersionTLS13 && open != nil:
			got.read(open(r))
		}
	}
}

// read takes up the tickets among messages.
func (i *issued) read(data []byte) {
	s := cryptobyte.String(data)
	for {
		var kind uint8
		var body, nonce, ticket, list cryptobyte.String
		var seconds, age uint32
		if !s.ReadUint8(&kind) || !s.ReadUint24LengthPrefixed(&body) {
			return
		}
		if kind != rawtls.MessageNewSessionTicket || !body.ReadUint32(&seconds) {
			continue
		}
		i.life = max(i.life, time.Duration(seconds)*time.Second)
		if !body.ReadUint32(&age) || !body.ReadUint8LengthPrefixed(&nonce) ||
			!body.ReadUint16LengthPrefixed(&ticket) || !body.ReadUint16LengthPrefixed(&list) {
			continue // of TLS 1.2
		}
		for !list.Empty() {
			var e uint16
			var value cryptobyte.String
			var size uint32
			if !list.ReadUint16(&e) || !list.ReadUint16LengthPrefixed(&value) {
				break
			}
			if e == rawtls.ExtEarlyData && value.ReadUint32(&size) {
				i.early = max(i.early, size)
			}
		}
	}
}

// secretOf is the secret of the server's data from a log of keys.
func secretOf(keys string) []byte {
	for line := range strings.Lines(keys) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "SERVER_TRAFFIC_SECRET_0" {
			secret, _ := hex.DecodeString(f[2])
			return secret
		}
	}
	return nil
}

// opener decrypts the records of the server's data, one after the other. What is under
// another key, as the handshake is, it passes by.
func opener(suite uint16, secret []byte) func(rawtls.Record) []byte {
	aead, iv := serverKeys(suite, secret)
	if aead == nil {
		return nil
	}
	sequence := uint64(0)
	return func(r rawtls.Record) []byte {
		nonce := bytes.Clone(iv)
		for i := range 8 { // RFC 8446 5.3
			nonce[len(nonce)-1-i] ^= byte(sequence >> (8 * i))
		}
		head := r.Marshal()[:5]
		plain, err := aead.Open(nil, nonce, r.Data, head)
		if err != nil {
			return nil
		}
		sequence++
		plain = bytes.TrimRight(plain, "\x00") // RFC 8446 5.4
		if len(plain) == 0 || plain[len(plain)-1] != rawtls.RecordHandshake {
			return nil
		}
		return plain[:len(plain)-1]
	}
}

// serverKeys derives the keys of the server's data (RFC 8446 7.3).
func serverKeys(suite uint16, secret []byte) (cipher.AEAD, []byte) {
	newHash, size := func() hash.Hash { return sha256.New() }, 16
	switch suite {
	case tls.TLS_AES_256_GCM_SHA384:
		newHash, size = sha512.New384, 32
	case tls.TLS_CHACHA20_POLY1305_SHA256:
		size = 32
	case tls.TLS_AES_128_GCM_SHA256:
	default:
		return nil, nil
	}
	key, err := expand(newHash, secret, "key", size)
	if err != nil {
		return nil, nil
	}
	iv, err := expand(newHash, secret, "iv", 12)
	if err != nil {
		return nil, nil
	}
	if suite == tls.TLS_CHACHA20_POLY1305_SHA256 {
		aead, _ := chacha20poly1305.New(key)
		return aead, iv
	}
	block, _ := aes.NewCipher(key)
	aead, _ := cipher.NewGCM(block)
	return aead, iv
}

// expand is HKDF-Expand-Label without a context (RFC 8446 7.1).
func expand(newHash func() hash.Hash, secret []byte, label string, size int) ([]byte, error) {
	label = "tls13 " + label
	info := string([]byte{0, byte(size), byte(len(label))}) + label + "\x00"
	return hkdf.Expand(newHash, secret, info, size)
}

// kept is a cache of one session, and the keys of the last handshake.
type kept struct {
	mu      sync.Mutex
	session *tls.ClientSessionState
	put     chan struct{} // closed when there is one
	secret  bytes.Buffer
}

func newKept() *kept { return &kept{put: make(chan struct{})} }

// Get returns the session, whatever the key.
func (k *kept) Get(string) (*tls.ClientSessionState, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.session, k.session != nil
}

// Put keeps the first session.
func (k *kept) Put(_ string, session *tls.ClientSessionState) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.session == nil && session != nil {
		k.session = session
		close(k.put)
	}
}

func (k *kept) full() bool {
	_, ok := k.Get("")
	return ok
}
