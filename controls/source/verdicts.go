package source

import (
	"fmt"
	"slices"
	"strings"

	"pavise"
)

// wants says of each rule what would pass.
type wants map[string]string

// A verdicts gathers what the rules of one control come to in each place.
type verdicts struct {
	control string
	project *pavise.Project
	want    wants
	found   map[string][]pavise.Finding
}

// judged looks at every program of the project, and makes one finding of each rule.
func judged(c pavise.Control, e *pavise.Evidence, want wants, look func(program, *verdicts)) []pavise.Finding {
	if e.Project == nil {
		return nil
	}
	doc := c.Doc()
	v := &verdicts{doc.ID, e.Project, want, map[string][]pavise.Finding{}}
	for _, p := range programs(e.Project) {
		look(p, v)
	}
	list := make([]pavise.Finding, len(doc.Rules))
	for i, r := range doc.Rules {
		list[i] = v.one(r.ID)
	}
	return list
}

func (v *verdicts) fail(rule string, at place, format string, args ...any) {
	v.add(rule, pavise.Fail, at, fmt.Sprintf(format, args...))
}

func (v *verdicts) pass(rule string, at place, format string, args ...any) {
	v.add(rule, pavise.Pass, at, fmt.Sprintf(format, args...))
}

func (v *verdicts) skip(rule string, at place, format string, args ...any) {
	v.add(rule, pavise.Skip, at, fmt.Sprintf(format, args...))
}

func (v *verdicts) unknown(rule string, at place, format string, args ...any) {
	v.add(rule, pavise.Unknown, at, fmt.Sprintf(format, args...))
}

// lacks fails a rule for what stands nowhere, unless a file that may hold it could not
// be read.
func (v *verdicts) lacks(rule string, at place, format string, args ...any) {
	if u := v.unread(at.file); u != nil {
		v.unknown(rule, at, "%s, but it may stand in %s", fmt.Sprintf(format, args...), u)
		return
	}
	v.fail(rule, at, format, args...)
}

func (v *verdicts) add(rule string, outcome pavise.Outcome, at place, saw string) {
	f := pavise.Verdict{Outcome: outcome, Saw: pavise.Clip(saw, 300)}.Finding(rule, at.String(), v.want[rule], at.proof())
	v.found[rule] = append(v.found[rule], f)
}

// unread is a file that could not be read and that the control goes by. What stands in
// one of Go says nothing of a program in JavaScript.
func (v *verdicts) unread(beside string) *pavise.Unread {
	goesBy := func(id string) bool { return id == v.control || id == "source" }
	for i, u := range v.project.Unread {
		file, _, _ := strings.Cut(u.What, ":")
		inGo, named := strings.HasSuffix(file, ".go"), strings.Contains(file, ".")
		if named && inGo != strings.HasSuffix(beside, ".go") {
			continue
		}
		if len(u.For) == 0 || slices.ContainsFunc(u.For, goesBy) {
			return &v.project.Unread[i]
		}
	}
	return nil
}

// one is what a rule comes to: it fails where it fails anywhere, is unknown where that
// is not known anywhere, and passes where it passes everywhere else.
func (v *verdicts) one(rule string) pavise.Finding {
	by := map[pavise.Outcome][]pavise.Finding{}
	for _, f := range v.found[rule] {
		by[f.Outcome] = append(by[f.Outcome], f)
	}
	looked := len(by[pavise.Fail]) + len(by[pavise.Pass]) + len(by[pavise.Unknown])
	switch {
	case len(by[pavise.Fail]) > 0:
		return pavise.Gather(by[pavise.Fail], looked)
	case len(by[pavise.Unknown]) > 0:
		return by[pavise.Unknown][0]
	case len(by[pavise.Pass]) > 0:
		return v.passed(by[pavise.Pass])
	case len(by[pavise.Skip]) > 0:
		return by[pavise.Skip][0]
	}
	return pavise.Skipped(rule, ".", "nothing here that it applies to")
}

// passed makes one finding of those that pass. Where a file could not be read it may
// hold what would fail.
func (v *verdicts) passed(list []pavise.Finding) pavise.Finding {
	f := list[0]
	if file, _, _ := strings.Cut(f.Where, ":"); v.unread(file) != nil {
		u := v.unread(file)
		return pavise.Unlooked(f.Rule, f.Where, u.String())
	}
	if len(list) > 1 {
		f.Saw += fmt.Sprintf(" (in all %d places)", len(list))
	}
	return f
}
