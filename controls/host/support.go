package host

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pavise"
)

// Support looks for software that gets no more fixes, by its releases on disk.
type Support struct{}

const (
	support      = "host.support"
	ruleSystem   = support + ".system"
	ruleSoftware = support + ".software"
	ruleSoon     = support + ".soon"
	soonDays     = 180
)

// Doc describes the control.
func (Support) Doc() pavise.Doc {
	references := []string{"PCI DSS 4.0.1 6.3.3", "PCI DSS 4.0.1 12.3.4", "ASVS 5.0 15.2.1", "CWE-1104"}
	return pavise.Doc{
		ID:       support,
		Title:    "Software that gets fixes",
		Why:      "What becomes known of a release that gets no more fixes stays open for ever. A PCI scan fails for a system that its vendor has given up, whatever else holds.",
		Verifies: "The release of the system, of Node, PHP, nginx, OpenSSL and Apache is compared with the dates on which their support ends. What comes as a package of the distribution gets its fixes from that, and ends with it; what lies beside is judged by its own dates.",
		Rules: []pavise.Rule{
			{ID: ruleSystem, Title: "The operating system still gets fixes", Severity: pavise.High, CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:L",
				Automatic: "an operating system that its vendor no longer supports", References: append([]string{"PCI DSS 4.0.1 11.3.2"}, references...), Owner: true,
				Fix: pavise.Fix{Other: "# Debian, after a backup: the name of the next release in /etc/apt/sources.list, then\napt-get update && apt-get dist-upgrade\n# Ubuntu: do-release-upgrade"}},
			{ID: ruleSoftware, Title: "Every runtime and server still gets fixes", Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N",
				References: references, Owner: true,
				Fix: pavise.Fix{Express: "nvm install --lts && nvm alias default 'lts/*'", Other: "# put a release that is supported in its place, and start what runs on it anew"}},
			{ID: ruleSoon, Title: "Nothing comes to the end of its support within half a year", Severity: pavise.Info,
				References: []string{"PCI DSS 4.0.1 12.3.4"}, Owner: true, Fix: pavise.Fix{Other: "# plan the move to the next release now"}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Support) Validate() error { return nil }

// Probes asks what is known of the system and of what it does not look after.
func (Support) Probes(e *pavise.Evidence) []pavise.Probe {
	if e.Machine == nil {
		return nil
	}
	var probes []pavise.Probe
	for _, s := range append([]pavise.Software{e.Machine.System}, e.Machine.Software...) {
		if s.Package == "" && s.Name != "" {
			probes = append(probes, releaseProbe(s))
		}
	}
	return probes
}

func releaseProbe(s pavise.Software) pavise.Probe {
	return pavise.Probe{Known: &pavise.Known{Ecosystem: "product", Name: s.Name, Version: s.Version}}
}

// A life is what is known of how long something gets fixes.
type life struct {
	what, by, unlooked string
	covered            bool
	ends               time.Time
	over               bool
}

// lifeOf looks a release up.
func lifeOf(e *pavise.Evidence, s pavise.Software) life {
	l := life{what: strings.TrimSpace(s.Name + " " + s.Version)}
	a, why := e.Heard(releaseProbe(s))
	if a == nil {
		l.unlooked = l.what + ": " + why
		return l
	}
	l.covered = a.Notices.Covers
	l.by = fmt.Sprintf("by %s of %s", a.Notices.From, a.Notices.Dated.Format(time.DateOnly))
	for _, n := range a.Notices.List {
		if n.ID == pavise.EndOfLife {
			l.ends, l.over = n.Ended, !n.Ended.After(e.Taken)
		}
	}
	return l
}

// gone says since when nothing is mended.
func (l life) gone() string {
	if l.ends.IsZero() {
		return l.what + " gets no more fixes, " + l.by
	}
	return fmt.Sprintf("%s gets no more fixes since %s, %s", l.what, l.ends.Format(time.DateOnly), l.by)
}

// Check compares the releases with what is known.
func (c Support) Check(e *pavise.Evidence) []pavise.Finding {
	m := e.Machine
	if m == nil {
		return nil
	}
	system, soon, alive := c.system(e)
	missing := m.Unread.Of(support).String()
	var failed []pavise.Finding
	var unclear []string
	shipped := 0
	for _, s := range m.Software {
		if s.Package != "" {
			shipped++
			continue
		}
		switch l := lifeOf(e, s); {
		case l.unlooked != "" && missing == "":
			missing = l.unlooked
		case !l.covered:
			unclear = append(unclear, l.what)
		case l.over:
			failed = append(failed, pavise.Finding{Rule: ruleSoftware, Outcome: pavise.Fail, Where: s.From, Saw: l.gone(), Want: wantSupported,
				Proof: pavise.Proof{Command: showRelease(s)}})
		default:
			alive = append(alive, l.what)
			soon = append(soon, c.near(e, s, l)...)
		}
	}
	saw := fmt.Sprintf("%d releases of the distribution's own, which end with it", shipped)
	if len(alive) > 0 {
		saw += "; " + strings.Join(slices.Compact(alive), ", ") + " get fixes"
	}
	if len(unclear) > 0 {
		saw += "; there are no data about " + strings.Join(unclear, ", ")
	}
	found := []pavise.Finding{system, judged(ruleSoftware, failed, len(m.Software), missing, m.Root, saw, wantSupported)}
	if missing == "" && system.Outcome == pavise.Unknown {
		missing = "the system's release: see " + ruleSystem
	}
	return append(found, judged(ruleSoon, soon, len(m.Software)+1, missing, m.Root, "nothing ends within half a year that is known", wantSupported))
}

const wantSupported = "a release that gets fixes"

// system judges the release of the system itself.
func (c Support) system(e *pavise.Evidence) (f pavise.Finding, soon []pavise.Finding, alive []string) {
	s := e.Machine.System
	if s.Name == "" {
		return pavise.Unlooked(ruleSystem, "/etc/os-release", "it does not say which system this is"), nil, nil
	}
	f = pavise.Finding{Rule: ruleSystem, Outcome: pavise.Pass, Where: s.From, Want: wantSupported, Proof: pavise.Proof{Command: "cat " + pavise.Quote(s.From)}}
	switch l := lifeOf(e, s); {
	case l.unlooked != "":
		return pavise.Unlooked(ruleSystem, s.From, l.unlooked), nil, nil
	case !l.covered:
		return pavise.Unlooked(ruleSystem, s.From, "there are no data about "+l.what+": pavise db update"), nil, nil
	case l.over:
		f.Outcome, f.Saw = pavise.Fail, l.gone()
		return f, nil, nil
	default:
		f.Saw = l.what + " gets fixes"
		if !l.ends.IsZero() {
			f.Saw += " until " + l.ends.Format(time.DateOnly)
		}
		f.Saw += ", " + l.by
		return f, c.near(e, s, l), []string{l.what}
	}
}

// near is the finding that an end comes soon.
func (Support) near(e *pavise.Evidence, s pavise.Software, l life) []pavise.Finding {
	days := int(l.ends.Sub(e.Taken).Hours() / 24)
	if l.ends.IsZero() || days > soonDays {
		return nil
	}
	return []pavise.Finding{{Rule: ruleSoon, Outcome: pavise.Fail, Where: s.From, Want: wantSupported, Proof: pavise.Proof{Command: showRelease(s)},
		Saw: fmt.Sprintf("%s gets fixes for %d more days, until %s, %s", l.what, days, l.ends.Format(time.DateOnly), l.by)}}
}

// showRelease is the line that shows a release; a program that nobody looks after is
// not run for it.
func showRelease(s pavise.Software) string {
	if strings.HasPrefix(s.From, "/") {
		return "ls -l " + pavise.Quote(s.From)
	}
	return "dpkg -l | grep -i " + pavise.Quote(s.Name)
}
