package proxy

import "crypto/x509"

// A Shown certificate is what some hosts show in a handshake just now.
type Shown struct {
	Hosts []string
	Leaf  *x509.Certificate // nil where there is none
	Err   error
}

// Shown returns the certificate of every host.
func (s *Server) Shown() []Shown {
	handshakes := s.now.Load().handshakes
	list := make([]Shown, len(handshakes))
	for i, h := range handshakes {
		list[i].Hosts = h.hosts
		cert, err := h.config.GetCertificate(nil)
		if list[i].Err = err; err == nil {
			list[i].Leaf = cert.Leaf
		}
	}
	return list
}
