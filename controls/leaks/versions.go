package leaks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pavise"
)

// Versions looks for software that gets no more fixes, by the versions that a site
// tells.
type Versions struct{}

const (
	ruleSoftware = "leaks.versions.software"
	ruleSystem   = "leaks.versions.system"
)

// Doc describes the control.
func (Versions) Doc() pavise.Doc {
	update := func(what string) pavise.Fix {
		upgrade := "# " + what + "\napt-get update && apt-get dist-upgrade"
		return pavise.Fix{Nginx: upgrade, Apache: upgrade, Express: "nvm install --lts && npm install express@latest  # " + what}
	}
	return pavise.Doc{
		ID:       "leaks.versions",
		Title:    "Software at the end of its life",
		Why:      "What becomes known of software that gets no more fixes stays open for ever, and robots look for such versions by name.",
		Verifies: "The versions in Server, X-Powered-By, X-Generator, the generator of pages and default error pages are compared with the dates on which their support ends. A match by version cannot see fixes that a distribution has put back: where it names one, or tells a version that a supported distribution ships, the rule is skipped, unless the host was audited, too: then its packages tell.",
		Rules: []pavise.Rule{
			{ID: ruleSoftware, Title: "The software of the server still gets fixes, as far as its versions tell", Severity: pavise.Medium, Owner: true,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N",
				References: []string{"PCI DSS 4.0.1 6.3.3", "PCI DSS 4.0.1 12.3.4", "ASVS 5.0 15.2.1", "CWE-1104"},
				Fix:        update("to a release that is supported")},
			{ID: ruleSystem, Title: "The operating system still gets fixes, as far as the server tells", Severity: pavise.High, Owner: true,
				CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:L",
				Automatic:  "an operating system that its vendor no longer supports",
				References: []string{"PCI DSS 4.0.1 6.3.3", "PCI DSS 4.0.1 11.3.2", "CWE-1104"},
				Fix: pavise.Fix{Nginx: "# move the site to a system that is supported, or put one in front of it and close the old one to the internet",
					Apache:  "# move the site to a system that is supported, or put one in front of it and close the old one to the internet",
					Express: "// move the app to a system that is supported"}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Versions) Validate() error { return nil }

// Probes asks what is known of every version that is told.
func (Versions) Probes(e *pavise.Evidence) []pavise.Probe {
	var probes []pavise.Probe
	for _, s := range told(e) {
		if s.version != "" {
			probes = append(probes, s.probe())
		}
		if _, found := packaged(e, s); found {
			probes = append(probes, release(e.Machine.System))
		}
	}
	return probes
}

func (s software) probe() pavise.Probe {
	return pavise.Probe{Known: &pavise.Known{Ecosystem: "product", Name: s.product, Version: s.version}}
}

// Check compares what is told with what is known.
func (c Versions) Check(e *pavise.Evidence) []pavise.Finding {
	home, why := e.Heard(e.Target.Home())
	if home == nil {
		return c.Doc().All(pavise.Unlooked, e.Target.URL, "the home page: "+why)
	}
	list := told(e)
	isSystem := func(s software) bool { return s.product == windows }
	return []pavise.Finding{
		endOfLife(e, ruleSoftware, slices.DeleteFunc(slices.Clone(list), isSystem)),
		endOfLife(e, ruleSystem, slices.DeleteFunc(slices.Clone(list), func(s software) bool { return !isSystem(s) })),
	}
}

// endOfLife judges what is told by the dates at which support ends.
func endOfLife(e *pavise.Evidence, rule string, list []software) pavise.Finding {
	f := pavise.Finding{Rule: rule, Where: e.Target.URL, Want: "a release that gets fixes"}
	var ended, alive, unclear []string
	by, unlooked := "", ""
	for _, s := range list {
		a, why := e.Heard(s.probe())
		here, kept := onHost(e, s)
		switch {
		case kept == pavise.Pass:
			alive = append(alive, here)
		case kept == pavise.Fail:
			if ended = append(ended, here); len(ended) == 1 {
				f.Where, f.Proof = s.at.Probe.Request.URL, s.at.Proof()
			}
		case s.distribution != "":
			unclear = append(unclear, fmt.Sprintf("%s cannot be known from outside: %s puts fixes back into old versions", s.text, s.distribution))
		case a == nil:
			unlooked = s.text + ": " + why
		case !a.Notices.Covers:
			unclear = append(unclear, "there are no data about "+s.text)
		default:
			by = dated(a.Notices, e.Taken)
			at, mended := end(a.Notices, e.Taken), shipped(a.Notices, s.product, e.Taken)
			switch {
			case at == "":
				alive = append(alive, s.text)
			case s.later:
				unclear = append(unclear, "whether "+s.text+" runs on a system that gets fixes cannot be known from outside")
			case mended != "":
				unclear = append(unclear, s.text+" cannot be known from outside: "+mended)
			default:
				if ended = append(ended, s.text+at); len(ended) == 1 {
					f.Where, f.Proof = s.at.Probe.Request.URL, s.at.Proof()
				}
			}
		}
	}
	switch {
	case ended != nil:
		f.Outcome = pavise.Fail
		if f.Saw = strings.Join(ended, ", "); by != "" {
			f.Saw += ", by " + by + "; whether fixes were put back cannot be seen from outside"
		}
	case unlooked != "":
		return pavise.Unlooked(rule, f.Where, unlooked)
	case alive != nil:
		f.Outcome, f.Saw = pavise.Pass, strings.Join(append(alive, unclear...), "; ")
		if by != "" {
			f.Saw += ", by " + by
		}
	case unclear != nil:
		return pavise.Skipped(rule, f.Where, strings.Join(unclear, "; "))
	default:
		return pavise.Skipped(rule, f.Where, "no version is told that it could be judged by")
	}
	return f
}

// end says since when something gets no more fixes; "" if it does.
func end(n *pavise.Notices, now time.Time) string {
	for _, notice := range n.List {
		if notice.ID == pavise.EndOfLife && !notice.Ended.After(now) {
			if notice.Ended.IsZero() {
				return " gets no more fixes"
			}
			return " gets no more fixes since " + notice.Ended.Format(time.DateOnly)
		}
	}
	return ""
}

// shipped names the distributions that still put fixes into a version without a mark in
// its banner; "" if there are none.
func shipped(n *pavise.Notices, product string, now time.Time) string {
	var list []string
	for _, s := range n.Shipped {
		if s.Until.After(now) {
			list = append(list, fmt.Sprintf("%s ships %s %s and puts fixes into it until %s", s.By, product, s.Version, s.Until.Format("2006-01")))
		}
	}
	return strings.Join(list, ", ")
}

func dated(n *pavise.Notices, now time.Time) string {
	s := n.From + " of " + n.Dated.Format(time.DateOnly)
	if age := now.Sub(n.Dated); age > 30*24*time.Hour {
		s += fmt.Sprintf(", %d days old", int(age.Hours()/24))
	}
	return s
}
