package mend

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"pavise"
)

// A Patch is a change of a setting that an audit of the outcome has proven.
type Patch struct {
	Rule, Where string
	File        File // before and after it, in the copy
}

// Settings are the findings about settings that may be mended, each with its places apart.
func (w *Work) Settings() []pavise.Finding {
	var list []pavise.Finding
	for _, f := range w.Findings {
		if _, known := sourceRules[f.Rule]; f.Dependency != nil || f.Outcome != pavise.Fail || !known && !ofHost(f.Rule) {
			continue
		}
		list = append(list, pavise.Finding{Rule: f.Rule, Outcome: f.Outcome, Where: f.Where, Saw: f.Saw, Want: f.Want})
		for _, also := range f.Also {
			list = append(list, pavise.Finding{Rule: f.Rule, Outcome: f.Outcome, Where: also.Where, Saw: also.Saw, Want: f.Want})
		}
	}
	slices.SortStableFunc(list, func(a, b pavise.Finding) int { return order(b.Where) - order(a.Where) })
	return list
}

// ofHost reports whether a rule is of a host, and can be mended.
func ofHost(rule string) bool { return hostRules[rule] || postfixRules[rule] != nil }

// order is by lines, the last first: then a patch moves no place that is still to be mended.
func order(where string) int {
	_, line, _ := strings.Cut(where, ":")
	n := 0
	fmt.Sscan(line, &n)
	return n
}

// Mend changes one place in the copy and has it audited: nil is that there is no patch for
// it that the audit takes. It stays in the copy unless it is taken Back.
func (w *Work) Mend(ctx context.Context, f pavise.Finding) (*Patch, error) {
	file, edits, err := w.edits(f)
	if err != nil || len(edits) == 0 {
		return nil, err
	}
	before, err := w.copy.read(file)
	if err != nil {
		return nil, err
	}
	after, err := apply(before, edits)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := w.copy.write(file, after); err != nil {
		return nil, err
	}
	e, findings, err := w.opt.Audit(ctx, w.copy.dir)
	if err != nil || !better(w.Findings, findings, f.Rule) {
		if back := w.copy.write(file, before); back != nil {
			return nil, back
		}
		return nil, err
	}
	w.Evidence, w.Findings = e, findings
	w.edited[file] = true
	return &Patch{f.Rule, f.Where, File{file, before, after}}, nil
}

// Back takes a patch out of the copy, the last first.
func (w *Work) Back(ctx context.Context, p *Patch) error {
	if err := w.copy.write(p.File.Name, p.File.Before); err != nil {
		return err
	}
	e, findings, err := w.opt.Audit(ctx, w.copy.dir)
	if err == nil {
		w.Evidence, w.Findings = e, findings
	}
	return err
}

func (w *Work) edits(f pavise.Finding) (file string, edits []edit, err error) {
	if ofHost(f.Rule) {
		return hostEdits(w.Evidence.Machine, f.Rule, f.Where, w.copy.read)
	}
	return sourceEdits(w.Evidence.Project, f.Rule, f.Where, w.copy.read)
}

// follows are the rules that may begin to fail by a patch, because what they ask about is
// only now there, and that have a patch of their own.
var follows = []string{"source.proxy.lost"}

// better reports whether a rule fails at fewer places than before, and no other fails anew.
func better(before, after []pavise.Finding, rule string) bool {
	was, is := places(before), places(after)
	if is[rule] >= was[rule] {
		return false
	}
	for other, n := range is {
		if n > was[other] && !slices.Contains(follows, other) {
			return false
		}
	}
	return true
}

func places(findings []pavise.Finding) map[string]int {
	n := map[string]int{}
	for _, f := range findings {
		if f.Outcome == pavise.Fail {
			n[f.Rule] += 1 + len(f.Also) + f.More
		}
	}
	return n
}
