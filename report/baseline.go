package report

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"time"

	"pavise"
)

// A Change is how a finding stands to the report before.
type Change string

// The changes. A finding that failed neither then nor now has none.
const (
	Appeared Change = "new"    // fails now, and did not then
	Stayed   Change = "same"   // failed then, too
	Mended   Change = "mended" // failed then, and holds now
)

// A Baseline says what has changed since the report before.
type Baseline struct {
	Started time.Time `json:"started"` // of the report before
	New     int       `json:"new"`
	Same    int       `json:"same"`
	Mended  []Place   `json:"mended"`
	// Unseen failed then, and could not be looked at now, or was not asked for.
	Unseen []Place `json:"unseen"`
}

// A Place is where a rule failed, and of a package for which advisory.
type Place struct {
	Rule     string `json:"rule"`
	Where    string `json:"where"`
	Advisory string `json:"advisory,omitempty"`
}

// passing are the names that a scan makes up anew each time, for addresses that no site
// has: they say nothing of the place.
var passing = regexp.MustCompile(`pavise-([0-9a-f]{12}|[0-9]{10})`)

// lasting is the place as the next scan names it, too.
func (p Place) lasting() Place {
	p.Where = passing.ReplaceAllLiteralString(p.Where, "pavise-")
	return p
}

// compare marks what has changed since the report before: by rule and place, so that
// a fault that spreads is new where it was not.
func (r *Report) compare(old *Report) {
	b := &Baseline{Started: old.Started, Mended: []Place{}, Unseen: []Place{}}
	before, failedThen := failing(old)
	_, failsNow := failing(r)
	moreThen, moreNow := beyond(old), beyond(r)
	outcomes := map[string]pavise.Outcome{}
	for _, rule := range r.rules() {
		outcomes[rule.Rule] = rule.Outcome
	}
	mended := map[string]bool{}
	for _, p := range before {
		switch o := outcomes[p.Rule]; {
		case failsNow[p.lasting()], moreNow[p.Rule]:
		case o == pavise.Unknown, o == 0:
			b.Unseen = append(b.Unseen, p)
		default:
			b.Mended = append(b.Mended, p)
			mended[p.Rule] = o != pavise.Fail
		}
	}
	for _, rule := range r.rules() {
		r.splitAll(rule.Rule, func(f Finding, where string) bool {
			return failedThen[f.placeAt(where).lasting()] || moreThen[rule.Rule]
		},
			func(f *Finding) { f.Change = Stayed })
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		switch {
		case f.Outcome == pavise.Pass && mended[f.Rule]:
			f.Change = Mended
		case f.Outcome != pavise.Fail:
		case f.Change == Stayed:
			b.Same += len(f.places())
		default:
			f.Change = Appeared
			b.New += len(f.places())
		}
	}
	r.Baseline = b
}

// failing are the places where a rule fails, accepted or not: each once, and as a set of
// those that last.
func failing(r *Report) (list []Place, set map[Place]bool) {
	set = map[Place]bool{}
	for _, f := range r.Findings {
		if f.Outcome != pavise.Fail {
			continue
		}
		for _, at := range f.places() {
			if p := f.placeAt(at.Where); !set[p.lasting()] {
				set[p.lasting()] = true
				list = append(list, p)
			}
		}
	}
	return list, set
}

// beyond are the rules that fail at more places than are named: of a place that is not,
// nobody can tell.
func beyond(r *Report) map[string]bool {
	set := map[string]bool{}
	for _, f := range r.Findings {
		if f.Outcome == pavise.Fail && f.More > 0 {
			set[f.Rule] = true
		}
	}
	return set
}

// For returns the report of the target, which another is to be compared with: of the
// same host, because places are compared.
func (rs Reports) For(target string) (*Report, error) {
	for _, r := range rs {
		if r.Target == target {
			return r, nil
		}
	}
	if len(rs) == 0 {
		return nil, errors.New("there is no report in it")
	}
	host := func(s string) string {
		if u, err := url.Parse(s); err == nil {
			return u.Host
		}
		return ""
	}
	for _, r := range rs {
		if host(r.Target) == host(target) {
			return r, nil
		}
	}
	return nil, fmt.Errorf("it is of %s, and not of %s", rs[0].Target, target)
}

func (b *Baseline) clean() {
	if b == nil {
		return
	}
	for _, list := range [][]Place{b.Mended, b.Unseen} {
		for i := range list {
			cleanAll(&list[i].Rule, &list[i].Where, &list[i].Advisory)
		}
	}
}
