// Package transport holds the controls that stand between a stranger and the
// line: TLS, the certificate, the way from http to https, and HSTS.
package transport

import (
	"net"
	"net/url"
	"strconv"

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
	return pavise.Proof{Command: pavise.OpenSSL(p.Handshake.Address, p.Handshake.Name, "") + " </dev/null", Received: received}
}

// A verdict is what a rule comes to.
type verdict = pavise.Verdict

func passed(saw string) verdict   { return verdict{Outcome: pavise.Pass, Saw: saw} }
func failed(saw string) verdict   { return verdict{Outcome: pavise.Fail, Saw: saw} }
func skipped(why string) verdict  { return verdict{Outcome: pavise.Skip, Saw: why} }
func unlooked(why string) verdict { return verdict{Outcome: pavise.Unknown, Saw: why} }

// unless is the verdict, or why nobody could look.
func unless(why string, v verdict) verdict {
	if why != "" {
		return unlooked(why)
	}
	return v
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
	return net.JoinHostPort(u.Hostname(), strconv.Itoa(pavise.PortOf(u))), "", u.Host
}
