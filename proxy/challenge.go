package proxy

import (
	"crypto/tls"
	"net/http"
	"slices"
)

// Challenges answers an authority that asks whether a host is ours, before any
// policy is asked.
type Challenges interface {
	// ServeClear may answer a request of plain http; it reports whether it did.
	ServeClear(http.ResponseWriter, *http.Request) bool
	// ChallengeCertificate answers a handshake of tls-alpn-01 (RFC 8737 3).
	ChallengeCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error)
}

const acmeTLS = "acme-tls/1"

// isChallenge reports whether nothing but tls-alpn-01 is offered. Such a connection
// ends after the handshake.
func isChallenge(hello *tls.ClientHelloInfo) bool {
	return slices.Equal(hello.SupportedProtos, []string{acmeTLS})
}

func challengeTLS(c Challenges) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{acmeTLS}, GetCertificate: c.ChallengeCertificate}
}
