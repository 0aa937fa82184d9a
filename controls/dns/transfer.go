package dns

import (
	"strings"

	"pavise"
)

// Transfer keeps the list of all names of the zone from strangers.
type Transfer struct{}

// Doc describes the control.
func (Transfer) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "dns.transfer",
		Title:    "Zone transfer",
		Why:      "A name server that gives the whole zone to anybody hands out the map of everything the owner has, also of what nobody was to find. A PCI scan fails for it.",
		Verifies: "Each name server of the domain, at most four, is asked for the zone; the answer is read no further than shows whether it is given.",
		Rules: []pavise.Rule{{
			ID: "dns.transfer.refused", Title: "No name server gives the zone to strangers", Severity: pavise.Medium,
			CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N",
			Automatic:  "an unrestricted zone transfer",
			References: []string{"PCI DSS 4.0.1 2.2.6", "RFC 5936 5", "CWE-200"}, Owner: true,
			Fix: pavise.Fix{Other: "BIND: allow-transfer { key transfer.example.com; };\nKnot: acl with action: transfer and a key\nPowerDNS: allow-axfr-ips=192.0.2.1"},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Transfer) Validate() error { return nil }

const maxServers = 4

// Probes asks for the name servers, and then each for the zone.
func (Transfer) Probes(e *pavise.Evidence) []pavise.Probe {
	return probes(e, func(z zone) []pavise.Probe {
		list := []pavise.Probe{lookup(z.domain, "NS")}
		for _, server := range servers(e, z) {
			list = append(list, transfer(z, server))
		}
		return list
	})
}

func servers(e *pavise.Evidence, z zone) []string {
	r, _ := records(e, z.domain, "NS")
	if r == nil {
		return nil
	}
	return r.Data[:min(len(r.Data), maxServers)]
}

func transfer(z zone, server string) pavise.Probe {
	return pavise.Probe{Lookup: &pavise.Lookup{Name: z.domain, Type: "AXFR", Server: server}}
}

// Check fails each name server that gave anything.
func (c Transfer) Check(e *pavise.Evidence) []pavise.Finding {
	z, none := begin(e, c.Doc())
	if none != nil {
		return none
	}
	const rule, want = "dns.transfer.refused", "a refusal"
	if _, why := records(e, z.domain, "NS"); why != "" {
		return []pavise.Finding{pavise.Unlooked(rule, z.domain, why)}
	}
	var list []pavise.Finding
	var refused, by string
	for _, server := range servers(e, z) {
		a, _ := e.Heard(transfer(z, server))
		if a == nil {
			continue
		}
		if r := a.Records; r.Code == "NOERROR" && len(r.Data) > 1 { // an SOA alone is no zone
			f := found(rule, server, "AXFR", want, r, "the zone "+z.domain+" is given to anybody: "+strings.Join(r.Data, ", ")+", …", "")
			f.Proof.Command = z.axfr(server)
			list = append(list, f)
		} else {
			refused, by = server+" answers "+r.Code, server
		}
	}
	switch {
	case list != nil:
		return list
	case refused == "":
		return []pavise.Finding{pavise.Skipped(rule, z.domain, "no name server of the domain can be reached over TCP from here")}
	}
	return []pavise.Finding{{Rule: rule, Outcome: pavise.Pass, Where: z.domain, Saw: refused, Want: want,
		Proof: pavise.Proof{Command: z.axfr(by)}}}
}

// axfr is the line that asks a name server for the zone. Its name is the zone's to say.
func (z zone) axfr(server string) string {
	return "dig " + pavise.Quote("@"+server) + " " + pavise.Quote(z.domain) + " AXFR"
}
