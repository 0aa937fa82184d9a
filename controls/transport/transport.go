// Package transport holds the controls that stand between a stranger and the
// line: TLS, the certificate, the way from http to https, and HSTS.
package transport

import (
	"cmp"
	"crypto/tls"
	"net"
	"net/url"

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

// line is where HTTP/1.1 is spoken byte by byte: the address, the name of the server,
// "" in the clear, and the Host to ask for.
func line(t pavise.Target) (address, name, host string) {
	u, err := url.Parse(t.URL)
	if err != nil {
		return "", "", ""
	}
	if t.Secure() {
		return t.TLS, t.Host(), u.Host
	}
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "80")), "", u.Host
}
