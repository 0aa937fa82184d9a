package proxy

import (
	"crypto/tls"
	"net/http"
	"slices"

	"pavise"
)

// misdirected refuses a request for a site on a connection that was opened for
// another, by TLS or a reader that this one does not take. The client then opens one
// for it (RFC 9110 15.5.20).
func (g *generation) misdirected(site *served, r *http.Request) (control string, refused *pavise.Refusal) {
	if r.TLS == nil {
		return "", nil
	}
	opened := g.site(r.TLS.ServerName)
	l := site.limits
	switch {
	case opened == site:
		return "", nil
	case r.ProtoMajor == 1 && l.Strict && !opened.limits.Strict:
		control = strictID
	case r.TLS.Version < l.MinVersion,
		r.TLS.Version == tls.VersionTLS12 && l.CipherSuites != nil && !slices.Contains(l.CipherSuites, r.TLS.CipherSuite):
		control = "transport.tls"
	default:
		return "", nil
	}
	return control, &pavise.Refusal{Status: http.StatusMisdirectedRequest,
		Reason: "This connection was opened for another site.", Saw: "a handshake for " + r.TLS.ServerName}
}
