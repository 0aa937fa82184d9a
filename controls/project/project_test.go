package project_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/controls/project"
)

var taken = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// pkg is a package that a lockfile names.
func pkg(name, version string) pavise.Package {
	return pavise.Package{Key: "package-lock.json node_modules/" + name, Ecosystem: pavise.NPM, Name: name, Version: version,
		From: pavise.FromRegistry, File: "package-lock.json", Line: 12, Integrity: true}
}

// evidence is that of a project with such packages, of which something is known.
func evidence(known map[string]*pavise.Notices, packages ...pavise.Package) *pavise.Evidence {
	e := &pavise.Evidence{Taken: taken, Project: &pavise.Project{Root: "/shop", Packages: packages}}
	for _, c := range []pavise.Prober{project.Dependencies{}, project.Framework{}, project.Runtime{}} {
		for _, p := range c.Probes(e) {
			if n := known[p.Known.Name]; n != nil {
				e.Add(pavise.Answer{Probe: p, Notices: n})
			}
		}
	}
	return e
}

func notices(dated time.Time, list ...pavise.Notice) *pavise.Notices {
	return &pavise.Notices{From: "OSV", Dated: dated, Covers: true, List: list}
}

// outcomes are what each rule came to, and what was seen of the first.
func outcomes(found []pavise.Finding) (map[string]pavise.Outcome, map[string]pavise.Finding) {
	came, first := map[string]pavise.Outcome{}, map[string]pavise.Finding{}
	for _, f := range found {
		if _, seen := first[f.Rule]; !seen {
			came[f.Rule], first[f.Rule] = f.Outcome, f
		}
	}
	return came, first
}

const (
	pass    = pavise.Pass
	fail    = pavise.Fail
	skip    = pavise.Skip
	unknown = pavise.Unknown
)

