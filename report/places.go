package report

import (
	"fmt"

	"pavise"
)

// places are all that are named, the first included.
func (f Finding) places() []pavise.Place {
	return append([]pavise.Place{{Where: f.Where, Saw: f.Saw, Command: f.Proof.Command}}, f.Also...)
}

// placeAt is one of its places, as it is compared with those of another report.
func (f Finding) placeAt(where string) Place {
	p := Place{Rule: f.Rule, Where: where}
	if f.Dependency != nil {
		p.Advisory = f.Dependency.Advisory
	}
	return p
}

// split parts a finding by its places: those that are meant, and the rest, to which
// belongs what is not named. Without places one of them is nil.
func (f Finding) split(meant func(f Finding, where string) bool) (in, out *Finding) {
	var ins, outs []pavise.Place
	for _, p := range f.places() {
		if meant(f, p.Where) {
			ins = append(ins, p)
		} else {
			outs = append(outs, p)
		}
	}
	switch {
	case ins == nil:
		return nil, &f
	case outs == nil:
		return &f, nil
	}
	a, b := f.at(ins), f.at(outs)
	a.More = 0
	return &a, &b
}

// at is the finding at some of its places.
func (f Finding) at(places []pavise.Place) Finding {
	first := places[0]
	if first.Where != f.Where {
		f.Where, f.Saw, f.Proof = first.Where, first.Saw, pavise.Proof{Command: first.Command}
	}
	f.Also = append([]pavise.Place(nil), places[1:]...)
	return f
}

// splitAll parts the findings that fail by their places, and marks those that are
// meant.
func (r *Report) splitAll(rule string, meant func(f Finding, where string) bool, mark func(*Finding)) (found bool) {
	var list []Finding
	for _, f := range r.Findings {
		if f.Outcome != pavise.Fail || f.Rule != rule {
			list = append(list, f)
			continue
		}
		in, out := f.split(meant)
		if in != nil {
			mark(in)
			list = append(list, *in)
			found = true
		}
		if out != nil {
			list = append(list, *out)
		}
	}
	r.Findings = list
	return found
}

// countPlaces says of what fails at several places at how many.
func (r *Report) countPlaces() {
	for i := range r.Findings {
		f := &r.Findings[i]
		switch more := len(f.Also) + f.More; {
		case more == 0:
		case f.disk:
			f.Saw += fmt.Sprintf(" (and in %s)", pavise.Plural(more, "more place"))
		default:
			f.Saw += fmt.Sprintf(" (and at %d more of %d responses)", more, f.of)
		}
	}
}
