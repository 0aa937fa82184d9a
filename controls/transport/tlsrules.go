package transport

import "pavise"

// The base vectors are those of the NVD (https://nvd.nist.gov, read 2026-11-21), version
// 3.1 or, for ROBOT, Ticketbleed and DROWN, 3.0 with the same metrics. Where it has only
// version 2 (BEAST, CRIME, FREAK, CVE-2011-1473) or none (CVE-2025-49812), they are ours,
// in the same bands.
const (
	readsMemory  = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N" // 7.5
	takesPart    = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N" // 7.4
	decrypts     = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N" // 5.9
	exhausts     = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L" // 5.3
	downgrades   = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N" // 4.8
	alters       = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N" // 3.7
	readsCookies = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:L/I:N/A:N" // 3.4
	guesses      = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N" // 3.1

	// Of what is offered.
	earlyTLS  = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:L/A:N" // 6.5, as scan vendors give it
	injects   = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:L" // 4.8
	readsSome = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N" // 3.7
)

func tlsRule(name, title string, severity pavise.Severity, cvss string, fix pavise.Fix, more ...string) pavise.Rule {
	fix.Pavise = pavise.OnByDefault
	return pavise.Rule{
		ID: "transport.tls." + name, Title: title, Severity: severity, CVSS: cvss, Fix: fix,
		References: append([]string{"PCI DSS 4.0.1 4.2.1"}, more...),
	}
}

// early is a rule on a version for which a PCI scan fails whatever its score.
func early(r pavise.Rule) pavise.Rule {
	r.Automatic = "SSL or early TLS is offered"
	return r
}

// declared is a rule that the owner must explain to the scan vendor where it fails.
func declared(r pavise.Rule, what string) pavise.Rule {
	r.Declare = what
	return r
}

// owned is for what no edge can mend: the page is the app's.
func owned(r pavise.Rule) pavise.Rule {
	r.Owner, r.Fix.Pavise = true, ""
	return r
}

func flawRule(name, title string, severity pavise.Severity, cvss string, fix pavise.Fix, more ...string) pavise.Rule {
	fix.Pavise = pavise.OnByDefault
	return pavise.Rule{ID: "transport.flaws." + name, Title: title, Severity: severity, CVSS: cvss, Fix: fix,
		References: append([]string{"PCI DSS 4.0.1 4.2.1", "PCI DSS 4.0.1 6.3.3", "ASVS 5.0 12.1.2"}, more...)}
}
