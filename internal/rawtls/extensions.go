package rawtls

import (
	"encoding/binary"
	"net"
)

// The extensions that we speak (IANA TLS ExtensionType Values).
const (
	ExtServerName           = 0
	ExtStatusRequest        = 5
	ExtSupportedGroups      = 10
	ExtPointFormats         = 11
	ExtSignatureAlgorithms  = 13
	ExtHeartbeat            = 15
	ExtALPN                 = 16
	ExtEncryptThenMAC       = 22
	ExtExtendedMasterSecret = 23
	ExtSessionTicket        = 35
	ExtEarlyData            = 42
	ExtSupportedVersions    = 43
	ExtKeyShare             = 51
	ExtRenegotiation        = 0xFF01
)

// An Extension is one of a hello.
type Extension struct {
	Type uint16
	Data []byte
}

// ServerName names the server (RFC 6066 3): nothing for an address.
func ServerName(name string) []Extension {
	if name == "" || net.ParseIP(name) != nil {
		return nil
	}
	return []Extension{{ExtServerName, vector16(append([]byte{0}, vector16([]byte(name))...))}}
}

// SupportedGroups offers groups for the key exchange (RFC 8446 4.2.7).
func SupportedGroups(groups ...uint16) Extension {
	return Extension{ExtSupportedGroups, vector16(numbers(groups))}
}

// PointFormats offers every form of a point (RFC 8422 5.1.2).
func PointFormats() Extension { return Extension{ExtPointFormats, []byte{3, 0, 1, 2}} }

// SignatureAlgorithms offers those of TLS 1.3 and, as old servers need, those with
// SHA-1 and DSA (RFC 8446 4.2.3, RFC 5246 7.4.1.4.1).
func SignatureAlgorithms() Extension {
	return Extension{ExtSignatureAlgorithms, vector16(numbers([]uint16{
		0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x081A, 0x081B, 0x081C,
		0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, 0x0401, 0x0501, 0x0601,
		0x0303, 0x0301, 0x0203, 0x0201, 0x0302, 0x0202, 0x0402, 0x0502, 0x0602, 0x0101,
	}))}
}

// SupportedVersions offers versions as TLS 1.3 does (RFC 8446 4.2.1).
func SupportedVersions(versions ...uint16) Extension {
	list := numbers(versions)
	return Extension{ExtSupportedVersions, append([]byte{byte(len(list))}, list...)}
}

// EmptyKeyShare has a server of TLS 1.3 ask for a share of the group it prefers,
// by a HelloRetryRequest (RFC 8446 4.2.8).
func EmptyKeyShare() Extension { return Extension{ExtKeyShare, []byte{0, 0}} }

// PSKModes offers resumption with a key exchange of its own (RFC 8446 4.2.9): some
// servers of TLS 1.3 ask for the extension.
func PSKModes() Extension { return Extension{45, []byte{1, 1}} }

// ALPN offers application protocols (RFC 7301 3.1).
func ALPN(protocols ...string) Extension {
	var list []byte
	for _, p := range protocols {
		list = append(append(list, byte(len(p))), p...)
	}
	return Extension{ExtALPN, vector16(list)}
}

// Renegotiation says that renegotiation would be secure (RFC 5746 3.2).
func Renegotiation() Extension { return Extension{ExtRenegotiation, []byte{0}} }

// ExtendedMasterSecret offers to bind the keys to the handshake (RFC 7627 5.1).
func ExtendedMasterSecret() Extension { return Extension{Type: ExtExtendedMasterSecret} }

// EncryptThenMAC offers to authenticate what is encrypted (RFC 7366 2).
func EncryptThenMAC() Extension { return Extension{Type: ExtEncryptThenMAC} }

// SessionTicket says that we keep tickets (RFC 5077 3.2); none is shown yet where the
// ticket is nil.
func SessionTicket(ticket []byte) Extension { return Extension{ExtSessionTicket, ticket} }

// StatusRequest asks for an OCSP response along with the certificate (RFC 6066 8).
func StatusRequest() Extension { return Extension{ExtStatusRequest, []byte{1, 0, 0, 0, 0}} }

// Heartbeat says that we would answer heartbeats (RFC 6520 2).
func Heartbeat() Extension { return Extension{ExtHeartbeat, []byte{1}} }

func numbers(list []uint16) []byte {
	out := make([]byte, 0, 2*len(list))
	for _, n := range list {
		out = binary.BigEndian.AppendUint16(out, n)
	}
	return out
}

// vector16 is data behind its length in two bytes.
func vector16(data []byte) []byte {
	return append(binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(data)), uint16(len(data))), data...)
}
