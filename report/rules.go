package report

import (
	"slices"
	"strings"

	"pavise"
)

// A rule is all that was found about one rule: the worst of it, and the places
// where it came to that.
type rule struct {
	Finding
	Places []Finding
}

// rules groups the findings by rule, in the order in which they came.
func (r *Report) rules() []rule {
	at := map[string]int{}
	var list []rule
	for _, f := range r.Findings {
		i, seen := at[f.Rule]
		switch {
		case !seen:
			at[f.Rule] = len(list)
			list = append(list, rule{f, []Finding{f}})
		case weight(f) > weight(list[i].Finding):
			list[i] = rule{f, []Finding{f}}
		case weight(f) == weight(list[i].Finding):
			list[i].Places = append(list[i].Places, f)
		}
	}
	return list
}

// maxPlaces is how many places of one rule are told in text; the rest is counted. JSON
// and SARIF tell all.
const maxPlaces = 5

// number is how many places the rule came to this at.
func (r rule) number() int {
	n := 0
	for _, f := range r.Places {
		n += 1 + len(f.Also) + f.More
	}
	return n
}

// also are the other places of the finding that are told, each once and at most so
// many, and beyond is how many are not: one address is often asked in several ways.
// Where all are like the first, its count in what was seen says enough.
func (f Finding) also(most int) (told []pavise.Place, beyond int) {
	for _, p := range f.Also {
		same := func(other pavise.Place) bool { return other.Where == p.Where && other.Saw == p.Saw }
		if len(told) < most && !(p.Where == f.Where && f.alike(p)) && !slices.ContainsFunc(told, same) {
			told = append(told, p)
		}
	}
	if told == nil {
		return nil, 0
	}
	return told, len(f.Also) - len(told) + f.More
}

// alike reports whether the same was seen there as at the first place.
func (f Finding) alike(p pavise.Place) bool {
	return p.Saw == f.Saw || strings.HasPrefix(f.Saw, p.Saw+" (and at ") || strings.HasPrefix(f.Saw, p.Saw+" (and in ")
}

// elsewhere names another place, and what was seen there if it was something else.
func (f Finding) elsewhere(p pavise.Place) string {
	if p.Saw == "" || f.alike(p) {
		return p.Where
	}
	return p.Where + ": " + p.Saw
}

// shown are the places that are told, and hidden is how many are not.
func (r rule) shown() []Finding { return r.Places[:min(len(r.Places), maxPlaces)] }
func (r rule) hidden() int      { return len(r.Places) - len(r.shown()) }

// weight orders findings by what they say about a rule that has several.
func weight(f Finding) int {
	switch {
	case f.accepted():
		return 2
	case f.Outcome == pavise.Fail:
		return 4
	case f.Outcome == pavise.Unknown:
		return 3
	case f.Outcome == pavise.Pass:
		return 1
	}
	return 0
}

func which(rules []rule, keep func(rule) bool) []rule {
	var list []rule
	for _, r := range rules {
		if keep(r) {
			list = append(list, r)
		}
	}
	return list
}

// withOutcome are the rules that come to it; what is accepted comes to none.
func withOutcome(rules []rule, o pavise.Outcome) []rule {
	return which(rules, func(r rule) bool { return r.Outcome == o && !r.accepted() })
}

// accepted are the rules that fail where the owner answers for it, and nowhere else.
func accepted(rules []rule) []rule {
	return which(rules, func(r rule) bool { return r.accepted() })
}

// reason is why a rule has no answer: of what is on disk with the file that is to blame,
// where there is one and the words do not name it.
func (r rule) reason() string {
	why := plainReason(r.Saw)
	if file, _ := r.fileOf(r.Where); r.disk && r.Outcome == pavise.Unknown && strings.ContainsAny(file, "./") && file != "." && !strings.Contains(why, file) {
		return r.Where + ": " + why
	}
	return why
}

// groups are rules by the family of their control.
type groups []group

type group struct {
	Name  string
	Rules []rule
}

// Len is the number of rules in all groups.
func (g groups) Len() int {
	n := 0
	for _, each := range g {
		n += len(each.Rules)
	}
	return n
}

// families keeps the order in which the families come first, and the rules'
// within.
func families(rules []rule) groups {
	var list groups
	for len(rules) > 0 {
		name := family(rules[0])
		list = append(list, group{name, which(rules, func(r rule) bool { return family(r) == name })})
		rules = which(rules, func(r rule) bool { return family(r) != name })
	}
	return list
}

// dependencies are the rules about packages, and rest are the others.
func dependencies(rules []rule) (about, rest []rule) {
	of := func(r rule) bool { return r.Dependency != nil }
	return which(rules, of), which(rules, func(r rule) bool { return !of(r) })
}

// family is the first word of the control's id.
func family(r rule) string { f, _, _ := strings.Cut(r.Control, "."); return f }
