package dns

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"pavise"
)

// Parity has the site be the same at its IPv6 address.
type Parity struct{}

// Doc describes the control.
func (Parity) Doc() pavise.Doc {
	fix := pavise.Fix{Nginx: "listen [::]:443 ssl;  listen [::]:80;", Apache: "Listen [::]:443\nListen [::]:80",
		Express: `https.createServer(options, app).listen({ host: "::", port: 443 })`}
	return pavise.Doc{
		ID:       "dns.parity",
		Title:    "The same site by IPv6",
		Why:      "Half of all visitors come by IPv6. A site that answers there with another certificate or without the way to https is another site, which nobody looks after.",
		Verifies: "Where the name has an AAAA record, one handshake and one request in the clear go to that address, and are compared with the usual ones.",
		Rules: []pavise.Rule{
			{ID: "dns.parity.certificate", Title: "The IPv6 address shows a good certificate, too", Severity: pavise.Low,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:N/I:L/A:N",
				References: []string{"PCI DSS 4.0.1 4.2.1", "RFC 9525", "CWE-295"}, Owner: true, Fix: fix},
			{ID: "dns.parity.redirect", Title: "The IPv6 address leads to https, too", Severity: pavise.Low,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
				References: []string{"PCI DSS 4.0.1 4.2.1", "ASVS 5.0 12.2.1", "CWE-319"}, Owner: true, Fix: fix},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Parity) Validate() error { return nil }

// Probes asks for the address, and then there.
func (Parity) Probes(e *pavise.Evidence) []pavise.Probe {
	return probes(e, func(z zone) []pavise.Probe {
		list := []pavise.Probe{lookup(z.host, "AAAA")}
		if r, _ := records(e, z.host, "AAAA"); r != nil && len(r.Data) > 0 {
			list = append(list, usual(e), shake(e, r.Data[0]))
			if e.Target.Clear != "" {
				list = append(list, pavise.Ask(pavise.Request{URL: e.Target.Clear + "/"}), inClear(e, r.Data[0]))
			}
		}
		return list
	})
}

func usual(e *pavise.Evidence) pavise.Probe {
	return pavise.Probe{Handshake: &pavise.Handshake{Address: e.Target.TLS, Name: e.Target.Host()}}
}

func shake(e *pavise.Evidence, at string) pavise.Probe {
	_, port, _ := net.SplitHostPort(e.Target.TLS)
	return pavise.Probe{Handshake: &pavise.Handshake{Address: net.JoinHostPort(at, port), Name: e.Target.Host()}}
}

func inClear(e *pavise.Evidence, at string) pavise.Probe {
	u, err := url.Parse(e.Target.Clear)
	if err != nil {
		return pavise.Ask(pavise.Request{})
	}
	return pavise.Ask(pavise.Request{URL: "http://" + net.JoinHostPort(at, strconv.Itoa(pavise.PortOf(u))) + "/", Host: u.Host})
}

// Check compares.
func (c Parity) Check(e *pavise.Evidence) []pavise.Finding {
	z, none := begin(e, c.Doc())
	if none != nil {
		return none
	}
	r, why := records(e, z.host, "AAAA")
	switch {
	case r == nil:
		return c.Doc().All(pavise.Unlooked, z.host, why)
	case len(r.Data) == 0:
		return c.Doc().All(pavise.Skipped, z.host, "the name has no IPv6 address")
	}
	return []pavise.Finding{checkLeaf(e, r.Data[0]), checkClear(e, r.Data[0])}
}

// unreachable is an error of this machine's, and not of the site's.
func unreachable(err string) bool {
	return strings.Contains(err, "unreachable") || strings.Contains(err, "no route") || strings.Contains(err, "cannot assign") ||
		strings.Contains(err, "not supported")
}

func checkLeaf(e *pavise.Evidence, at string) pavise.Finding {
	p := shake(e, at)
	f := pavise.Finding{Rule: "dns.parity.certificate", Outcome: pavise.Fail, Where: p.Handshake.Address, Want: "a certificate for " + e.Target.Host()}
	f.Proof.Command = pavise.OpenSSL(f.Where, e.Target.Host(), "") + " </dev/null"
	four, _ := e.Heard(usual(e))
	six, why := e.Heard(p)
	switch {
	case four == nil || four.Session.Refused != "":
		return pavise.Skipped(f.Rule, f.Where, "there is no TLS at the usual address to compare with")
	case six == nil && unreachable(why):
		return pavise.Skipped(f.Rule, f.Where, "no IPv6 from here: "+why)
	case six == nil && e.Answer(p) != nil && e.Answer(p).Closed:
		f.Saw = "nobody listens there"
	case six == nil:
		return pavise.Unlooked(f.Rule, f.Where, why)
	case six.Session.Refused != "" || len(six.Session.Chain) == 0:
		f.Saw = "no TLS is spoken there: " + six.Session.Refused
	default:
		f.Saw = fault(e, four.Session, six.Session)
	}
	if f.Saw == "" {
		f.Outcome, f.Saw = pavise.Pass, "a certificate for the site"
	}
	return f
}

// fault is what is wrong with the certificate at the other address; not what is wrong
// with the usual one, which has rules of its own.
func fault(e *pavise.Evidence, usual, s *pavise.Session) string {
	leaf, err := x509.ParseCertificate(s.Chain[0])
	switch {
	case len(usual.Chain) > 0 && bytes.Equal(usual.Chain[0], s.Chain[0]):
		return ""
	case err != nil:
		return err.Error()
	case leaf.VerifyHostname(e.Target.Host()) != nil:
		return leaf.VerifyHostname(e.Target.Host()).Error()
	case e.Taken.After(leaf.NotAfter) || e.Taken.Before(leaf.NotBefore):
		return "the certificate there is not valid now"
	case s.Distrust != "" && usual.Distrust == "" && !e.Target.Untrusted:
		return s.Distrust
	}
	return ""
}

func checkClear(e *pavise.Evidence, at string) pavise.Finding {
	p := inClear(e, at)
	f := pavise.Finding{Rule: "dns.parity.redirect", Outcome: pavise.Fail, Where: p.Request.URL, Want: "what the usual address answers in the clear"}
	four, _ := e.Heard(pavise.Ask(pavise.Request{URL: e.Target.Clear + "/"}))
	six, why := e.Heard(p)
	switch {
	case four == nil:
		return pavise.Skipped(f.Rule, f.Where, "nobody answers in the clear at the usual address")
	case six == nil && unreachable(why):
		return pavise.Skipped(f.Rule, f.Where, "no IPv6 from here: "+why)
	case six == nil && e.Answer(p) != nil && e.Answer(p).Closed:
		f.Saw = "nobody listens there"
		return f
	case six == nil:
		return pavise.Unlooked(f.Rule, f.Where, why)
	}
	f.Proof = six.Proof()
	to := six.Response.Header.Get("Location")
	f.Saw = strings.TrimSpace(fmt.Sprintf("%d %s", six.Response.Status, to))
	if six.Response.Status/100 == four.Response.Status/100 && to == four.Response.Header.Get("Location") {
		f.Outcome = pavise.Pass
	}
	return f
}
