package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pavise"
)

// An upgrade is what is to be done with one version of one package, and all that it mends.
type upgrade struct {
	*pavise.Dependency           // of the gravest
	Flaws              []Finding // the gravest first
}

// upgrades groups what fails of packages by what is to be done, the gravest first.
func upgrades(rules []rule) []upgrade {
	at := map[[3]string]int{}
	var list []upgrade
	for _, r := range rules {
		for _, f := range r.Places {
			d := f.Dependency
			if !d.Flawed() || f.Outcome != pavise.Fail || f.accepted() {
				continue
			}
			id := [3]string{d.Ecosystem, d.Name, d.Version}
			i, seen := at[id]
			if !seen {
				i = len(list)
				at[id] = i
				list = append(list, upgrade{})
			}
			list[i].Flaws = append(list[i].Flaws, f)
		}
	}
	for i := range list {
		slices.SortStableFunc(list[i].Flaws, func(a, b Finding) int {
			return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Score, a.Score))
		})
		list[i].Dependency = list[i].Flaws[0].Dependency
	}
	slices.SortStableFunc(list, func(a, b upgrade) int {
		return cmp.Or(cmp.Compare(b.Severity(), a.Severity()), cmp.Compare(len(b.Flaws), len(a.Flaws)))
	})
	return list
}

// Severity is that of the gravest flaw.
func (u upgrade) Severity() pavise.Severity { return u.Flaws[0].Severity }

// To is the version to go to: the newest of the same major that is safe, else of any, else
// the first without the flaws; "" is that none is known.
func (u upgrade) To() string {
	if len(u.Flaws) > 1 { // the first without one may have another
		return cmp.Or(u.Same, u.Safe)
	}
	return cmp.Or(u.Same, u.Safe, u.Fixed)
}

// Step says in words what is to be done.
func (u upgrade) Step() string {
	switch to := u.To(); {
	case u.Flaws[0].Rule == "project.dependencies.malicious":
		return "remove it, and change every secret of the machines that had it"
	case u.Same != "":
		return to
	case u.Safe != "":
		return to + ", another major"
	case to != "":
		return to + " or later"
	}
	return "none is known without flaws: replace it, or accept them with a reason"
}

// Tally says how many flaws there are of each severity.
func (u upgrade) Tally() string {
	var parts []string
	for s := pavise.Critical; s >= pavise.Info; s-- {
		if n := len(filter(u.Flaws, func(f Finding) bool { return f.Severity == s })); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	return pavise.Plural(len(u.Flaws), "flaw") + ": " + strings.Join(parts, ", ")
}

// Ways are where it stands: the shortest ways to it, and other places of the version.
func (u upgrade) Ways(most int) (told []string, beyond int) {
	f := u.Flaws[0]
	all := []string{f.Where}
	for i, way := range u.Paths {
		if i > 0 {
			all = append(all, u.File+arrow+strings.Join(way, arrow))
		}
	}
	for _, p := range f.Also {
		all = append(all, p.Where)
	}
	told = all[:min(len(all), most)]
	return told, max(len(all), u.Dependency.Ways+len(f.Also)+f.More) - len(told)
}

// reach says whether the source imports it, or what needs it.
func (u upgrade) reach() string {
	direct := slices.ContainsFunc(u.Paths, func(way []string) bool { return len(way) == 1 })
	switch {
	case u.Reach == "imported" && direct:
		return "imported by the source"
	case u.Reach == "imported":
		return "needed by what the source imports"
	case direct:
		return "not imported by the source"
	}
	return "needed by nothing that the source imports"
}

// Use says whether the project uses it, and for what it is there; "" is not known.
func (u upgrade) Use() string {
	var parts []string
	for _, f := range u.Flaws { // the strongest word of all
		if f.Dependency.Reach == "called" {
			parts = append(parts, "what is flawed is called: "+strings.Join(f.Dependency.Trace, " → "))
			break
		}
	}
	if parts == nil && u.Reach != "" {
		parts = append(parts, u.reach())
	}
	switch u.Scope {
	case pavise.Dev:
		parts = append(parts, "for development alone")
	case pavise.Optional, pavise.Peer:
		parts = append(parts, string(u.Scope))
	}
	return strings.Join(filter(parts, func(s string) bool { return s != "" }), "; ")
}

// Clock says since when there is a fix and till when it has to be in, by the flaw that is
// due first; "" is not known.
func (u upgrade) Clock(at time.Time) string {
	due := u.due()
	if due == nil {
		return ""
	}
	text := "due by " + due.Due.Format(time.DateOnly)
	if due.Due.Before(at) {
		text = fmt.Sprintf("overdue since %s, %s", due.Due.Format(time.DateOnly), pavise.Plural(int(at.Sub(due.Due).Hours()/24), "day"))
	}
	if !due.Released.IsZero() {
		return text + "; the fix came out on " + due.Released.Format(time.DateOnly)
	}
	return text + "; the flaw is known since " + due.Published.Format(time.DateOnly)
}

func (u upgrade) due() *pavise.Dependency {
	var due *pavise.Dependency
	for _, f := range u.Flaws {
		if d := f.Dependency; !d.Due.IsZero() && (due == nil || d.Due.Before(due.Due)) {
			due = d
		}
	}
	return due
}

// label names a flaw: its severity and score, and the names by which it is known.
func (f Finding) label() string {
	text := f.Severity.String()
	if f.Score > 0 {
		text += fmt.Sprintf(" %.1f", f.Score)
	}
	text += " " + f.Dependency.Advisory
	for _, a := range f.Dependency.Aliases {
		if strings.HasPrefix(a, "CVE-") {
			text += " " + a
			break
		}
	}
	if f.Change == Appeared {
		text += " (new)"
	}
	return text
}
