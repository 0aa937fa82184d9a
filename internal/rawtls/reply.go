package rawtls

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"

	"golang.org/x/crypto/cryptobyte"
)

// A Reply is what a server says to a Hello, as far as it says it in the clear.
type Reply struct {
	Version     uint16 // that it picks, also by supported_versions
	Random      [32]byte
	SessionID   []byte
	Suite       uint16
	Compression byte
	Extensions  []Extension
	Retry       bool   // it is a HelloRetryRequest
	Group       uint16 // of a HelloRetryRequest or ServerKeyExchange; 0 if it names none

	// What follows the ServerHello up to TLS 1.2.
	Certificates [][]byte // DER, leaf first
	Staple       []byte   // OCSP response
	Exchange     []byte   // body of the ServerKeyExchange
	Prime        []byte   // of ephemeral Diffie-Hellman, big-endian; nil if there is none
	Done         bool     // ServerHelloDone came
}

// Extension returns the data of an extension, and whether it is there.
func (r *Reply) Extension(kind uint16) ([]byte, bool) {
	for _, e := range r.Extensions {
		if e.Type == kind {
			return e.Data, true
		}
	}
	return nil, false
}

// ALPN is the application protocol that the server picked, "" if none.
func (r *Reply) ALPN() string {
	data, _ := r.Extension(ExtALPN)
	var list, name cryptobyte.String
	s := cryptobyte.String(data)
	if s.ReadUint16LengthPrefixed(&list) && list.ReadUint8LengthPrefixed(&name) {
		return string(name)
	}
	return ""
}

// ReadHello reads up to the ServerHello or HelloRetryRequest. A refusal is an error of
// the type *Alert.
func ReadHello(from io.Reader) (*Reply, error) {
	return readHello(NewMessages(from))
}

// ReadFlight reads all that a server sends in the clear: up to ServerHelloDone, or the
// hello alone from TLS 1.3 on. What was read before an error is returned with it.
func ReadFlight(from io.Reader) (*Reply, error) {
	messages := NewMessages(from)
	r, err := readHello(messages)
	for err == nil && r.Version < TLS13 && !r.Done {
		var m Message
		if m, err = messages.Next(); err == nil {
			err = r.add(m)
		}
	}
	return r, err
}

func readHello(messages *Messages) (*Reply, error) {
	m, err := messages.Next()
	if err != nil {
		return nil, err
	}
	return ParseServerHello(m)
}

// retryRandom marks a HelloRetryRequest (RFC 8446 4.1.3).
var retryRandom, _ = hex.DecodeString("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")

var errMalformed = errors.New("a malformed message")

// ParseServerHello reads a ServerHello or HelloRetryRequest.
func ParseServerHello(m Message) (*Reply, error) {
	r := &Reply{}
	s := cryptobyte.String(m.Body)
	var id cryptobyte.String
	if m.Type != MessageServerHello || !s.ReadUint16(&r.Version) || !s.CopyBytes(r.Random[:]) ||
		!s.ReadUint8LengthPrefixed(&id) || len(id) > 32 || !s.ReadUint16(&r.Suite) || !s.ReadUint8(&r.Compression) {
		return nil, errMalformed
	}
	r.SessionID, r.Retry = id, bytes.Equal(r.Random[:], retryRandom)
	if s.Empty() {
		return r, nil
	}
	var list cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&list) || !s.Empty() {
		return nil, errMalformed
	}
	for !list.Empty() {
		var e Extension
		var data cryptobyte.String
		if !list.ReadUint16(&e.Type) || !list.ReadUint16LengthPrefixed(&data) {
			return nil, errMalformed
		}
		e.Data = data
		r.Extensions = append(r.Extensions, e)
		r.note(e)
	}
	return r, nil
}

// note takes up what an extension says of version and group.
func (r *Reply) note(e Extension) {
	s := cryptobyte.String(e.Data)
	switch e.Type {
	case ExtSupportedVersions:
		s.ReadUint16(&r.Version)
	case ExtKeyShare:
		s.ReadUint16(&r.Group)
	}
}

// add takes up a message behind the ServerHello.
func (r *Reply) add(m Message) error {
	s := cryptobyte.String(m.Body)
	switch m.Type {
	case MessageCertificate:
		return r.addChain(s)
	case MessageCertificateStatus:
		var kind uint8
		var response cryptobyte.String
		if !s.ReadUint8(&kind) || !s.ReadUint24LengthPrefixed(&response) {
			return errMalformed
		}
		r.Staple = response
	case MessageServerKeyExchange:
		r.Exchange = m.Body
		return r.addExchange(s)
	case MessageServerHelloDone:
		r.Done = true
	}
	return nil
}

func (r *Reply) addChain(s cryptobyte.String) error {
	var list cryptobyte.String
	if !s.ReadUint24LengthPrefixed(&list) {
		return errMalformed
	}
	for !list.Empty() {
		var cert cryptobyte.String
		if !list.ReadUint24LengthPrefixed(&cert) {
			return errMalformed
		}
		r.Certificates = append(r.Certificates, cert)
	}
	return nil
}

// addExchange reads the parameters by the key exchange of the suite (RFC 5246 7.4.3,
// RFC 8422 5.4); with PSK a hint goes before them (RFC 4279 3, RFC 5489 2).
func (r *Reply) addExchange(s cryptobyte.String) error {
	suite := Lookup(uint32(r.Suite))
	var hint, prime cryptobyte.String
	if suite.PSK() && !s.ReadUint16LengthPrefixed(&hint) {
		return errMalformed
	}
	switch suite.Exchange() {
	case "ECDHE":
		var kind uint8
		if s.ReadUint8(&kind) && kind == 3 && !s.ReadUint16(&r.Group) { // 3 is named_curve
			return errMalformed
		}
	case "DHE":
		if !s.ReadUint16LengthPrefixed(&prime) || len(prime) == 0 {
			return errMalformed
		}
		r.Prime = bytes.TrimLeft(prime, "\x00")
	}
	return nil
}
