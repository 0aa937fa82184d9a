package dns

import (
	"crypto/x509"
	"strings"

	"pavise"
)

// MTASTS has other mail servers speak TLS with those of the domain, or not at all.
type MTASTS struct{}

// Doc describes the control.
func (MTASTS) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "dns.mta-sts",
		Title:    "Mail by TLS alone",
		Why:      "Mail servers fall back to plain text where TLS fails, and whoever sits on the line can make it fail. MTA-STS tells them not to.",
		Verifies: "Where the domain takes mail: its _mta-sts record, the policy at mta-sts.DOMAIN, and the certificate there.",
		Rules: []pavise.Rule{{
			ID: "dns.mta-sts.policy", Title: "A policy has mail come by TLS alone", Severity: pavise.Info,
			References: []string{"RFC 8461 3", "PCI DSS 4.0.1 4.2.1", "CWE-319"}, Owner: true,
			Fix: pavise.Fix{
				Nginx:  "location = /.well-known/mta-sts.txt { return 200 \"version: STSv1\\nmode: enforce\\nmx: mail.example.com\\nmax_age: 604800\\n\"; }",
				Apache: "Alias /.well-known/mta-sts.txt /var/www/mta-sts.txt",
				Other:  `_mta-sts.example.com. TXT "v=STSv1; id=20260101"`,
			},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (MTASTS) Validate() error { return nil }

func (z zone) sts() (record, certificate, text pavise.Probe) {
	host := "mta-sts." + z.domain
	return lookup("_mta-sts."+z.domain, "TXT"),
		pavise.Probe{Handshake: &pavise.Handshake{Address: host + ":443", Name: host}},
		pavise.Ask(pavise.Request{URL: "https://" + host + "/.well-known/mta-sts.txt", Keep: 64 << 10})
}

// Probes asks for the record where there is mail, and for the policy where there is a
// record.
func (MTASTS) Probes(e *pavise.Evidence) []pavise.Probe {
	return probes(e, func(z zone) []pavise.Probe {
		record, certificate, text := z.sts()
		list := []pavise.Probe{lookup(z.domain, "MX")}
		if len(exchangers(e, z)) > 0 {
			list = append(list, record)
		}
		if r, _ := records(e, record.Lookup.Name, "TXT"); r != nil && len(txt(r, "v=STSv1")) == 1 {
			list = append(list, certificate, text)
		}
		return list
	})
}

// exchangers are the mail servers of the domain; a "." is none (RFC 7505).
func exchangers(e *pavise.Evidence, z zone) []string {
	r, _ := records(e, z.domain, "MX")
	if r == nil {
		return nil
	}
	var list []string
	for _, mx := range r.Data {
		if _, host, _ := strings.Cut(mx, " "); host != "" {
			list = append(list, host)
		}
	}
	return list
}

// Check judges the record and the policy.
func (c MTASTS) Check(e *pavise.Evidence) []pavise.Finding {
	z, none := begin(e, c.Doc())
	if none != nil {
		return none
	}
	if r, why := records(e, z.domain, "MX"); r == nil {
		return c.Doc().All(pavise.Unlooked, z.domain, why)
	}
	if len(exchangers(e, z)) == 0 {
		return c.Doc().All(pavise.Skipped, z.domain, "the domain takes no mail")
	}
	record, certificate, text := z.sts()
	const rule, want = "dns.mta-sts.policy", "a record, and a policy with mode: enforce that names every mail server"
	r, why := records(e, record.Lookup.Name, "TXT")
	if r == nil {
		return c.Doc().All(pavise.Unlooked, z.domain, why)
	}
	if n := len(txt(r, "v=STSv1")); n != 1 {
		return []pavise.Finding{found(rule, record.Lookup.Name, "TXT", want, r, "no record that begins with v=STSv1, or more than one", "")}
	}
	a, why := e.Heard(text)
	if a == nil {
		return c.Doc().All(pavise.Unlooked, text.Request.URL, why)
	}
	fault := wrongPolicy(string(a.Response.Body), exchangers(e, z))
	switch s, _ := e.Heard(certificate); {
	case a.Response.Status != 200:
		fault = "there is no policy"
	case s != nil && fault == "":
		fault = wrongHost(e, s.Session, certificate.Handshake.Name)
	}
	f := found(rule, text.Request.URL, "", want, r, fault, "mode: enforce")
	f.Proof = a.Proof()
	return []pavise.Finding{f}
}

// wrongHost is why nobody may believe the policy (RFC 8461 3.3).
func wrongHost(e *pavise.Evidence, s *pavise.Session, host string) string {
	if len(s.Chain) == 0 {
		return ""
	}
	leaf, err := x509.ParseCertificate(s.Chain[0])
	switch {
	case err != nil:
		return err.Error()
	case leaf.VerifyHostname(host) != nil:
		return leaf.VerifyHostname(host).Error()
	case s.Distrust != "" && !e.Target.Untrusted:
		return s.Distrust
	}
	return ""
}

// wrongPolicy is what keeps a policy from being enforced (RFC 8461 3.2).
func wrongPolicy(text string, servers []string) string {
	var version, mode string
	var patterns []string
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.ToLower(strings.TrimSpace(value))
		switch strings.TrimSpace(key) {
		case "version":
			version = value
		case "mode":
			mode = value
		case "mx":
			patterns = append(patterns, value)
		}
	}
	if version != "stsv1" || mode != "enforce" {
		return "version: " + pavise.Clip(version, 40) + ", mode: " + pavise.Clip(mode, 40)
	}
	for _, server := range servers {
		if !named(server, patterns) {
			return "the policy does not name " + server
		}
	}
	return ""
}

// named reports whether a pattern covers the host: "*." stands for one label (RFC 8461 4.1).
func named(host string, patterns []string) bool {
	_, parent, _ := strings.Cut(host, ".")
	for _, p := range patterns {
		if below, wild := strings.CutPrefix(p, "*."); p == host || wild && below == parent {
			return true
		}
	}
	return false
}