// TestSeverity: an advisory offends against the rule of its score, else of its rating.
func TestSeverity(t *testing.T) {
	for _, c := range []struct {
		notice pavise.Notice
		rule   string
	}{
		{pavise.Notice{ID: "A", CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}, "critical"},
		{pavise.Notice{ID: "A", CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", Severity: pavise.Low}, "high"},
		{pavise.Notice{ID: "A", Severity: pavise.Medium}, "medium"},
		{pavise.Notice{ID: "A"}, "medium"},
		{pavise.Notice{ID: "A", CVSS: "CVSS:4.0/AV:N", Severity: pavise.High}, "high"},
		{pavise.Notice{ID: "A", Severity: pavise.Low}, "low"},
		{pavise.Notice{ID: "MAL-2026-1"}, "malicious"},
		{pavise.Notice{ID: "GHSA-1", CWE: []string{"CWE-506"}, Severity: pavise.Critical}, "malicious"},
	} {
		came, _ := outcomes(project.Dependencies{}.Check(evidence(map[string]*pavise.Notices{"qs": notices(taken, c.notice)}, pkg("qs", "6.5.2"))))
		for _, rule := range []string{"malicious", "critical", "high", "medium", "low", "data"} {
			want := pass
			if rule == c.rule {
				want = fail
			}
			if got := came["project.dependencies."+rule]; got != want {
				t.Errorf("%+v: %s is %s, want %s", c.notice, rule, got, want)
			}
		}
	}
}

// TestDoubt: what is old, missing, or only of some versions acquits nobody.
func TestDoubt(t *testing.T) {
	flaw := pavise.Notice{ID: "GHSA-1", Severity: pavise.High}
	ranged := pkg("qs", "")
	ranged.Range = "^6.0.0"
	partly := flaw
	partly.Partly = true
	silent := &pavise.Notices{From: "facts in Pavise", Dated: taken}
	for name, c := range map[string]struct {
		known     *pavise.Notices
		of        pavise.Package
		data, low pavise.Outcome
		high      pavise.Outcome
		says      string
	}{
		"fresh":         {notices(taken.AddDate(0, 0, -30)), pkg("qs", "1.0.0"), pass, pass, pass, ""},
		"old":           {notices(taken.AddDate(0, 0, -31)), pkg("qs", "1.0.0"), unknown, unknown, unknown, "31 days old"},
		"old, and bad":  {notices(taken.AddDate(0, 0, -31), flaw), pkg("qs", "1.0.0"), unknown, unknown, fail, "31 days old"},
		"not covered":   {silent, pkg("qs", "1.0.0"), unknown, unknown, unknown, "there are no advisories about 1 package: qs 1.0.0"},
		"not asked":     {nil, pkg("qs", "1.0.0"), unknown, unknown, unknown, "was not asked"},
		"range":         {notices(taken, flaw), ranged, pass, pass, fail, ""},
		"part of range": {notices(taken, partly), ranged, pass, pass, unknown, ""},
	} {
		came, first := outcomes(project.Dependencies{}.Check(evidence(map[string]*pavise.Notices{"qs": c.known}, c.of)))
		if came["project.dependencies.data"] != c.data || came["project.dependencies.low"] != c.low || came["project.dependencies.high"] != c.high {
			t.Errorf("%s: %v", name, came)
		}
		if saw := first["project.dependencies.data"].Saw; !strings.Contains(saw, c.says) {
			t.Errorf("%s: says %q, want %q in it", name, saw, c.says)
		}
	}
}

// TestUnread: a lockfile that could not be read acquits nobody; one for another control
// is not this one's matter.
func TestUnread(t *testing.T) {
	e := evidence(map[string]*pavise.Notices{"qs": notices(taken)}, pkg("qs", "1.0.0"))
	e.Project.Unread = []pavise.Unread{{What: "yarn.lock", Why: "line 3: no key", For: []string{"project.dependencies"}}}
	if came, first := outcomes(project.Dependencies{}.Check(e)); came["project.dependencies.critical"] != unknown ||
		!strings.Contains(first["project.dependencies.data"].Where, "yarn.lock") {
		t.Errorf("%v", came)
	}
	e.Project.Unread[0].For = []string{"source.session"}
	if came, _ := outcomes(project.Dependencies{}.Check(e)); came["project.dependencies.critical"] != pass {
		t.Errorf("%v", came)
	}
}

// TestDependency: what a finding says of a package.
func TestDependency(t *testing.T) {
	flaw := pavise.Notice{ID: "GHSA-hrpp-h998-j3pp", Aliases: []string{"CVE-2022-24999"}, Title: "prototype poisoning",
		CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", CWE: []string{"CWE-1321"}, Fixed: "6.5.3", Source: "https://osv.dev/GHSA-hrpp-h998-j3pp",
		Published: time.Date(2022, 11, 27, 0, 0, 0, 0, time.UTC), Released: time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC)}
	known := notices(taken, flaw)
	known.Same, known.Safe = "6.14.0", "6.14.0"
	inner := pkg("qs", "6.5.2")
	inner.Key, inner.File, inner.Scope = "other/package-lock.json node_modules/qs", "other/package-lock.json", pavise.Dev
	found := project.Dependencies{}.Check(evidence(map[string]*pavise.Notices{"qs": known}, inner, pkg("qs", "6.5.2")))
	i := slices.IndexFunc(found, func(f pavise.Finding) bool { return f.Outcome == fail })
	f := found[i]
	d := f.Dependency
	if d.Same != "6.14.0" || d.Scope != "" || d.Advisory != flaw.ID || d.File != "package-lock.json" || d.Line != 12 {
		t.Errorf("%+v", d)
	}
	if d.Gain != "Anybody who can send it data can change what all objects of the program inherit, and by that its decisions." {
		t.Errorf("gain %q", d.Gain)
	}
	if !d.Due.Equal(time.Date(2022, 3, 3, 0, 0, 0, 0, time.UTC)) || !strings.Contains(f.Saw, "there is a fix since 2022-01-31, 1755 days: overdue since 2022-03-03") {
		t.Errorf("due %s, saw %q", d.Due, f.Saw)
	}
	if f.Want != "qs 6.14.0" || len(f.Also) != 1 || !strings.HasPrefix(f.Also[0].Where, "other/package-lock.json › ") || f.Proof.Command != "sed -n 12p package-lock.json" {
		t.Errorf("%+v", f)
	}
}

// TestOwn: what the project wrote itself is looked up nowhere.
func TestOwn(t *testing.T) {
	own := pkg("shop-lib", "1.0.0")
	own.From = pavise.FromWorkspace
	if probes := (project.Dependencies{}).Probes(evidence(nil, own)); len(probes) != 0 {
		t.Errorf("%v", probes)
	}
	if came, _ := outcomes(project.Dependencies{}.Check(evidence(nil, own))); came["project.dependencies.critical"] != skip {
		t.Errorf("%v", came)
	}
}

// TestTrace: a flaw that is called says how.
func TestTrace(t *testing.T) {
	e := evidence(map[string]*pavise.Notices{"qs": notices(taken, pavise.Notice{ID: "GO-2024-1", Severity: pavise.High})}, pkg("qs", "1.0.0"))
	e.Project.Traces = []pavise.Trace{{Advisory: "GO-2024-1", Package: "qs", Calls: []string{"main.serve", "html.Parse"}}}
	_, first := outcomes(project.Dependencies{}.Check(e))
	if d := first["project.dependencies.high"].Dependency; d.Reach != "called" || len(d.Trace) != 2 {
		t.Errorf("%+v", d)
	}
	e.Project.Traces[0].Package = "qs-of-others" // the same advisory is about two packages
	_, first = outcomes(project.Dependencies{}.Check(e))
	if d := first["project.dependencies.high"].Dependency; d.Reach == "called" || len(d.Trace) != 0 {
		t.Errorf("of another package: %+v", d)
	}
}

// TestEnds: releases by the day on which they get their last fix.
func TestEnds(t *testing.T) {
	end := func(at time.Time) *pavise.Notices {
		return notices(taken, pavise.Notice{ID: pavise.EndOfLife, Ended: at})
	}
	for name, c := range map[string]struct {
		known            *pavise.Notices
		supported, ended pavise.Outcome
	}{
		"over":          {end(taken), fail, skip},
		"no day":        {end(time.Time{}), fail, skip},
		"in five":       {end(taken.AddDate(0, 5, 0)), pass, fail},
		"in seven":      {end(taken.AddDate(0, 7, 0)), pass, pass},
		"no end":        {notices(taken), pass, pass},
		"nothing known": {&pavise.Notices{Dated: taken}, unknown, skip},
	} {
		e := evidence(map[string]*pavise.Notices{"express": c.known}, pkg("express", "3.21.2"))
		came, _ := outcomes(project.Framework{}.Check(e))
		if came["project.framework.supported"] != c.supported || came["project.framework.ending"] != c.ended {
			t.Errorf("%s: %v", name, came)
		}
		e.Project.Runtimes = []pavise.Runtime{{Product: "nodejs", Version: "16", File: ".nvmrc", Line: 1}}
		for _, p := range (project.Runtime{}).Probes(e) {
			e.Add(pavise.Answer{Probe: p, Notices: c.known})
		}
		came, _ = outcomes(project.Runtime{}.Check(e))
		if came["project.runtime.supported"] != c.supported || came["project.runtime.ending"] != c.ended {
			t.Errorf("%s: runtime %v", name, came)
		}
	}
}

// TestRanges: a range is of the release that it begins with, where it stays in one.
func TestRanges(t *testing.T) {
	for asked, want := range map[string]string{"^3.4.0": "3.4.0", "3.x": "3", "~2.5": "2.5", "*": "", ">=3": "", "2 || 3": "", "latest": "", "": ""} {
		p := pkg("express", "")
		p.Range = asked
		e := evidence(nil, p)
		got := ""
		for _, probe := range (project.Framework{}).Probes(e) {
			got = probe.Known.Version
		}
		if got != want {
			t.Errorf("%q: %q, want %q", asked, got, want)
		}
	}
}

// TestArchived: csurf is told, softly.
func TestArchived(t *testing.T) {
	came, _ := outcomes(project.Framework{}.Check(evidence(nil, pkg("express", "4.22.0"), pkg("csurf", "1.11.0"))))
	if came["project.framework.archived"] != fail {
		t.Errorf("%v", came)
	}
	came, _ = outcomes(project.Framework{}.Check(evidence(nil, pkg("express", "4.22.0"))))
	if came["project.framework.archived"] != pass {
		t.Errorf("%v", came)
	}
}

// TestNoProject: a host alone says nothing of packages.
func TestNoProject(t *testing.T) {
	e := &pavise.Evidence{Machine: &pavise.Machine{}}
	for _, c := range []interface {
		pavise.Checker
		pavise.Prober
	}{project.Dependencies{}, project.Framework{}, project.Runtime{}} {
		if c.Probes(e) != nil || c.Check(e) != nil {
			t.Errorf("%T speaks of no project", c)
		}
	}
}
