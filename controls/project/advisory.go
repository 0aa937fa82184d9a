package project

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pavise"
)

// A told is a version, and what is known of it.
type told struct {
	held
	notices *pavise.Notices
}

// A doubt is a reason for which nothing passes.
type doubt struct{ where, why string }

// update is what to type where too little is known.
const update = "; pavise db update fetches them"

// heard sorts the versions of which something was heard from those of which nobody can
// tell, and says what is old.
func heard(e *pavise.Evidence, list []held) (known []told, doubts []doubt) {
	uncovered, failed := map[string][]string{}, map[string][]string{}
	why := map[string]string{}
	oldest := map[string]*pavise.Notices{}
	for _, h := range list {
		name := h.Name + " " + release(h.Version, h.Range)
		a, reason := e.Heard(h.probe())
		switch {
		case a == nil:
			failed[h.Ecosystem], why[h.Ecosystem] = append(failed[h.Ecosystem], name), reason
			continue
		case !a.Notices.Covers:
			uncovered[h.Ecosystem] = append(uncovered[h.Ecosystem], name)
		case oldest[h.Ecosystem] == nil || a.Notices.Dated.Before(oldest[h.Ecosystem].Dated):
			oldest[h.Ecosystem] = a.Notices
		}
		known = append(known, told{h, a.Notices})
	}
	for _, eco := range []string{pavise.NPM, pavise.GoModules, pavise.PyPI, pavise.RubyGems, pavise.Packagist} {
		if n := oldest[eco]; n != nil && e.Taken.Sub(n.Dated) > fresh {
			doubts = append(doubts, doubt{eco, "the advisories are too old: " + source(n, e.Taken) + update})
		}
		if names := uncovered[eco]; names != nil {
			doubts = append(doubts, doubt{eco, fmt.Sprintf("there are no advisories about %s: %s", pavise.Plural(len(names), "package"), some(names, 5)) + update})
		}
		if names := failed[eco]; names != nil {
			doubts = append(doubts, doubt{eco, fmt.Sprintf("%s of %s, which are %s", why[eco], pavise.Plural(len(names), "package"), some(names, 5))})
		}
	}
	return known, doubts
}

// flaws is a finding for each advisory and version that offends against a rule, else one
// for all.
func flaws(e *pavise.Evidence, rule string, known []told, doubts []doubt) []pavise.Finding {
	var found, perhaps []pavise.Finding
	for _, k := range known {
		for _, n := range k.notices.List {
			switch {
			case ruleOf(n) != rule:
			case n.Partly:
				perhaps = append(perhaps, pavise.Unlooked(rule, place(e.Project, k.Package), fmt.Sprintf(
					"%s %s allows versions with %s and others, and no lockfile says which is taken", k.Name, k.Range, n.ID)))
			default:
				found = append(found, failed(e, rule, k, n))
			}
		}
	}
	slices.SortStableFunc(found, func(a, b pavise.Finding) int { return cmp.Compare(score(b), score(a)) })
	switch found = append(found, perhaps...); {
	case len(found) > 0:
		return found
	case len(doubts) > 0:
		why := doubts[0].where + ": " + doubts[0].why
		if more := len(doubts) - 1; more > 0 {
			why += fmt.Sprintf(" (and %s more)", pavise.Plural(more, "reason"))
		}
		return []pavise.Finding{pavise.Unlooked(rule, ".", why)}
	}
	return []pavise.Finding{{Rule: rule, Outcome: pavise.Pass, Where: ".", Saw: "none of " + pavise.Plural(len(known), "package")}}
}

// ruleOf is the rule that a notice offends against; "" for an end of life, which is not
// judged here.
func ruleOf(n pavise.Notice) string {
	severity := n.Severity
	if c, err := pavise.ParseCVSS(n.CVSS); err == nil {
		severity = c.Severity()
	}
	switch {
	case n.ID == pavise.EndOfLife:
		return ""
	case malicious(n):
		return ruleMalicious
	case severity == pavise.Critical:
		return ruleCritical
	case severity == pavise.High:
		return ruleHigh
	case severity == pavise.Low, severity == pavise.Info:
		return ruleLow
	}
	return ruleMedium // also one that nobody has rated
}

