// Package transport holds the controls that stand between a stranger and the
// line: TLS, the certificate, the way from http to https, and HSTS.
package transport

import (
	"crypto/tls"
	"net"
	"strings"

	"pavise"
)

// session returns what a handshake came to, or why nothing is known of it.
func session(e *pavise.Evidence, p pavise.Probe) (*pavise.Session, string) {
	a, why := e.Heard(p)
	if a == nil {
		return nil, why
	}
	return a.Session, ""
}

// proof is the openssl line that tries the same handshake.
func proof(p pavise.Probe, received string) pavise.Proof {
	h := p.Handshake
	line := "openssl s_client -connect " + h.Address
	if pavise.Named(h.Name) || h.Name == "localhost" { // RFC 6066 3: no addresses
		line += " -servername " + h.Name
	}
	switch h.Version {
	case tls.VersionTLS10:
		line += " -tls1 -cipher ALL:@SECLEVEL=0"
	case tls.VersionTLS11:
		line += " -tls1_1 -cipher ALL:@SECLEVEL=0"
	case tls.VersionTLS12:
		line += " -tls1_2 -cipher " + opensslNames(h.Suites)
	case tls.VersionTLS13:
		line += " -tls1_3"
	}
	return pavise.Proof{Command: line + " </dev/null", Received: received}
}

// opensslFamilies are the names under which OpenSSL knows what a trial offers.
var opensslFamilies = map[uint16]string{
	tls.TLS_RSA_WITH_RC4_128_SHA:        "RC4:@SECLEVEL=0",
	tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA:   "3DES:@SECLEVEL=0",
	tls.TLS_RSA_WITH_AES_128_GCM_SHA256: "kRSA:@SECLEVEL=0",
}

func opensslNames(suites []uint16) string {
	for _, s := range suites {
		if name, ok := opensslFamilies[s]; ok {
			return name
		}
	}
	return "ALL:@SECLEVEL=0"
}

// slowProof is the line that sends the same and shows how long the server waits.
func slowProof(s *pavise.Slow, received string) pavise.Proof {
	p := pavise.Proof{Sent: s.Sent, Received: received}
	host, port, _ := net.SplitHostPort(s.Address)
	if strings.Trim(host+s.Name, "abcdefghijklmnopqrstuvwxyz0123456789-.:") != "" {
		return p // evidence may come from anywhere, and nothing in a line for the shell may surprise
	}
	to := "nc " + host + " " + port
	if s.Name != "" {
		to = "openssl s_client -quiet -connect " + s.Address
		if pavise.Named(s.Name) || s.Name == "localhost" {
			to += " -servername " + s.Name
		}
	}
	p.Command = "printf '" + strings.ReplaceAll(s.Sent, "\r\n", `\r\n`) + "' | (time " + to + ")"
	return p
}
