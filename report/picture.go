package report

import (
	"fmt"
	"strings"

	"pavise"
)

// A share is one piece of a bar: how many rules are of one kind, in thousandths of
// the width.
type share struct {
	Kind     string // a severity or an outcome
	Rules    int
	X, Width int
}

// A part is a kind and how many rules are of it.
type part struct {
	kind  string
	rules int
}

// cut shares the width of a bar out: in proportion, and to the last what rounding has
// left over.
func cut(parts []part) []share {
	all := 0
	for _, p := range parts {
		all += p.rules
	}
	var list []share
	x := 0
	for _, p := range parts {
		if p.rules == 0 {
			continue
		}
		width := 1000 * p.rules / all
		list = append(list, share{p.kind, p.rules, x, width})
		x += width
	}
	if len(list) > 0 {
		list[len(list)-1].Width += 1000 - x
	}
	return list
}

// shares is the bar of the failed rules by severity.
func shares(failures []rule) []share {
	list := make([]pavise.Severity, len(failures))
	for i, r := range failures {
		list[i] = r.Severity
	}
	return sharesOf(list)
}

// sharesOf is the bar of what has these severities.
func sharesOf(list []pavise.Severity) []share {
	var parts []part
	for s := pavise.Critical; s >= pavise.Info; s-- {
		parts = append(parts, part{s.String(), len(filter(list, func(other pavise.Severity) bool { return other == s }))})
	}
	return cut(parts)
}

// A familyBar shows what the rules of a family came to.
type familyBar struct {
	Name   string
	Rules  int
	Shares []share
}

func familyBars(rules []rule) []familyBar {
	var bars []familyBar
	for _, g := range families(rules) {
		var parts []part
		for _, o := range []pavise.Outcome{pavise.Fail, pavise.Unknown, pavise.Pass, pavise.Skip} {
			parts = append(parts, part{o.String(), len(withOutcome(g.Rules, o))})
		}
		parts = append(parts, part{"accepted", len(accepted(g.Rules))})
		bars = append(bars, familyBar{g.Name, len(g.Rules), cut(parts)})
	}
	return bars
}

// Says tells the bar in words.
func (b familyBar) Says() string {
	words := map[string]string{"fail": "%d fail", "unknown": "%d not looked at", "pass": "%d hold", "skip": "%d do not apply", "accepted": "%d accepted"}
	var list []string
	for _, s := range b.Shares {
		list = append(list, fmt.Sprintf(words[s.Kind], s.Rules))
	}
	return strings.Join(list, ", ")
}
