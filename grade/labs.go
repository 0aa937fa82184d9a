package grade

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"

	"pavise"
	"pavise/internal/rawtls"
)

// Labs is a grade in the style of SSL Labs: by the SSL Server Rating Guide, version
// 2009r (github.com/ssllabs/research/wiki/SSL-Server-Rating-Guide, and the changes of
// 2014 to 2020 at blog.qualys.com, read on 21 November 2026), from what was offered and
// tried. Where SSL Labs goes by what its clients agree on, this goes by what a server
// picks first. It is false where nobody could tell what is offered.
func Labs(e *pavise.Evidence) (Grade, bool) {
	l, ok := lab(e)
	if !ok {
		return Grade{}, false
	}
	protocols, exchange, ciphers := l.protocolScore(), l.exchangeScore(), l.cipherScore()
	score := (30*protocols + 30*exchange + 40*ciphers) / 100
	if protocols == 0 || exchange == 0 || ciphers == 0 {
		score = 0
	}
	g := Grade{Letter: labsLetter(score), Score: score, Reasons: []string{
		fmt.Sprintf("protocols %d, key exchange %d, ciphers %d of 100", protocols, exchange, ciphers)}}
	for _, c := range l.caps() {
		g.Reasons = append(g.Reasons, c.letter+": "+c.why)
		if slices.Index(labsOrder, c.letter) > slices.Index(labsOrder, g.Letter) {
			g.Letter = c.letter
		}
	}
	if g.Letter == "A" && l.hsts >= sixMonths {
		g.Letter = "A+"
		g.Reasons = append(g.Reasons, "A+: HSTS is for six months or more")
	}
	return g, true
}

// labsOrder is the grades, the best first. M and T stand for a certificate that is for
// another name or not trusted, whatever the rest.
var labsOrder = []string{"A+", "A", "A-", "B", "C", "D", "E", "F", "T", "M"}

func labsLetter(score int) string {
	for _, l := range []struct {
		from   int
		letter string
	}{{80, "A"}, {65, "B"}, {50, "C"}, {35, "D"}, {20, "E"}} {
		if score >= l.from {
			return l.letter
		}
	}
	return "F"
}

// A laboratory is what the grade goes by.
type laboratory struct {
	e        *pavise.Evidence
	offered  *pavise.Offered
	versions []pavise.Protocol // those that are spoken, oldest first
	leaf     *x509.Certificate
	distrust string
	hsts     float64
}

func lab(e *pavise.Evidence) (*laboratory, bool) {
	l := &laboratory{e: e}
	for _, a := range e.Answers {
		switch p := a.Probe; {
		case p.Offer != nil && p.Offer.Address == e.Target.TLS && p.Offer.Via == "" && a.Offered != nil:
			l.offered = a.Offered
		case p.Handshake != nil && p.Handshake.Address == e.Target.TLS && l.leaf == nil && a.Session != nil && len(a.Session.Chain) > 0:
			l.leaf, _ = x509.ParseCertificate(a.Session.Chain[0])
			l.distrust = a.Session.Distrust
		}
	}
	if l.offered == nil {
		return nil, false
	}
	for _, p := range l.offered.Protocols {
		if len(p.Suites) > 0 {
			l.versions = append(l.versions, p)
		}
	}
	if home, _ := e.Heard(e.Target.Home()); home != nil && e.Target.Secure() {
		l.hsts, _ = maxAge(home.Response.Header.Get("Strict-Transport-Security"))
	}
	return l, len(l.versions) > 0
}

func (l *laboratory) speaks(version uint16) bool {
	return slices.ContainsFunc(l.versions, func(p pavise.Protocol) bool { return p.Version == version })
}

var versionScores = map[uint16]int{rawtls.SSL2: 0, rawtls.SSL3: 80, tls.VersionTLS10: 90, tls.VersionTLS11: 95}

// protocolScore is the middle of the best version and the worst.
func (l *laboratory) protocolScore() int {
	best, worst := 0, 100
	for _, p := range l.versions {
		score, old := versionScores[p.Version]
		if !old {
			score = 100
		}
		best, worst = max(best, score), min(worst, score)
	}
	return (best + worst) / 2
}

// exchangeScore is that of the weakest key, as long as one of RSA of the same strength
// (NIST SP 800-57 part 1 5.6.1).
func (l *laboratory) exchangeScore() int {
	if l.any(func(_ uint16, s rawtls.Suite) bool { return s.Anonymous() }) {
		return 0
	}
	weakest := 1 << 20
	if l.leaf != nil {
		weakest = keyLength(l.leaf)
	}
	for _, prime := range l.offered.DH {
		weakest = min(weakest, prime.Bits)
	}
	for _, id := range l.offered.Groups {
		if g := rawtls.LookupGroup(id); g.Bits > 0 {
			weakest = min(weakest, asRSA(g.Bits))
		}
	}
	if l.any(func(_ uint16, s rawtls.Suite) bool { return s.Export() }) {
		weakest = min(weakest, 512)
	}
	switch {
	case weakest < 512:
		return 20
	case weakest < 1024:
		return 40
	case weakest < 2048:
		return 80
	case weakest < 4096:
		return 90
	}
	return 100
}

func keyLength(c *x509.Certificate) int {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen()
	case *ecdsa.PublicKey:
		return asRSA(key.Curve.Params().BitSize / 2)
	}
	return asRSA(128) // Ed25519
}

func asRSA(security int) int {
	switch {
	case security < 80:
		return 512
	case security < 112:
		return 1024
	case security < 128:
		return 2048
	case security < 192:
		return 3072
	}
	return 7680
}

// cipherScore is the middle of the strongest cipher and the weakest.
func (l *laboratory) cipherScore() int {
	best, worst := 0, 100
	l.any(func(_ uint16, s rawtls.Suite) bool {
		score := 100
		switch bits := s.Bits(); {
		case bits == 0:
			score = 0
		case bits < 128:
			score = 20
		case bits < 256:
			score = 80
		}
		best, worst = max(best, score), min(worst, score)
		return false
	})
	return (best + worst) / 2
}

// any reports whether a suite of one of the versions is so.
func (l *laboratory) any(is func(version uint16, s rawtls.Suite) bool) bool {
	for _, p := range l.versions {
		for _, id := range p.Suites {
			if is(p.Version, rawtls.Lookup(id)) {
				return true
			}
		}
	}
	return false
}

// picked is the suite that the server takes of all, in its newest version before TLS
// 1.3, where there is a choice.
func (l *laboratory) picked() (rawtls.Suite, bool) {
	for _, p := range slices.Backward(l.versions) {
		if p.Version < tls.VersionTLS13 {
			return rawtls.Lookup(p.Suites[0]), true
		}
	}
	return rawtls.Suite{}, false
}
