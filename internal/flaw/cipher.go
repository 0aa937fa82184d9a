package flaw

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	_ "crypto/md5" // for the hashes below
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/binary"
	"slices"

	"pavise/internal/rawtls"
)

// A kind is a suite with which we come to the end of a handshake: AES, in CBC or GCM.
type kind struct {
	id  uint16
	key int         // bytes
	mac crypto.Hash // 0: GCM
	prf crypto.Hash // of TLS 1.2
}

var kinds = []kind{
	{0xc02f, 16, 0, crypto.SHA256}, {0xc02b, 16, 0, crypto.SHA256}, {0xc030, 32, 0, crypto.SHA384}, {0xc02c, 32, 0, crypto.SHA384},
	{0xc013, 16, crypto.SHA1, crypto.SHA256}, {0xc009, 16, crypto.SHA1, crypto.SHA256}, {0xc014, 32, crypto.SHA1, crypto.SHA256},
	{0xc00a, 32, crypto.SHA1, crypto.SHA256}, {0xc027, 16, crypto.SHA256, crypto.SHA256}, {0xc023, 16, crypto.SHA256, crypto.SHA256},
	{0x009c, 16, 0, crypto.SHA256}, {0x009d, 32, 0, crypto.SHA384}, {0x002f, 16, crypto.SHA1, crypto.SHA256},
	{0x0035, 32, crypto.SHA1, crypto.SHA256}, {0x003c, 16, crypto.SHA256, crypto.SHA256}, {0x003d, 32, crypto.SHA256, crypto.SHA256},
}

// spoken are the suites of some kinds.
func spoken(is func(kind) bool) []uint16 {
	var list []uint16
	for _, k := range kinds {
		if is(k) {
			list = append(list, k.id)
		}
	}
	return list
}

// prf is the pseudo-random function of a version (RFC 5246 5, RFC 2246 5).
func prf(version uint16, hash crypto.Hash, secret []byte, label string, seed []byte, n int) []byte {
	seed = append([]byte(label), seed...)
	if version >= rawtls.TLS12 {
		return expand(hash, secret, seed, n)
	}
	half := (len(secret) + 1) / 2
	a, b := expand(crypto.MD5, secret[:half], seed, n), expand(crypto.SHA1, secret[len(secret)-half:], seed, n)
	for i := range a {
		a[i] ^= b[i]
	}
	return a
}

func expand(hash crypto.Hash, secret, seed []byte, n int) []byte {
	var out []byte
	a := seed
	for len(out) < n {
		a = sum(hash, secret, a)
		out = append(out, sum(hash, secret, a, seed)...)
	}
	return out[:n]
}

func sum(hash crypto.Hash, key []byte, parts ...[]byte) []byte {
	h := hmac.New(hash.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// A half is one direction of a connection, encrypted.
type half struct {
	kind
	version uint16
	mac     []byte // key
	block   cipher.Block
	iv      []byte // TLS 1.0: of the next record; GCM: the implicit part
	seq     uint64
}

// halves are the keys of the client's direction and the server's (RFC 5246 6.3).
func halves(k kind, version uint16, master, seed []byte) (client, server *half, err error) {
	mac, iv := 0, 4 // RFC 5288 3
	if k.mac != 0 {
		mac, iv = k.mac.Size(), 0
		if version == rawtls.TLS10 {
			iv = aes.BlockSize
		}
	}
	keys := prf(version, k.prf, master, "key expansion", seed, 2*(mac+k.key+iv))
	take := func(n int) []byte {
		b := keys[:n]
		keys = keys[n:]
		return b
	}
	both := []*half{{kind: k, version: version}, {kind: k, version: version}}
	for _, h := range both {
		h.mac = take(mac)
	}
	for _, h := range both {
		if h.block, err = aes.NewCipher(take(k.key)); err != nil {
			return nil, nil, err
		}
	}
	for _, h := range both {
		h.iv = take(iv)
	}
	return both[0], both[1], nil
}

// head is what the MAC covers before the data (RFC 5246 6.2.3.1).
func (h *half) head(kind byte, length int) []byte {
	b := binary.BigEndian.AppendUint64(nil, h.seq)
	b = append(b, kind)
	b = binary.BigEndian.AppendUint16(b, h.version)
	return binary.BigEndian.AppendUint16(b, uint16(length))
}

// sign is the MAC of the next record.
func (h *half) sign(kind byte, data []byte) []byte {
	return sum(h.kind.mac, h.mac, h.head(kind, len(data)), data)
}

// seal is the next record, as it should be.
func (h *half) seal(kind byte, data []byte) []byte {
	if h.kind.mac != 0 {
		return h.chain(kind, pad(append(slices.Clone(data), h.sign(kind, data)...)))
	}
	gcm, _ := cipher.NewGCM(h.block) // of AES: cannot fail
	explicit := binary.BigEndian.AppendUint64(nil, h.seq)
	out := gcm.Seal(nil, append(slices.Clone(h.iv), explicit...), data, h.head(kind, len(data)))
	h.seq++
	return rawtls.Record{Type: kind, Version: h.version, Data: append(explicit, out...)}.Marshal()
}

// pad fills up to the next block (RFC 5246 6.2.3.2).
func pad(b []byte) []byte {
	n := aes.BlockSize - len(b)%aes.BlockSize
	return append(b, bytes.Repeat([]byte{byte(n - 1)}, n)...)
}

// chain is the next record in CBC mode, whatever it has for data, MAC and padding.
func (h *half) chain(kind byte, plain []byte) []byte {
	iv, out := h.iv, []byte(nil)
	if h.version > rawtls.TLS10 {
		iv = random(aes.BlockSize)
		out = slices.Clone(iv)
	}
	sealed := make([]byte, len(plain))
	cipher.NewCBCEncrypter(h.block, iv).CryptBlocks(sealed, plain)
	h.iv = sealed[len(sealed)-aes.BlockSize:]
	h.seq++
	return rawtls.Record{Type: kind, Version: h.version, Data: append(out, sealed...)}.Marshal()
}

// open decrypts a record; what is not rightly encrypted is not opened.
func (h *half) open(r rawtls.Record) (rawtls.Record, bool) {
	data, ok := h.openGCM, false
	if h.kind.mac != 0 {
		data = h.openCBC
	}
	r.Data, ok = data(r)
	h.seq++
	return r, ok
}

func (h *half) openGCM(r rawtls.Record) ([]byte, bool) {
	gcm, _ := cipher.NewGCM(h.block)
	if len(r.Data) < 8+gcm.Overhead() {
		return nil, false
	}
	plain, err := gcm.Open(nil, append(slices.Clone(h.iv), r.Data[:8]...), r.Data[8:], h.head(r.Type, len(r.Data)-8-gcm.Overhead()))
	return plain, err == nil
}

func (h *half) openCBC(r rawtls.Record) ([]byte, bool) {
	iv, data := h.iv, slices.Clone(r.Data)
	if h.version > rawtls.TLS10 && len(data) >= aes.BlockSize {
		iv, data = data[:aes.BlockSize], data[aes.BlockSize:]
	}
	if len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return nil, false
	}
	h.iv = r.Data[len(r.Data)-aes.BlockSize:]
	cipher.NewCBCDecrypter(h.block, iv).CryptBlocks(data, data)
	n := len(data) - 1 - int(data[len(data)-1]) - h.kind.mac.Size()
	if n < 0 {
		return nil, false
	}
	return data[:n], hmac.Equal(h.sign(r.Type, data[:n]), data[n:n+h.kind.mac.Size()])
}
