// Package transport holds the controls that stand between a stranger and the
// line: TLS, the certificate, the way from http to https, and HSTS.
package transport

import (
	"cmp"
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

// proof is the openssl line that makes the same handshake.
func proof(p pavise.Probe, received string) pavise.Proof {
	return pavise.Proof{Command: client(p.Handshake.Address, p.Handshake.Name, ""), Received: received}
}

// client is the openssl line that offers what the options say.
func client(address, name, options string) string {
	line := "openssl s_client -connect " + pavise.Quote(address)
	if pavise.Named(name) || name == "localhost" { // RFC 6066 3: no addresses
		line += " -servername " + pavise.Quote(name)
	}
	if options != "" {
		line += " " + options
	}
	return line + " </dev/null"
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
