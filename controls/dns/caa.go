package dns

import (
	"strings"

	"pavise"
)

// CAA names the authorities that may sign for the site.
type CAA struct{}

// Doc describes the control.
func (CAA) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "dns.caa",
		Title:    "Who may sign for the name",
		Why:      "Without a CAA record any of some hundred authorities may be tricked into a certificate for the site; with one, only those that it names may sign.",
		Verifies: "The CAA records of the name, or of the nearest name above it that has any, as authorities look for them.",
		Rules: []pavise.Rule{{
			ID: "dns.caa.present", Title: "CAA names who may sign for the site", Severity: pavise.Info,
			References: []string{"RFC 8659 3", "ASVS 5.0 12.2.2", "CWE-295"}, Owner: true,
			Fix: pavise.Fix{Other: `shop.example.com. CAA 0 issue "letsencrypt.org"`},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (CAA) Validate() error { return nil }

// Probes asks for the records of every name up to the domain.
func (CAA) Probes(e *pavise.Evidence) []pavise.Probe {
	return probes(e, func(z zone) (list []pavise.Probe) {
		for _, name := range z.upwards() {
			list = append(list, lookup(name, "CAA"))
		}
		return list
	})
}

// Check looks for the nearest set of records (RFC 8659 3).
func (c CAA) Check(e *pavise.Evidence) []pavise.Finding {
	z, none := begin(e, c.Doc())
	if none != nil {
		return none
	}
	const rule, want = "dns.caa.present", "a CAA record with issue or issuewild"
	for _, name := range z.upwards() {
		r, why := records(e, name, "CAA")
		if r == nil {
			return []pavise.Finding{pavise.Unlooked(rule, z.host, why)}
		}
		if len(r.Data) > 0 {
			saw, fault := strings.Join(r.Data, ", "), ""
			if !strings.Contains(saw, " issue") {
				fault = "the records name nobody who may sign: " + saw
			}
			return []pavise.Finding{found(rule, name, "CAA", want, r, fault, saw)}
		}
	}
	r, _ := records(e, z.host, "CAA")
	return []pavise.Finding{found(rule, z.host, "CAA", want, r, "no CAA record at "+strings.Join(z.upwards(), " or "), "")}
}
