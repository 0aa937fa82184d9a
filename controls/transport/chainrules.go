package transport

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ocsp"

	"pavise"
)

func chained(e *pavise.Evidence, rule, want string, v verdict) pavise.Finding {
	line := pavise.OpenSSL(e.Target.TLS, e.Target.Host(), "-showcerts -status") + " </dev/null"
	return v.Finding("transport.chain."+rule, e.Target.TLS, want, pavise.Proof{Command: line, Received: v.Saw})
}

// complete reports a chain that ends before a certificate that says where its issuer is
// to be had. Without that nobody can tell a missing one from a root that is not known.
func complete(chain []*x509.Certificate, s *pavise.Session) verdict {
	if s.Distrust == "" {
		return passed(fmt.Sprintf("%d certificates lead to a trusted root", len(chain)))
	}
	top := chain[0]
	for range chain { // as far as what came along leads
		next := slices.IndexFunc(chain, func(c *x509.Certificate) bool { return c != top && bytes.Equal(c.RawSubject, top.RawIssuer) })
		if next < 0 || selfIssued(top) {
			break
		}
		top = chain[next]
	}
	switch {
	case selfIssued(top):
		return skipped("the chain is whole, and its root is not trusted")
	case len(top.IssuingCertificateURL) == 0:
		return skipped("nobody can tell whether a certificate is missing, or the root is not known")
	}
	return failed(fmt.Sprintf("the certificate of %q is missing: it is to be had at %s", pavise.Clip(top.Issuer.String(), 200), top.IssuingCertificateURL[0]))
}

func selfIssued(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }

// order reports what is not where it belongs.
func order(chain []*x509.Certificate) verdict {
	for i, c := range chain[1:] {
		switch {
		case !bytes.Equal(chain[i].RawIssuer, c.RawSubject):
			return failed(fmt.Sprintf("certificate %d, of %q, has not signed the one before it", i+2, pavise.Clip(c.Subject.String(), 200)))
		case selfIssued(c):
			return failed(fmt.Sprintf("certificate %d is a root: who trusts it has it, and nobody else needs it", i+2))
		}
	}
	return passed(fmt.Sprintf("%d certificates, each signed by the next", len(chain)))
}

// public reports whether the certificate says that it follows the Baseline Requirements,
// which ask for one of these policies (7.1.6.1). What others sign for themselves may
// live as long as they like.
func public(leaf *x509.Certificate) bool {
	return slices.ContainsFunc(leaf.PolicyIdentifiers, func(id asn1.ObjectIdentifier) bool {
		return strings.HasPrefix(id.String()+".", "2.23.140.1.1.") || strings.HasPrefix(id.String()+".", "2.23.140.1.2.")
	})
}

const notPublic = "the certificate is none of a public authority: it does not say that it follows the CA/B Forum's requirements"

// limits are how long a certificate may be valid that was made since a day, the newest
// first: ballot SC-081v3 (https://cabforum.org/2025/04/11/ballot-sc081v3-introduce-schedule-of-reducing-validity-and-data-reuse-periods).
var limits = []struct {
	since time.Time
	days  int
}{
	{time.Date(2029, 3, 15, 0, 0, 0, 0, time.UTC), 47},
	{time.Date(2027, 3, 15, 0, 0, 0, 0, time.UTC), 100},
	{time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC), 200},
	{time.Date(2020, 9, 1, 0, 0, 0, 0, time.UTC), 398},
}

func lifetime(leaf *x509.Certificate) verdict {
	if !public(leaf) {
		return skipped(notPublic)
	}
	for _, l := range limits {
		if leaf.NotBefore.Before(l.since) {
			continue
		}
		life := leaf.NotAfter.Sub(leaf.NotBefore) + time.Second // both ends count
		saw := fmt.Sprintf("%.0f days; %d are allowed to what was made since %s", life.Hours()/24, l.days, l.since.Format(time.DateOnly))
		if life > time.Duration(l.days)*24*time.Hour {
			return failed(saw)
		}
		return passed(saw)
	}
	return skipped("it was made before there were such bounds")
}

// mustStaple is the extension by which a certificate asks for a staple (RFC 7633).
var mustStaple = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}

