package host

import (
	"fmt"
	"strings"
	"time"

	"pavise"
)

// Updates looks for updates that wait, as far as the machine itself knows of them.
type Updates struct{}

const (
	updates       = "host.updates"
	ruleSecurity  = updates + ".security"
	ruleOther     = updates + ".other"
	ruleIndex     = updates + ".index"
	ruleRestarted = updates + ".restart"
	ruleAutomatic = updates + ".automatic"
	staleDays     = 7 // as long as Debian's archive of security says of itself that it may be used
)

// Doc describes the control.
func (Updates) Doc() pavise.Doc {
	upgrade := pavise.Fix{Other: "apt-get update && apt-get dist-upgrade\n# Fedora, RHEL: dnf upgrade --security · Alpine: apk upgrade --available"}
	return pavise.Doc{
		ID:       updates,
		Title:    "Updates of the system",
		Why:      "A fix that is out is a description of the flaw; what uses it is built within days. PCI DSS gives a month for what is critical or high.",
		Verifies: "What dpkg, rpm or apk has installed is compared with the indexes that were fetched last, by the version rules of each; for security is what comes from the archive of security. Pins and holds are not looked at. What is only fetched rarely says nothing: after a week the answer is that nobody knows. Nothing is fetched.",
		Rules: []pavise.Rule{
			{ID: ruleSecurity, Title: "No security update waits", Severity: pavise.High, CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N",
				References: []string{"PCI DSS 4.0.1 6.3.3", "ASVS 5.0 15.2.1", "CWE-1395"}, Owner: true, Fix: upgrade},
			{ID: ruleOther, Title: "No other update waits", Severity: pavise.Info, References: []string{"PCI DSS 4.0.1 6.3.3"}, Owner: true, Fix: upgrade},
			{ID: ruleIndex, Title: "What the machine knows of updates is of this week", Severity: pavise.Low,
				References: []string{"PCI DSS 4.0.1 6.3.1"}, Owner: true,
				Fix: pavise.Fix{Other: "apt-get update  # and: systemctl enable --now apt-daily.timer\n# dnf makecache · apk update"}},
			{ID: ruleRestarted, Title: "The machine runs what is installed", Severity: pavise.Low,
				References: []string{"PCI DSS 4.0.1 6.3.3", "CWE-1395"}, Owner: true, Fix: pavise.Fix{Other: "systemctl reboot"}},
			{ID: ruleAutomatic, Title: "Security updates are installed by themselves", Severity: pavise.Info,
				References: []string{"PCI DSS 4.0.1 6.3.3"}, Owner: true,
				Fix: pavise.Fix{Other: "apt-get install unattended-upgrades && dpkg-reconfigure -plow unattended-upgrades\n# Fedora, RHEL: dnf install dnf-automatic, apply_updates = yes, systemctl enable --now dnf-automatic.timer"}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Updates) Validate() error { return nil }

// Check judges what waits, and whether anybody would know.
func (c Updates) Check(e *pavise.Evidence) []pavise.Finding {
	m := e.Machine
	if m == nil {
		return nil
	}
	var security, other []pavise.Finding
	for _, u := range m.Updates {
		rule, list := ruleOther, &other
		if u.Security {
			rule, list = ruleSecurity, &security
		}
		*list = append(*list, pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: u.Package, Want: u.Package + " " + u.Available,
			Saw: fmt.Sprintf("%s %s is installed, and %s is there%s", u.Package, u.Installed, u.Available, from(u)), Proof: pavise.Proof{Command: showUpdate(m)}})
	}
	stale := c.stale(e)
	unknown := stale
	if missing := m.Unread.Of(updates).String(); unknown == "" {
		unknown = missing
	}
	mixed := unknown
	if manager(m) == "apk" && mixed == "" && len(other) > 0 {
		mixed = fmt.Sprintf("%d updates wait, and the index of apk does not say which are for security", len(other))
	}
	saw := fmt.Sprintf("none by the index of %s", newest(m).Dated.Format(time.DateOnly))
	found := []pavise.Finding{
		judged(ruleSecurity, security, len(m.Updates), mixed, m.Root, saw, "no security update waits"),
		judged(ruleOther, other, len(m.Updates), unknown, m.Root, saw, "no update waits"),
	}
	return append(found, c.index(m, stale), c.restart(m), c.automatic(m))
}

// from names where an update comes from.
func from(u pavise.Update) string {
	if u.Origin == "" {
		return ""
	}
	return ", from " + u.Origin
}

// stale says why nothing follows from the indexes; "" if it does.
func (Updates) stale(e *pavise.Evidence) string {
	m := e.Machine
	if len(m.Indexes) == 0 {
		return "no package manager has an index here"
	}
	if manager(m) == "apt" {
		security := false
		for _, i := range m.Indexes {
			security = security || i.Security
		}
		if !security {
			return "no archive of security is among the indexes of apt"
		}
	}
	for _, i := range m.Indexes {
		if !i.Until.IsZero() && i.Until.Before(e.Taken) {
			return fmt.Sprintf("%s is valid until %s", i.File, i.Until.Format(time.DateOnly))
		}
	}
	i := newest(m)
	if age := int(e.Taken.Sub(i.Dated).Hours() / 24); age > staleDays {
		return fmt.Sprintf("the newest index, %s, is %d days old", i.File, age)
	}
	return ""
}

// newest is the index that tells most of how old what is known is: of those for security
// where any is said to be, for other archives may rest for months.
func newest(m *pavise.Machine) pavise.Index {
	var best pavise.Index
	for _, i := range m.Indexes {
		if i.Security && !best.Security || i.Security == best.Security && i.Dated.After(best.Dated) {
			best = i
		}
	}
	return best
}

func manager(m *pavise.Machine) string {
	if len(m.Indexes) == 0 {
		return ""
	}
	return m.Indexes[0].Manager
}

// index judges the age of what is known.
func (Updates) index(m *pavise.Machine, stale string) pavise.Finding {
	f := pavise.Finding{Rule: ruleIndex, Outcome: pavise.Pass, Where: newest(m).File, Want: "an index of this week"}
	switch {
	case len(m.Indexes) == 0:
		return pavise.Unlooked(ruleIndex, m.Root, stale)
	case stale != "":
		f.Outcome, f.Saw, f.Proof.Command = pavise.Fail, stale, "grep -m2 -E '^(Date|Valid-Until):' "+pavise.Quote(f.Where)
	default:
		f.Saw = "it is of " + newest(m).Dated.Format(time.DateOnly)
	}
	return f
}

// restart judges whether something waits for the machine to be started anew. Only
// Debian and its kin say so.
func (Updates) restart(m *pavise.Machine) pavise.Finding {
	const file = "/run/reboot-required"
	f := pavise.Finding{Rule: ruleRestarted, Outcome: pavise.Pass, Where: file, Saw: "nothing asks for it", Want: "no restart is asked for"}
	switch {
	case len(m.Restart) > 0:
		f.Outcome, f.Proof.Command = pavise.Fail, "cat "+file+".pkgs"
		f.Saw = strings.TrimRight("a restart is asked for: "+strings.Join(m.Restart, ", "), ": ")
	case manager(m) != "apt":
		return pavise.Skipped(ruleRestarted, file, "only Debian and what is made of it say so")
	}
	return f
}

func (Updates) automatic(m *pavise.Machine) pavise.Finding {
	f := pavise.Finding{Rule: ruleAutomatic, Outcome: pavise.Pass, Where: m.Automatic, Saw: "they are", Want: "unattended-upgrades or dnf-automatic is on"}
	if missing := m.Unread.Of(ruleAutomatic).String(); m.Automatic == "" {
		switch {
		case missing != "":
			return pavise.Unlooked(ruleAutomatic, m.Root, missing)
		case manager(m) != "apt" && manager(m) != "dnf":
			return pavise.Skipped(ruleAutomatic, m.Root, "no package manager is here that has a service for it")
		}
		f.Outcome, f.Where, f.Saw, f.Proof.Command = pavise.Fail, m.Root, "nothing installs them by itself", "grep -r Unattended-Upgrade /etc/apt/apt.conf.d"
	}
	return f
}

// showUpdate is the line that lists what waits.
func showUpdate(m *pavise.Machine) string {
	switch manager(m) {
	case "dnf":
		return "dnf --cacheonly updateinfo list --security"
	case "apk":
		return "apk version -l '<'"
	}
	return "apt-get -s dist-upgrade | grep ^Inst"
}
