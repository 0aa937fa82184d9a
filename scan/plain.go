package scan

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"pavise"
)

// alerts are those that servers refuse a handshake with, by the words of crypto/tls
// (RFC 8446 6.2; unrecognized_name: RFC 6066 3).
var alerts = map[string]string{
	"tls: handshake failure":              "the server accepts nothing of what was offered (alert handshake_failure)",
	"tls: protocol version not supported": "the server accepts no version of TLS that was offered (alert protocol_version)",
	"tls: insufficient security level":    "the server asks for stronger ciphers than were offered (alert insufficient_security)",
	"tls: unrecognized name":              "the server has no site of this name (alert unrecognized_name)",
	"tls: internal error":                 "the server broke the handshake off for a reason of its own (alert internal_error)",
	"tls: certificate required":           "the server asks for a certificate of the client (alert certificate_required)",
}

// refusal says in plain words why a handshake came to nothing.
func refusal(err error) string {
	var record tls.RecordHeaderError
	var op *net.OpError
	switch {
	case errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		return "what answers there speaks HTTP in the clear, no TLS"
	case errors.As(err, &record):
		return "what answers there speaks no TLS"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "the server ended the connection without an answer to the handshake"
	case errors.As(err, &op) && op.Op == "remote error":
		if said := alerts[op.Err.Error()]; said != "" {
			return said
		}
		return "the server broke the handshake off with the alert: " + strings.TrimPrefix(op.Err.Error(), "tls: ")
	}
	return strings.TrimPrefix(err.Error(), "tls: ")
}

// faults are what makes a certificate of a chain useless for it.
var faults = map[x509.InvalidReason]string{
	x509.NotAuthorizedToSign:  "a certificate of the chain signs others and may not",
	x509.Expired:              "a certificate of the chain has expired, or is not valid yet",
	x509.TooManyIntermediates: "the chain is longer than one of its certificates allows",
	x509.IncompatibleUsage:    "a certificate of the chain is not made for servers",
}

// doubt says in plain words why a chain is not trusted.
func doubt(err error) string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return "the chain leads to no authority that is trusted here"
	case errors.As(err, &invalid) && faults[invalid.Reason] != "":
		return faults[invalid.Reason] + ": " + pavise.Clip(invalid.Cert.Subject.String(), 200)
	}
	return strings.TrimPrefix(err.Error(), "x509: ")
}
