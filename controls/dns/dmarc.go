package dns

import (
	"strconv"
	"strings"

	"pavise"
)

// DMARC says what becomes of mail that only claims to come from the domain.
type DMARC struct{}

// Doc describes the control.
func (DMARC) Doc() pavise.Doc {
	rule := func(name, title string) pavise.Rule {
		return pavise.Rule{ID: "dns.dmarc." + name, Title: title, Severity: pavise.Low, CVSS: forgery,
			References: []string{"RFC 9989", "PCI DSS 4.0.1 5.4.1", "CWE-290"}, Owner: true,
			Fix: pavise.Fix{Other: `_dmarc.example.com. TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"`}}
	}
	return pavise.Doc{
		ID:       "dns.dmarc",
		Title:    "What becomes of forged mail",
		Why:      "SPF does not look at the sender that people see. Only DMARC has receivers refuse mail that shows the shop's name and did not come from it.",
		Verifies: "The DMARC record of the name, or of the nearest name above it that has one.",
		Rules: []pavise.Rule{
			rule("present", "The domain has one DMARC record"),
			rule("policy", "DMARC has forged mail refused or set aside"),
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (DMARC) Validate() error { return nil }

// Probes asks at the name and upwards.
func (DMARC) Probes(e *pavise.Evidence) []pavise.Probe {
	return probes(e, func(z zone) (list []pavise.Probe) {
		for _, name := range z.upwards() {
			list = append(list, lookup("_dmarc."+name, "TXT"))
		}
		return list
	})
}

// Check judges the nearest record.
func (c DMARC) Check(e *pavise.Evidence) []pavise.Finding {
	z, none := begin(e, c.Doc())
	if none != nil {
		return none
	}
	var list []string
	var r *pavise.Records
	at := ""
	for _, name := range z.upwards() {
		var why string
		at = "_dmarc." + name
		if r, why = records(e, at, "TXT"); r == nil {
			return c.Doc().All(pavise.Unlooked, z.host, why)
		}
		if list = txt(r, "v=DMARC1"); len(list) > 0 {
			break
		}
	}
	judged := func(rule, want, fault, saw string) pavise.Finding {
		return found("dns.dmarc."+rule, at, "TXT", want, r, fault, saw)
	}
	const one = "one record that begins with v=DMARC1"
	if len(list) != 1 {
		fault := "no DMARC record"
		if len(list) > 1 {
			fault = strconv.Itoa(len(list)) + " DMARC records: receivers take none of them"
		}
		return []pavise.Finding{judged("present", one, fault, ""),
			pavise.Skipped("dns.dmarc.policy", z.host, "there is no DMARC record to judge")}
	}
	return []pavise.Finding{judged("present", one, "", list[0]),
		judged("policy", "p=reject or p=quarantine", lax(tags(list[0]), at != "_dmarc."+z.host), list[0])}
}

// lax is what lets forged mail through; "" if nothing does.
func lax(t map[string]string, below bool) string {
	p, name := t["p"], "p"
	if sp, ok := t["sp"]; ok && below {
		p, name = sp, "sp"
	}
	percent, err := strconv.Atoi(t["pct"])
	switch {
	case p != "reject" && p != "quarantine":
		return name + "=" + p + ": forged mail is let through"
	case t["t"] == "y":
		return "t=y: it is only a test"
	case err == nil && percent < 100: // RFC 9989 has dropped it; many receivers read it still
		return "pct=" + t["pct"] + ": some forged mail is let through"
	}
	return ""
}

const maxTags = 50

// tags are the names and values of a record.
func tags(record string) map[string]string {
	list := map[string]string{}
	for part := range strings.SplitSeq(record, ";") {
		name, value, ok := strings.Cut(part, "=")
		if name = strings.ToLower(strings.TrimSpace(name)); ok && len(list) < maxTags {
			list[name] = strings.ToLower(strings.TrimSpace(value))
		}
	}
	return list
}
