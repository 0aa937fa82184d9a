package rawtls

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/crypto/cryptobyte"
)

// Hello2 is the CLIENT-HELLO of SSLv2.
type Hello2 struct {
	Kinds     []uint32 // cipher kinds of three bytes
	Challenge [16]byte
}

// NewHello2 offers kinds of ciphers. Its challenge is fresh.
func NewHello2(kinds []uint32) Hello2 {
	h := Hello2{Kinds: kinds}
	rand.Read(h.Challenge[:])
	return h
}

// Marshal is the hello in one record of SSLv2.
func (h Hello2) Marshal() []byte {
	body := []byte{1, 0, 2} // CLIENT-HELLO, version
	body = binary.BigEndian.AppendUint16(body, uint16(3*len(h.Kinds)))
	body = append(body, 0, 0, 0, byte(len(h.Challenge))) // no session
	for _, kind := range h.Kinds {
		body = append(body, byte(kind>>16), byte(kind>>8), byte(kind))
	}
	body = append(body, h.Challenge[:]...)
	return append(binary.BigEndian.AppendUint16(nil, 0x8000|uint16(len(body))), body...)
}

// Reply2 is the SERVER-HELLO of SSLv2. Unlike later versions it names every cipher
// that the server would take.
type Reply2 struct {
	Resumed     bool
	Version     uint16
	Certificate []byte // DER
	Kinds       []uint32
	Connection  []byte // connection id
}

// ReadHello2 reads a SERVER-HELLO. An answer in TLS is an error: *Alert where it is
// an alert.
func ReadHello2(from io.Reader) (*Reply2, error) {
	var head [5]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return nil, err
	}
	if head[0] == RecordAlert && head[1] == 3 {
		var alert [2]byte
		if _, err := io.ReadFull(from, alert[:]); err != nil {
			return nil, err
		}
		return nil, &Alert{alert[0], alert[1]}
	}
	length := int(binary.BigEndian.Uint16(head[:]) & 0x7FFF)
	// The head of two bytes has no padding; the longest message is of 15 bits.
	if head[0]&0x80 == 0 || head[2] != 4 || length < 11 {
		return nil, fmt.Errorf("%w, nor SSLv2: it begins with %x", ErrNotTLS, head)
	}
	body := make([]byte, length)
	copy(body, head[2:])
	if _, err := io.ReadFull(from, body[3:]); err != nil {
		return nil, err
	}
	return parseHello2(body)
}

func parseHello2(body []byte) (*Reply2, error) {
	s := cryptobyte.String(body)
	var kind, hit, certType uint8
	var version, cert, kinds, id uint16
	r := &Reply2{}
	if !s.ReadUint8(&kind) || !s.ReadUint8(&hit) || !s.ReadUint8(&certType) || !s.ReadUint16(&version) ||
		!s.ReadUint16(&cert) || !s.ReadUint16(&kinds) || !s.ReadUint16(&id) || kinds%3 != 0 {
		return nil, errMalformed
	}
	var list []byte
	if !s.ReadBytes(&r.Certificate, int(cert)) || !s.ReadBytes(&list, int(kinds)) || !s.ReadBytes(&r.Connection, int(id)) {
		return nil, errMalformed
	}
	r.Resumed, r.Version = hit != 0, version
	for ; len(list) > 0; list = list[3:] {
		r.Kinds = append(r.Kinds, uint32(list[0])<<16|uint32(list[1])<<8|uint32(list[2]))
	}
	return r, nil
}
