package scripts

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pavise"
)

// fresh is how old data may be before a report says so.
const fresh = 30 * 24 * time.Hour

// Check judges every library that was recognised by what is known of it.
func (c Libraries) Check(e *pavise.Evidence) []pavise.Finding {
	libraries := recognised(e)
	if len(libraries) == 0 {
		if home, why := e.Heard(e.Target.Home()); home == nil {
			return c.Doc().All(pavise.Unlooked, e.Target.URL, "the home page: "+why)
		}
		return c.Doc().All(pavise.Skipped, e.Target.URL, "no library was recognised")
	}
	var found []pavise.Finding
	for _, rule := range []string{ruleSevere, ruleVulnerable, ruleMinor, ruleEnded} {
		found = append(found, judge(e, rule, libraries)...)
	}
	return append(found, age(e, libraries))
}

// judge is a finding for each place of each library that fails a rule, else one for
// all.
func judge(e *pavise.Evidence, rule string, libraries []used) []pavise.Finding {
	var found []pavise.Finding
	var passed, uncovered []string
	by := ""
	for _, lib := range libraries {
		a, why := e.Heard(lib.probe())
		if a == nil {
			found = append(found, pavise.Unlooked(rule, lib.places[0].At, fmt.Sprintf("%s %s: %s", lib.Name, lib.Version, why)))
			continue
		}
		against := slices.DeleteFunc(slices.Clone(a.Notices.List), func(n pavise.Notice) bool { return ruleOf(n, e.Taken) != rule })
		switch {
		case len(against) > 0:
			found = append(found, failed(e, rule, lib, against, a.Notices)...)
		case a.Notices.Covers:
			passed, by = append(passed, lib.Name+" "+lib.Version), source(a.Notices, e.Taken)
		default:
			uncovered = append(uncovered, lib.Name+" "+lib.Version)
		}
	}
	if found != nil {
		return found
	}
	f := pavise.Finding{Rule: rule, Where: e.Target.URL, Outcome: pavise.Pass}
	if passed == nil {
		return []pavise.Finding{pavise.Skipped(rule, e.Target.URL, "there are no data about "+some(uncovered, 5))}
	}
	f.Saw = some(passed, 10) + ", by " + by
	if uncovered != nil {
		f.Saw += "; there are no data about " + some(uncovered, 5)
	}
	return []pavise.Finding{f}
}

// failed is a finding for each place of a library.
func failed(e *pavise.Evidence, rule string, lib used, against []pavise.Notice, known *pavise.Notices) []pavise.Finding {
	saw := fmt.Sprintf("%s %s, known by its %s: %s; by %s", lib.Name, lib.Version, lib.By, some(titles(against), 12), source(known, e.Taken))
	want := "a version that gets fixes"
	if fixed := highest(against); fixed != "" {
		want = lib.Name + " " + fixed + " or later"
	}
	var found []pavise.Finding
	for _, place := range lib.places {
		f := pavise.Finding{Rule: rule, Where: place.At, Outcome: pavise.Fail, Saw: saw, Want: want}
		f.Proof.Command = grep(place.At, "-noF -m1", lib.Version)
		if place.By == "name" {
			f.Proof.Command = grep(e.Target.URL+e.Target.Start, "-noiE", "<script[^>]*src=[^>]*>")
		}
		f.Proof.Received = reading(against)
		found = append(found, f)
	}
	return found
}

// titles says each notice in short.
func titles(list []pavise.Notice) []string {
	out := make([]string, len(list))
	for i, n := range list {
		switch out[i] = n.ID; {
		case n.ID == pavise.EndOfLife && n.Ended.IsZero():
			out[i] = "no more fixes"
		case n.ID == pavise.EndOfLife:
			out[i] = "no more fixes since " + n.Ended.Format(time.DateOnly)
		case !strings.HasPrefix(n.ID, "CVE-") && !strings.HasPrefix(n.ID, "GHSA-") && n.Title != "":
			out[i] += " (" + pavise.Clip(n.Title, 60) + ")" // a name that nobody knows
		}
	}
	return out
}

// reading lists where one reads more of each.
func reading(list []pavise.Notice) string {
	var b strings.Builder
	for _, n := range list[:min(len(list), 20)] {
		fmt.Fprintf(&b, "%s %s\n", n.ID, pavise.Clip(n.Source, 200))
	}
	return b.String()
}

// highest is the last of the versions that mend something, as the data order them:
// it mends all.
func highest(list []pavise.Notice) string {
	fixed := ""
	for _, n := range list {
		if n.Fixed != "" {
			fixed = n.Fixed
		}
	}
	return fixed
}

// ruleOf is the rule that a notice offends against; "" if none yet does.
func ruleOf(n pavise.Notice, at time.Time) string {
	if c, err := pavise.ParseCVSS(n.CVSS); err == nil {
		n.Severity = c.Severity()
	}
	switch {
	case n.ID == pavise.EndOfLife && n.Ended.After(at):
		return ""
	case n.ID == pavise.EndOfLife:
		return ruleEnded
	case denies(n), n.Severity == pavise.Low, n.Severity == pavise.Info:
		return ruleMinor
	case n.Severity >= pavise.High:
		return ruleSevere
	}
	return ruleVulnerable
}

// denial are the weaknesses that deny service, and do no more.
var denial = []string{"CWE-185", "CWE-400", "CWE-404", "CWE-674", "CWE-770", "CWE-834", "CWE-835", "CWE-1333"}

// denies reports whether a flaw is one of denial of service alone, which is no
// failure of a PCI scan.
func denies(n pavise.Notice) bool {
	if c, err := pavise.ParseCVSS(n.CVSS); err == nil {
		return c.PureDenial()
	}
	return len(n.CWE) > 0 && !slices.ContainsFunc(n.CWE, func(cwe string) bool { return !slices.Contains(denial, strings.ToUpper(cwe)) })
}

// source says by what is judged, and how old it is.
func source(n *pavise.Notices, at time.Time) string {
	s := n.From + " of " + n.Dated.Format(time.DateOnly)
	if days := int(at.Sub(n.Dated).Hours() / 24); at.Sub(n.Dated) > fresh {
		s += fmt.Sprintf(", %d days old", days)
	}
	return s
}

// age says whether the data are old: what has become known since is not in them.
func age(e *pavise.Evidence, libraries []used) pavise.Finding {
	f := pavise.Finding{Rule: ruleData, Where: e.Target.URL, Want: "not older than 30 days", Outcome: pavise.Pass}
	var oldest *pavise.Notices
	for _, lib := range libraries {
		if a, _ := e.Heard(lib.probe()); a != nil && (oldest == nil || a.Notices.Dated.Before(oldest.Dated)) {
			oldest = a.Notices
		}
	}
	if oldest == nil {
		return pavise.Unlooked(ruleData, f.Where, "nothing could be looked up")
	}
	f.Saw = source(oldest, e.Taken)
	if e.Taken.Sub(oldest.Dated) > fresh {
		f.Outcome = pavise.Fail
		f.Proof.Command = "pavise db status"
	}
	return f
}
