package joined

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"pavise"
)

// TLS finds servers that do not answer as their files say: not reloaded, or not the one
// that answers.
type TLS struct{}

// Doc describes the control.
func (TLS) Doc() pavise.Doc {
	reload := pavise.Fix{Nginx: "nginx -t && nginx -s reload", Apache: "apachectl configtest && apachectl graceful"}
	return pavise.Doc{
		ID:       "joined.tls",
		Title:    "TLS as it is configured",
		Why:      "A certificate that was renewed on disk and a protocol that was switched off in a file change nothing until the server has read them; and where another server answers for the name, they never will.",
		Verifies: "The certificates of the host and the ssl_protocols of nginx are compared with what the site shows and offers.",
		Rules: []pavise.Rule{
			{ID: "joined.tls.certificate", Title: "The newest certificate of the host is the one that is shown", Severity: pavise.Low,
				References: []string{"PCI DSS 4.0.1 4.2.1.1", "CWE-298"}, Owner: true, Fix: reload},
			{ID: "joined.tls.protocols", Title: "No version of TLS is offered that the configuration has switched off", Severity: pavise.Low,
				References: []string{"PCI DSS 4.0.1 2.2.5", "PCI DSS 4.0.1 4.2.1", "CWE-757"}, Owner: true, Fix: reload},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (TLS) Validate() error { return nil }

// Check compares.
func (c TLS) Check(e *pavise.Evidence) []pavise.Finding {
	if e.Machine == nil || !e.Target.Secure() {
		return nil
	}
	return []pavise.Finding{certificate(e), protocols(e)}
}

// certificate compares the one that is shown with those that lie on disk for the name.
func certificate(e *pavise.Evidence) pavise.Finding {
	const rule = "joined.tls.certificate"
	leaf := shown(e)
	if leaf == nil {
		return pavise.Unlooked(rule, e.Target.TLS, "no certificate was shown")
	}
	var newest pavise.DiskCertificate
	for _, c := range e.Machine.Certificates {
		if covers(c, e.Target.Host()) && !c.Begins.After(e.Taken) && c.Ends.After(newest.Ends) {
			newest = c
		}
	}
	switch {
	case newest.File == "":
		return pavise.Skipped(rule, e.Target.TLS, "no certificate of this name lies on the host")
	case newest.Issuer != issuer(leaf):
		return pavise.Skipped(rule, e.Target.TLS, fmt.Sprintf("the one that is shown is of %q, and that on the host of %q: something else may answer", issuer(leaf), newest.Issuer))
	case newest.Ends.After(leaf.NotAfter):
		return pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: newest.File,
			Saw:   fmt.Sprintf("it ends on %s, and the one that is shown on %s", newest.Ends.Format(time.DateOnly), leaf.NotAfter.Format(time.DateOnly)),
			Want:  "the newer one shown: the server has not read it",
			Proof: pavise.Proof{Command: pavise.OpenSSL(e.Target.TLS, e.Target.Host(), "") + " | openssl x509 -noout -enddate"}}
	}
	return pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: e.Target.TLS, Saw: "the one that is shown ends on " + leaf.NotAfter.Format(time.DateOnly)}
}

// shown is the certificate of the first handshake that showed one.
func shown(e *pavise.Evidence) *x509.Certificate {
	for _, a := range e.Answers {
		if h := a.Probe.Handshake; h != nil && h.Address == e.Target.TLS && a.Session != nil && len(a.Session.Chain) > 0 {
			if leaf, err := x509.ParseCertificate(a.Session.Chain[0]); err == nil {
				return leaf
			}
		}
	}
	return nil
}

// issuer is who issued a certificate, as the host's are told.
func issuer(c *x509.Certificate) string {
	return pavise.Clip(cmp.Or(strings.Join(c.Issuer.Organization, ", "), c.Issuer.CommonName), 200)
}

func covers(c pavise.DiskCertificate, host string) bool {
	return slices.ContainsFunc(c.Names, func(name string) bool {
		suffix, wild := strings.CutPrefix(strings.ToLower(name), "*")
		head, _, _ := strings.Cut(host, ".")
		return strings.EqualFold(name, host) || wild && host == head+suffix
	})
}

// versions are what nginx calls those of TLS.
var versions = map[uint16]string{0x0300: "SSLv3", 0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}

// protocols compares what is offered with what the server of the name allows.
func protocols(e *pavise.Evidence) pavise.Finding {
	const rule = "joined.tls.protocols"
	allowed, from := configured(e)
	if allowed == nil {
		return pavise.Skipped(rule, e.Target.TLS, "no server of nginx for "+e.Target.Host()+" says which versions it allows")
	}
	offered := offer(e)
	if offered == nil {
		return pavise.Unlooked(rule, e.Target.TLS, "what is offered is not known")
	}
	for _, p := range offered.Protocols {
		name := versions[p.Version]
		if name != "" && len(p.Suites) > 0 && !slices.Contains(allowed, name) {
			return pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: from.Where(),
				Saw:   fmt.Sprintf("ssl_protocols %s; and %s offers %s", strings.Join(allowed, " "), e.Target.TLS, name),
				Want:  "what the file says: the server has not read it, the first server of that address says otherwise, or another one answers",
				Proof: pavise.Proof{Command: pavise.ShowLine(from.File, from.Line)}}
		}
	}
	return pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: from.Where(), Saw: "nothing is offered beyond " + strings.Join(allowed, " ")}
}

func offer(e *pavise.Evidence) *pavise.Offered {
	for _, a := range e.Answers {
		if o := a.Probe.Offer; o != nil && o.Address == e.Target.TLS && a.Offered != nil {
			return a.Offered
		}
	}
	return nil
}

// configured is what a server for the site says itself, else the nearest block around it.
func configured(e *pavise.Evidence) (allowed []string, from pavise.Directive) {
	for _, s := range servers(e) {
		for _, block := range append([]pavise.Directive{s.Directive}, s.around...) {
			for _, d := range block.Block {
				if d.Name == "ssl_protocols" {
					return d.Args, d
				}
			}
		}
	}
	return nil, from
}
