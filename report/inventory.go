package report

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"pavise"
	"pavise/internal/rawtls"
)

// An Inventory is what stands at the site, as far as the look has shown it: the lists
// that PCI DSS 4.0.1 asks its owner to keep.
type Inventory struct {
	Certificates []Certificate `json:"certificates,omitempty"` // 4.2.1.1
	TLS          []Server      `json:"tls,omitempty"`          // 12.3.3
	Scripts      []Script      `json:"scripts,omitempty"`      // 6.4.3
	Stock
}

// A Certificate is one that was shown.
type Certificate struct {
	At        []string  `json:"at"` // host:port
	Subject   string    `json:"subject"`
	Names     []string  `json:"names,omitempty"`
	Issuer    string    `json:"issuer"`
	Serial    string    `json:"serial"` // hexadecimal
	Begins    time.Time `json:"begins"`
	Ends      time.Time `json:"ends"`
	Key       string    `json:"key"`       // "RSA 2048"
	Signature string    `json:"signature"` // "SHA256-RSA"
	SHA256    string    `json:"sha256"`    // of all of it
	Leaf      bool      `json:"leaf"`      // it is the server's own, and not one of its authority
	Distrust  string    `json:"distrust,omitempty"`
}

// A Server is what one address offers in TLS.
type Server struct {
	At        string     `json:"at"` // host:port
	Protocols []Protocol `json:"protocols"`
	Groups    []string   `json:"groups,omitempty"` // for the key exchange
	ALPN      []string   `json:"alpn,omitempty"`
}

// A Protocol is a version of SSL or TLS that is offered.
type Protocol struct {
	Version string  `json:"version"`
	Ordered bool    `json:"ordered"` // the order is the server's own
	Suites  []Suite `json:"suites,omitempty"`
	Unknown string  `json:"unknown,omitempty"` // why this is not all, or not known
}

// A Suite is a cipher suite that a server agrees to.
type Suite struct {
	Name string `json:"name"` // as registered
	Bits int    `json:"bits"` // the strength of the cipher
	// Forward is set where what was recorded stays secret when the key is lost, AEAD
	// where encryption and authentication are one.
	Forward bool `json:"forward_secret"`
	AEAD    bool `json:"aead"`
}

// A Script is what pages have the browser run.
type Script struct {
	URL       string `json:"url"`
	Foreign   bool   `json:"foreign"` // from another origin than the site
	Integrity string `json:"integrity,omitempty"`
	Pages     int    `json:"pages"` // that load it
	Page      string `json:"page"`  // the first of them
	Library   string `json:"library,omitempty"`
}

// What a stranger can put into an inventory is held to these many entries of a kind.
const maxInventory = 200

// takeInventory reads the lists out of the evidence.
func takeInventory(e *pavise.Evidence) Inventory {
	var inv Inventory
	if e == nil {
		return inv
	}
	inv.Stock = takeStock(e)
	for i := range e.Answers {
		a := &e.Answers[i]
		if h := a.Probe.Handshake; h != nil && a.Session != nil {
			inv.addChain(h.Address, a.Session)
		}
		if m := a.Probe.Mail; m != nil && a.Mailer != nil && a.Mailer.Session != nil {
			inv.addChain(m.Address, a.Mailer.Session)
		}
		if o := a.Probe.Offer; o != nil && a.Offered != nil {
			inv.addOffer(o.Address, a.Offered)
		}
		if r := a.Probe.Request; r != nil && a.Response != nil {
			inv.addScripts(e.Target.URL, r.URL, a.Response)
		}
	}
	return inv
}

func (inv *Inventory) addChain(address string, s *pavise.Session) {
	for depth, der := range s.Chain {
		sum := sha256.Sum256(der)
		print := hex.EncodeToString(sum[:])
		i := slices.IndexFunc(inv.Certificates, func(c Certificate) bool { return c.SHA256 == print })
		switch {
		case i >= 0:
			if !slices.Contains(inv.Certificates[i].At, address) && len(inv.Certificates[i].At) < maxInventory {
				inv.Certificates[i].At = append(inv.Certificates[i].At, address)
			}
		case len(inv.Certificates) < maxInventory:
			c := readCertificate(der)
			c.At, c.SHA256, c.Leaf = []string{address}, print, depth == 0
			if c.Leaf {
				c.Distrust = s.Distrust
			}
			inv.Certificates = append(inv.Certificates, c)
		}
	}
}