// revoked judges the stapled answer of the authority.
func revoked(chain []*x509.Certificate, s *pavise.Session, e *pavise.Evidence) verdict {
	owed := extension(chain[0], mustStaple) != nil
	missing := func(why string) verdict {
		if owed {
			return failed(why + ", and the certificate asks for it (must-staple)")
		}
		return skipped(why + "; no authority is asked")
	}
	if len(s.Staple) == 0 {
		return missing("no OCSP answer was stapled")
	}
	var issuer *x509.Certificate
	if len(chain) > 1 && bytes.Equal(chain[0].RawIssuer, chain[1].RawSubject) {
		issuer = chain[1]
	}
	answer, err := ocsp.ParseResponseForCert(s.Staple, chain[0], issuer)
	switch {
	case err != nil:
		return missing("the stapled OCSP answer cannot be believed: " + err.Error())
	case answer.Status == ocsp.Revoked:
		return failed("it was revoked on " + day(answer.RevokedAt))
	case answer.Status != ocsp.Good:
		return missing("the authority does not know the certificate")
	case !answer.NextUpdate.IsZero() && e.Taken.After(answer.NextUpdate):
		return missing("the stapled OCSP answer is too old: it was good until " + day(answer.NextUpdate))
	case issuer == nil:
		return missing("the stapled OCSP answer says good, and who has signed it cannot be checked")
	}
	return passed("the authority said good on " + day(answer.ThisUpdate))
}

func extension(c *x509.Certificate, id asn1.ObjectIdentifier) []byte {
	for _, x := range c.Extensions {
		if x.Id.Equal(id) {
			return x.Value
		}
	}
	return nil
}

// timestamps is the extension with signed certificate timestamps (RFC 6962 3.3).
var timestamps = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}

// enough is how many timestamps browsers ask for at least.
const enough = 2

func logged(leaf *x509.Certificate, s *pavise.Session) verdict {
	if !public(leaf) {
		return skipped(notPublic)
	}
	within := countTimestamps(extension(leaf, timestamps))
	saw := fmt.Sprintf("%d timestamps in the certificate, %d beside it", within, s.Logged)
	if within+s.Logged < enough {
		return failed(saw)
	}
	return passed(saw)
}

// countTimestamps counts what a list holds, as far as it is whole.
func countTimestamps(value []byte) (n int) {
	var list []byte
	if rest, err := asn1.Unmarshal(value, &list); err != nil || len(rest) > 0 || len(list) < 2 || int(binary.BigEndian.Uint16(list)) != len(list)-2 {
		return 0
	}
	for list = list[2:]; len(list) > 2; n++ {
		end := 2 + int(binary.BigEndian.Uint16(list))
		if end > len(list) {
			return n
		}
		list = list[end:]
	}
	return n
}

// checkNameless judges what is shown without a server name, as a scan by address sees
// it. That it names another site is no fault.
func checkNameless(e *pavise.Evidence, usual *pavise.Session) pavise.Finding {
	const rule = "nameless"
	s, why := session(e, nameless(e))
	switch {
	case s == nil:
		return pavise.Unlooked("transport.chain."+rule, e.Target.TLS, why)
	case s.Refused != "" || len(s.Chain) == 0:
		return chained(e, rule, "", passed("nothing is shown to who says no name"))
	}
	f := chained(e, rule, "a certificate that is valid now and strong, or none", passed("a good certificate"))
	if fault := worseThan(e, s, usual, false); fault != "" {
		f.Outcome, f.Saw = pavise.Fail, fault
	}
	f.Proof.Command = pavise.OpenSSL(e.Target.TLS, "", "-noservername") + " </dev/null | openssl x509 -noout -text"
	return f
}

// checkBoth judges the chain of each kind of key, where the site has both.
func checkBoth(e *pavise.Evidence, usual *pavise.Session) pavise.Finding {
	const rule = "both"
	shown, fault, at := 0, "", handshake(e)
	for _, kind := range kinds {
		s, _ := session(e, withSuites(e, kind.suites))
		if s == nil || s.Refused != "" || len(s.Chain) == 0 {
			continue
		}
		shown++
		if wrong := worseThan(e, s, usual, true); wrong != "" {
			fault, at = "the one with a key for "+kind.name+": "+wrong, withSuites(e, kind.suites)
		}
	}
	if shown < len(kinds) {
		return pavise.Skipped("transport.chain."+rule, e.Target.TLS, "the site shows keys of one kind alone, as far as TLS 1.2 tells")
	}
	f := chained(e, rule, "certificates with RSA and with ECDSA that are both good", passed("both are good"))
	if fault != "" {
		f.Outcome, f.Saw = pavise.Fail, fault
		f.Proof = proof(at, fault)
	}
	return f
}

// worseThan says what is wrong with another certificate of the site and not with the usual one,
// which has rules of its own.
func worseThan(e *pavise.Evidence, s, usual *pavise.Session, named bool) string {
	if bytes.Equal(s.Chain[0], usual.Chain[0]) {
		return ""
	}
	leaf, err := x509.ParseCertificate(s.Chain[0])
	if err != nil {
		return err.Error()
	}
	checks := []error{checkExpiry(leaf, e.Taken), checkKey(leaf), checkSignature(leaf)}
	if named {
		checks = append(checks, checkName(leaf, e.Target.Host()))
	}
	for _, err := range checks {
		if err != nil {
			return err.Error()
		}
	}
	if s.Distrust != "" && usual.Distrust == "" && !e.Target.Untrusted {
		return s.Distrust
	}
	return ""
}
