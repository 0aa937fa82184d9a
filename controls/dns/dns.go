// Package dns holds the controls of what the domain name system says of a site: who may
// sign for it, who may send mail in its name. They are verified only.
package dns

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"

	"pavise"
)

// A zone is the names that are looked at: of the site, and of the domain it is in.
type zone struct{ host, domain string }

// zoneOf returns the names of the site, or why the domain name system is not asked.
func zoneOf(e *pavise.Evidence) (z zone, whyNot string) {
	t := e.Target
	z.host = t.Host()
	suffix, public := publicsuffix.PublicSuffix(z.host)
	_, notAddress := netip.ParseAddr(z.host)
	var err error
	z.domain, err = publicsuffix.EffectiveTLDPlusOne(z.host)
	switch {
	case notAddress == nil || pavise.Local(z.host):
		return z, "an address, or a name of this machine, is no name of the domain name system"
	case t.Resolver == "":
		return z, "nobody was to be asked for names: --resolver ADDR names a resolver"
	case err != nil:
		return z, "the name is no one's below " + suffix
	case t.Resolver == pavise.SystemResolver && !public && !strings.Contains(suffix, "."):
		return z, "the name is none of the public ones: --resolver ADDR asks a resolver that knows it"
	case !public && strings.Contains(suffix, "."):
		return z, "who gives out the names below " + suffix + " keeps their records"
	}
	if a, _ := e.Heard(lookup(z.host, "A")); a != nil && a.Records.Code == "NXDOMAIN" {
		return z, "the resolver knows no such name"
	}
	return z, ""
}

func lookup(name, kind string) pavise.Probe {
	return pavise.Probe{Lookup: &pavise.Lookup{Name: name, Type: kind}}
}

// probes asks for the address of the site, and then for more: a resolver that does not
// answer is not asked again.
func probes(e *pavise.Evidence, more func(zone) []pavise.Probe) []pavise.Probe {
	z, whyNot := zoneOf(e)
	if whyNot != "" {
		return nil
	}
	first := lookup(z.host, "A")
	if a, _ := e.Heard(first); a == nil {
		return []pavise.Probe{first}
	}
	return more(z)
}

// begin is the zone of the site; without one, what to say of every rule of the control.
func begin(e *pavise.Evidence, doc pavise.Doc) (zone, []pavise.Finding) {
	z, whyNot := zoneOf(e)
	if whyNot != "" {
		return z, doc.All(pavise.Skipped, z.host, whyNot)
	}
	if _, why := records(e, z.host, "A"); why != "" {
		return z, doc.All(pavise.Unlooked, z.host, why)
	}
	return z, nil
}

// records are the data of a name, or why they are not known. A name that is not there
// has none.
func records(e *pavise.Evidence, name, kind string) (*pavise.Records, string) {
	a, why := e.Heard(lookup(name, kind))
	switch {
	case a == nil:
		return nil, name + " " + kind + ": " + why
	case a.Records.Code != "NOERROR" && a.Records.Code != "NXDOMAIN":
		return nil, name + " " + kind + ": it is answered " + a.Records.Code
	}
	return a.Records, ""
}

// dig is the proof of a lookup.
func dig(name, kind, received string) pavise.Proof {
	return pavise.Proof{Command: "dig +dnssec " + pavise.Quote(name) + " " + kind, Received: received}
}

// found is a finding about records: its proof is the line that asks for them.
func found(rule, name, kind, want string, r *pavise.Records, fault, saw string) pavise.Finding {
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: name, Saw: saw, Want: want}
	if fault != "" {
		f.Outcome, f.Saw = pavise.Fail, fault
	}
	f.Proof = dig(name, kind, pavise.Clip(strings.Join(append([]string{r.Code}, r.Data...), "\n"), 2<<10))
	return f
}

// upwards are the name, and those above it up to the domain, at most eight.
func (z zone) upwards() []string {
	list := []string{z.host}
	for name := z.host; name != z.domain && len(list) < 8; {
		_, name, _ = strings.Cut(name, ".")
		list = append(list, name)
	}
	return list
}

// txt are the texts of a name that begin with a version, in any case of letters.
func txt(r *pavise.Records, version string) []string {
	var list []string
	for _, text := range r.Data {
		first := strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == ';' })
		if len(first) > 0 && strings.EqualFold(first[0], version) {
			list = append(list, text)
		}
	}
	return list
}