func readCertificate(der []byte) Certificate {
	x, err := x509.ParseCertificate(der)
	if err != nil {
		return Certificate{Subject: "cannot be read: " + err.Error()}
	}
	names := slices.Clone(x.DNSNames)
	for _, ip := range x.IPAddresses {
		names = append(names, ip.String())
	}
	c := Certificate{
		Subject: x.Subject.String(), Names: first(names), Issuer: x.Issuer.String(),
		Serial: x.SerialNumber.Text(16), Begins: x.NotBefore.UTC(), Ends: x.NotAfter.UTC(),
		Key: x.PublicKeyAlgorithm.String(), Signature: x.SignatureAlgorithm.String(),
	}
	switch key := x.PublicKey.(type) {
	case *rsa.PublicKey:
		c.Key = fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		c.Key = "ECDSA " + key.Curve.Params().Name
	case ed25519.PublicKey:
		c.Key = "Ed25519"
	}
	return c
}

func (inv *Inventory) addOffer(address string, o *pavise.Offered) {
	if len(inv.TLS) == maxInventory {
		return
	}
	server := Server{At: address, Protocols: []Protocol{}, ALPN: slices.Clone(first(o.ALPN))}
	for _, p := range first(o.Protocols) {
		if len(p.Suites) == 0 && p.Unknown == "" {
			continue
		}
		offered := Protocol{Version: versionName(p.Version), Ordered: p.Ordered, Unknown: p.Unknown}
		for _, id := range p.Suites[:min(len(p.Suites), 2*maxInventory)] { // more than that are not registered
			s := rawtls.Lookup(id)
			offered.Suites = append(offered.Suites, Suite{s.Name, s.Bits(), s.ForwardSecret(), s.AEAD()})
		}
		server.Protocols = append(server.Protocols, offered)
	}
	for _, id := range first(o.Groups) {
		server.Groups = append(server.Groups, rawtls.LookupGroup(id).Name)
	}
	inv.TLS = append(inv.TLS, server)
}

// first are as many of a list as an inventory holds.
func first[T any](list []T) []T { return list[:min(len(list), maxInventory)] }

func versionName(v uint16) string {
	switch v {
	case rawtls.SSL2:
		return "SSLv2"
	case rawtls.SSL3:
		return "SSLv3"
	}
	return tls.VersionName(v)
}

func (inv *Inventory) addScripts(site, page string, r *pavise.Response) {
	for _, res := range r.Resources {
		if res.Kind != "script" {
			continue
		}
		i := slices.IndexFunc(inv.Scripts, func(s Script) bool { return s.URL == res.URL })
		switch {
		case i >= 0:
			if inv.Scripts[i].Page != page {
				inv.Scripts[i].Pages++
			}
			inv.Scripts[i].Integrity = cmp.Or(inv.Scripts[i].Integrity, res.Integrity)
		case len(inv.Scripts) < maxInventory:
			inv.Scripts = append(inv.Scripts, Script{URL: res.URL, Foreign: !pavise.SameOrigin(res.URL, site),
				Integrity: res.Integrity, Pages: 1, Page: page})
		}
	}
	for _, l := range r.Libraries {
		for i, s := range inv.Scripts {
			if s.URL == l.At && s.Library == "" {
				inv.Scripts[i].Library = strings.TrimSpace(l.Name + " " + l.Version)
			}
		}
	}
}

// clean makes the texts printable and short.
func (inv *Inventory) clean() {
	inv.Stock.clean()
	for i := range inv.Certificates {
		c := &inv.Certificates[i]
		cleanAll(&c.Subject, &c.Issuer, &c.Serial, &c.Key, &c.Signature, &c.SHA256, &c.Distrust)
		cleanEach(c.At)
		cleanEach(c.Names)
	}
	for i := range inv.TLS {
		s := &inv.TLS[i]
		cleanAll(&s.At)
		cleanEach(s.Groups)
		cleanEach(s.ALPN)
		for j := range s.Protocols {
			s.Protocols[j].clean()
		}
	}
	for i := range inv.Scripts {
		s := &inv.Scripts[i]
		cleanAll(&s.URL, &s.Integrity, &s.Page, &s.Library)
	}
}

func (p *Protocol) clean() {
	cleanAll(&p.Version, &p.Unknown)
	for i := range p.Suites {
		cleanAll(&p.Suites[i].Name)
	}
}

func cleanAll(texts ...*string) {
	for _, s := range texts {
		*s = clean(*s, maxLine)
	}
}

func cleanEach(texts []string) {
	for i := range texts {
		texts[i] = clean(texts[i], maxLine)
	}
}
