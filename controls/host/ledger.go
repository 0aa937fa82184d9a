package host

import (
	"fmt"
	"path"
	"strings"

	"pavise"
)

// A ledger is what the places of one service's configuration come to, rule by rule.
type ledger struct {
	machine *pavise.Machine
	config  pavise.Config
	rules   map[string]*tally
}

// A tally is what one rule comes to so far.
type tally struct {
	failed []pavise.Finding
	passed pavise.Finding // the first
	unsure pavise.Finding // the first that nobody could look at
	looked int
	at     map[string]bool // what was looked at
}

// inspect judges the configuration of a service, if the host has it.
func inspect(e *pavise.Evidence, service string, doc pavise.Doc, judge func(*ledger)) []pavise.Finding {
	if e.Machine == nil {
		return nil
	}
	for _, c := range e.Machine.Configs {
		if c.Service != service {
			continue
		}
		if len(c.Files) == 0 && len(c.Unread) > 0 {
			return doc.All(pavise.Unlooked, c.File, c.Unread.String())
		}
		l := &ledger{machine: e.Machine, config: c, rules: map[string]*tally{}}
		judge(l)
		return l.findings(doc, c.File, c.Unread)
	}
	return doc.All(pavise.Skipped, service, "no configuration of it lies on this host")
}

// findings are one for each rule.
func (l *ledger) findings(doc pavise.Doc, where string, missed pavise.Unreads) []pavise.Finding {
	var list []pavise.Finding
	for _, r := range doc.Rules {
		t := l.rules[r.ID]
		switch {
		case t != nil && len(t.failed) > 0:
			list = append(list, pavise.Gather(t.failed, t.looked))
		case t != nil && t.unsure.Rule != "":
			list = append(list, t.unsure)
		case len(missed) > 0: // what holds may be undone there
			list = append(list, pavise.Unlooked(r.ID, where, missed.String()))
		case t == nil:
			list = append(list, pavise.Skipped(r.ID, where, "there is nothing that it applies to"))
		default:
			if t.looked > 1 {
				t.passed.Saw += fmt.Sprintf(" (and at %d more)", t.looked-1)
			}
			list = append(list, t.passed)
		}
	}
	return list
}

func (l *ledger) tally(rule string) *tally {
	if l.rules[rule] == nil {
		l.rules[rule] = &tally{}
	}
	return l.rules[rule]
}

// judge notes what a rule comes to at a directive; at one that several blocks inherit it
// is told once. Where it is a block, or no file says it, what fails is that something is
// not there, which nobody knows while a file is unread.
func (l *ledger) judge(rule string, holds bool, d pavise.Directive, saw, want string) {
	if absent := d.Line == 0 || d.Usual || d.Block != nil; !holds && absent && l.lacks(rule, d) {
		return
	}
	t := l.tally(rule)
	if t.at == nil {
		t.at = map[string]bool{}
	}
	key := fmt.Sprint(d.Where(), " ", holds, " ", written(d))
	if t.at[key] {
		return
	}
	t.at[key] = true
	t.looked++
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: d.Where(), Saw: saw, Want: want, Proof: pavise.Proof{Command: l.show(d)}}
	switch {
	case !holds:
		f.Outcome = pavise.Fail
		t.failed = append(t.failed, f)
	case t.passed.Rule == "":
		t.passed = f
	}
}

// lacks notes that what is not at a directive may stand in a file that was not read, and
// reports whether there is one.
func (l *ledger) lacks(rule string, d pavise.Directive) bool {
	if len(l.config.Unread) > 0 {
		l.unsure(rule, d, l.config.Unread.String())
	}
	return len(l.config.Unread) > 0
}

// unsure notes that nobody can tell what a rule comes to at a directive.
func (l *ledger) unsure(rule string, d pavise.Directive, why string) {
	l.tally(rule).unsure = pavise.Unlooked(rule, d.Where(), why)
}

// show is the line for the shell that shows a directive, or what the service has of
// itself.
func (l *ledger) show(d pavise.Directive) string {
	file := pavise.Quote(path.Join(l.machine.Root, d.File))
	name := strings.TrimPrefix(d.Name, "master:")
	switch {
	case d.Line > 0:
		return pavise.ShowLine(path.Join(l.machine.Root, d.File), d.Line)
	case l.config.Service == "postfix":
		return "postconf -c " + pavise.Quote(path.Dir(path.Join(l.machine.Root, d.File))) + " " + pavise.Quote(name)
	case l.config.Service == "sshd":
		return "sshd -T -f " + file + " | grep -i " + pavise.Quote("^"+name+" ")
	}
	return "grep -n " + pavise.Quote(name) + " " + file
}

// written is a directive as it stands, clipped.
func written(d pavise.Directive) string {
	return pavise.Clip(strings.Join(append([]string{d.Name}, d.Args...), " "), 200)
}

// word is an argument, "" where there is none.
func word(d pavise.Directive, i int) string {
	if i >= 0 && i < len(d.Args) {
		return d.Args[i]
	}
	return ""
}
