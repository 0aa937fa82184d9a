// Package rawtls speaks the clear part of SSL and TLS, from SSLv2 to TLS 1.3: it
// writes any ClientHello and reads what a server says before the line is encrypted.
// It agrees to nothing and needs no cryptography, so it can offer what no library
// offers any more.
package rawtls

// The versions on the wire.
const (
	SSL2  = 0x0002
	SSL3  = 0x0300
	TLS10 = 0x0301
	TLS11 = 0x0302
	TLS12 = 0x0303
	TLS13 = 0x0304
)

// VersionName is how people call a version.
func VersionName(v uint16) string {
	switch v {
	case SSL2:
		return "SSLv2"
	case SSL3:
		return "SSLv3"
	case TLS10:
		return "TLS 1.0"
	case TLS11:
		return "TLS 1.1"
	case TLS12:
		return "TLS 1.2"
	case TLS13:
		return "TLS 1.3"
	}
	return "an unknown version"
}

// The types of records (RFC 8446 5.1, RFC 6520 6).
const (
	RecordChangeCipherSpec = 20
	RecordAlert            = 21
	RecordHandshake        = 22
	RecordData             = 23
	RecordHeartbeat        = 24
)

// The types of handshake messages (RFC 5246 7.4, RFC 6066 8, RFC 5077 3.3).
const (
	MessageClientHello       = 1
	MessageServerHello       = 2
	MessageNewSessionTicket  = 4
	MessageCertificate       = 11
	MessageServerKeyExchange = 12
	MessageServerHelloDone   = 14
	MessageCertificateStatus = 22
)

// The alerts that tell something (RFC 8446 6.2, RFC 7507 3).
const (
	AlertHandshakeFailure      = 40
	AlertProtocolVersion       = 70
	AlertInappropriateFallback = 86
	AlertUnrecognisedName      = 112
)

// The signalling suites, which no server picks (RFC 5746 3.3, RFC 7507 2).
const (
	RenegotiationSCSV = 0x00FF
	FallbackSCSV      = 0x5600
)
