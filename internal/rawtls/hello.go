package rawtls

import (
	"crypto/rand"
	"encoding/binary"
)

// A Hello is a ClientHello from SSLv3 to TLS 1.3.
type Hello struct {
	Version     uint16 // client_version: TLS12 for TLS 1.3, with SupportedVersions
	Random      [32]byte
	SessionID   []byte // at most 32 bytes
	Suites      []uint16
	Compression []byte // nil is none but null
	Extensions  []Extension
}

// NewHello is an ordinary hello that offers one version and nothing else. Its random
// is fresh.
func NewHello(version uint16, name string, suites, groups []uint16) Hello {
	h := Hello{Version: min(version, TLS12), Suites: suites}
	rand.Read(h.Random[:])
	if version == SSL3 {
		return h // it knows no extensions
	}
	h.Extensions = append(ServerName(name), SupportedGroups(groups...), PointFormats())
	if version >= TLS12 {
		h.Extensions = append(h.Extensions, SignatureAlgorithms())
	}
	if version == TLS13 {
		h.SessionID = append([]byte(nil), h.Random[:]...) // RFC 8446 D.4: what is in between expects one
		h.Extensions = append(h.Extensions, SupportedVersions(TLS13), PSKModes(), EmptyKeyShare())
	}
	return h
}

// With is the hello with more extensions.
func (h Hello) With(more ...Extension) Hello {
	h.Extensions = append(h.Extensions[:len(h.Extensions):len(h.Extensions)], more...)
	return h
}

// Message is the hello as a handshake message, as a transcript has it.
func (h Hello) Message() []byte {
	body := binary.BigEndian.AppendUint16(nil, h.Version)
	body = append(body, h.Random[:]...)
	body = append(append(body, byte(len(h.SessionID))), h.SessionID...)
	body = append(body, vector16(numbers(h.Suites))...)
	compression := h.Compression
	if compression == nil {
		compression = []byte{0}
	}
	body = append(append(body, byte(len(compression))), compression...)
	if len(h.Extensions) > 0 {
		var list []byte
		for _, e := range h.Extensions {
			list = append(binary.BigEndian.AppendUint16(list, e.Type), vector16(e.Data)...)
		}
		body = append(body, vector16(list)...)
	}
	return Message{MessageClientHello, body}.Marshal()
}

// Marshal is the hello in one record.
func (h Hello) Marshal() []byte {
	return Record{RecordHandshake, min(h.Version, TLS10), h.Message()}.Marshal() // RFC 5246 E.1
}
