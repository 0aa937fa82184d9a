package dns

import "pavise"

// DNSSEC has the names of the site signed.
type DNSSEC struct{}

// Doc describes the control.
func (DNSSEC) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "dns.dnssec",
		Title:    "Signed names",
		Why:      "Names that nobody has signed can be forged on the way, and with them the site, its mail and even its certificate.",
		Verifies: "The DS record of the domain, and what the resolver says of the signature of the site's address. A resolver that checks no signatures cannot tell.",
		Rules: []pavise.Rule{{
			ID: "dns.dnssec.signed", Title: "The domain is signed", Severity: pavise.Info,
			References: []string{"RFC 9364", "RFC 4034 5", "CWE-345"}, Owner: true,
			Fix: pavise.Fix{Other: "turn on DNSSEC where the zone is kept, and give the DS record to the registrar"},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (DNSSEC) Validate() error { return nil }

// Probes asks for the DS record.
func (DNSSEC) Probes(e *pavise.Evidence) []pavise.Probe {
	return probes(e, func(z zone) []pavise.Probe { return []pavise.Probe{lookup(z.domain, "DS")} })
}

// Check believes the resolver where it says that a name is signed, and the DS record
// where there is none.
func (c DNSSEC) Check(e *pavise.Evidence) []pavise.Finding {
	z, none := begin(e, c.Doc())
	if none != nil {
		return none
	}
	const rule, want = "dns.dnssec.signed", "a DS record, and a signature that is right"
	address, _ := records(e, z.host, "A")
	ds, why := records(e, z.domain, "DS")
	switch {
	case address.Secure:
		return []pavise.Finding{found(rule, z.host, "A", want, address, "", "the resolver has found the signature right")}
	case ds == nil:
		return []pavise.Finding{pavise.Unlooked(rule, z.domain, why)}
	case len(ds.Data) > 0:
		return []pavise.Finding{pavise.Skipped(rule, z.domain, "there is a DS record, but the resolver does not say whether the signature is right")}
	}
	return []pavise.Finding{found(rule, z.domain, "DS", want, ds, "no DS record: the domain is not signed", "")}
}
