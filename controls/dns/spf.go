package dns

import (
	"fmt"
	"strings"

	"pavise"
)

// SPF says who may send mail in the name of the domain.
type SPF struct{}

// forgery is the harm of mail in another's name.
const forgery = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:N/I:L/A:N"

// Doc describes the control.
func (SPF) Doc() pavise.Doc {
	rule := func(name, title string) pavise.Rule {
		return pavise.Rule{ID: "dns.spf." + name, Title: title, Severity: pavise.Low, CVSS: forgery,
			References: []string{"RFC 7208", "PCI DSS 4.0.1 5.4.1", "CWE-290"}, Owner: true,
			Fix: pavise.Fix{Other: `example.com. TXT "v=spf1 mx -all"` + "\n" + `example.com. TXT "v=spf1 -all"  ; of a domain that sends no mail`}}
	}
	return pavise.Doc{
		ID:       "dns.spf",
		Title:    "Who may send mail",
		Why:      "Anybody can send mail in the name of a domain that does not say who may. Password mails and invoices of a shop are what is forged first.",
		Verifies: "The SPF record of the domain, and those that it includes, as far as a receiver would follow them.",
		Rules: []pavise.Rule{
			rule("present", "The domain has one SPF record that can be read"),
			rule("strict", "SPF has all others refused"),
			rule("lookups", "SPF asks for no more than ten names"),
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (SPF) Validate() error { return nil }

// Probes asks for the texts of the domain, and of those that they lead to.
func (SPF) Probes(e *pavise.Evidence) []pavise.Probe {
	return probes(e, func(z zone) []pavise.Probe {
		var t tally
		follow(e, z.domain, 0, &t)
		var list []pavise.Probe
		for _, name := range t.unknown[:min(len(t.unknown), maxLookups+1)] {
			list = append(list, lookup(name, "TXT"))
		}
		return list
	})
}

// Check judges the record.
func (c SPF) Check(e *pavise.Evidence) []pavise.Finding {
	z, none := begin(e, c.Doc())
	if none != nil {
		return none
	}
	r, why := records(e, z.domain, "TXT")
	if r == nil {
		return c.Doc().All(pavise.Unlooked, z.domain, why)
	}
	judged := func(rule, want, fault, saw string) pavise.Finding {
		return found("dns.spf."+rule, z.domain, "TXT", want, &pavise.Records{Code: r.Code, Data: txt(r, "v=spf1")}, fault, saw)
	}
	list := txt(r, "v=spf1")
	broken := ""
	if len(list) == 1 {
		if _, err := parsePolicy(list[0]); err != nil {
			broken = "it cannot be read: " + err.Error()
		}
	} else {
		broken = fmt.Sprintf("%d SPF records", len(list))
	}
	if broken != "" {
		return []pavise.Finding{judged("present", "one record that begins with v=spf1", broken, ""),
			pavise.Skipped("dns.spf.strict", z.domain, "there is no SPF record to judge"),
			pavise.Skipped("dns.spf.lookups", z.domain, "there is no SPF record to judge")}
	}
	var t tally
	follow(e, z.domain, 0, &t)
	return []pavise.Finding{
		judged("present", "one record that begins with v=spf1", "", list[0]),
		checkStrict(t, z, judged),
		checkLookups(t, z, judged),
	}
}

func checkStrict(t tally, z zone, judged func(rule, want, fault, saw string) pavise.Finding) pavise.Finding {
	fault := ""
	switch t.all {
	case '+':
		fault = "+all lets anybody send"
	case '?':
		fault = "?all says nothing of anybody else"
	case 0:
		if len(t.unknown) > 0 {
			return pavise.Unlooked("dns.spf.strict", z.domain, "no answer for "+strings.Join(t.unknown, ", "))
		}
		fault = "no all at the end: nothing is said of anybody else"
	}
	return judged("strict", "-all or ~all at the end", fault, string(t.all)+"all")
}

func checkLookups(t tally, z zone, judged func(rule, want, fault, saw string) pavise.Finding) pavise.Finding {
	fault := ""
	switch {
	case t.lookups > maxLookups:
		fault = fmt.Sprintf("at least %d: receivers give up, and take it for an error", t.lookups)
	case t.wrong != "":
		fault = "receivers take it for an error: " + t.wrong
	case len(t.unknown) > 0:
		return pavise.Unlooked("dns.spf.lookups", z.domain, "no answer for "+strings.Join(t.unknown, ", "))
	}
	return judged("lookups", "at most 10 names to ask for (RFC 7208 4.6.4)", fault, fmt.Sprintf("%d names to ask for", t.lookups))
}