// malicious reports whether a package is the harm itself (CWE-506).
func malicious(n pavise.Notice) bool {
	return strings.HasPrefix(n.ID, "MAL-") || slices.Contains(n.CWE, "CWE-506")
}

func score(f pavise.Finding) float64 {
	if f.Dependency == nil {
		return 0
	}
	c, _ := pavise.ParseCVSS(f.Dependency.CVSS)
	return c.Score()
}

// failed is the finding of one advisory at one version.
func failed(e *pavise.Evidence, rule string, k told, n pavise.Notice) pavise.Finding {
	d := dependency(e, k, n)
	f := pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: place(e.Project, k.Package), Dependency: d,
		Saw: saw(k, n, d, e.Taken), Want: want(d), Also: others(e.Project, k.held), Of: len(k.all),
		Proof: show(k.File, k.Line, k.Name)}
	if n.Source != "" {
		f.Proof.Received = n.ID + " " + n.Source
	}
	if more := len(f.Also) - pavise.MaxAlso; more > 0 {
		f.Also, f.More = f.Also[:pavise.MaxAlso], more
	}
	return f
}

func saw(k told, n pavise.Notice, d *pavise.Dependency, at time.Time) string {
	s := k.Name + " " + release(k.Version, k.Range) + ": " + n.ID
	if i := slices.IndexFunc(n.Aliases, func(a string) bool { return strings.HasPrefix(a, "CVE-") }); i >= 0 && n.ID != n.Aliases[i] {
		s += " (" + n.Aliases[i] + ")"
	}
	if n.Title != "" {
		s += ", " + pavise.Clip(n.Title, 160)
	}
	if late := clock(d, at); late != "" {
		s += "; " + late
	}
	return s + "; by " + source(k.notices, at)
}

// clock says how long there has been a fix, and until when it had to be in.
func clock(d *pavise.Dependency, at time.Time) string {
	if d.Due.IsZero() {
		return ""
	}
	since, what := d.Released, "there is a fix since "
	if since.IsZero() {
		since, what = d.Published, "it is known since "
	}
	out := what + since.Format(time.DateOnly) + ", " + pavise.Plural(max(0, days(at.Sub(since))), "day")
	if d.Due.Before(at) {
		return out + ": overdue since " + d.Due.Format(time.DateOnly)
	}
	return out + ": due by " + d.Due.Format(time.DateOnly)
}

// want names the version to go to: the newest of the same major that is safe, else of
// any, else the one that the advisory names.
func want(d *pavise.Dependency) string {
	switch {
	case d.Same != "":
		return d.Name + " " + d.Same
	case d.Safe != "":
		return d.Name + " " + d.Safe + ", another major"
	case d.Fixed != "":
		return d.Name + " " + d.Fixed + " or later"
	}
	return "a version without it, which the advisory does not name, or another package"
}

// dependency says all that is known of an advisory at a version.
func dependency(e *pavise.Evidence, k told, n pavise.Notice) *pavise.Dependency {
	d := &pavise.Dependency{
		Key: k.Key, Ecosystem: k.Ecosystem, Name: k.Name, Version: release(k.Version, k.Range), File: k.File, Line: k.Line,
		Advisory: n.ID, Aliases: n.Aliases, Title: n.Title, Source: n.Source, CVSS: n.CVSS, Scope: k.Scope,
		Fixed: n.Fixed, Same: k.notices.Same, Safe: k.notices.Safe,
		Published: n.Published, Released: n.Released, Gain: gain(n),
	}
	d.Paths, d.Ways = e.Project.Paths(k.Key)
	d.Reach, d.Trace = reach(e.Project, k.Package, n)
	if rule := ruleOf(n); rule == ruleCritical || rule == ruleHigh || rule == ruleMalicious {
		if from := cmp.Or(n.Released, n.Published); !from.IsZero() {
			d.Due = from.AddDate(0, 1, 0) // PCI DSS 4.0.1 6.3.3
		}
	}
	return d
}
