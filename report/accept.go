package report

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// An Acceptance is the owner's word that what a rule finds is known and stays as it
// is, until a day.
type Acceptance struct {
	Rule string
	// Place is the address as a report shows it, or its path where it begins with /;
	// * stands for any text. Of what was read on disk it is the file, with or without the
	// line, or the way to a package: "express › qs". "" is everywhere.
	Place  string
	Reason string
	Owner  string // who answers for it
	End    time.Time
	From   string // where it is written: "pavise.yaml:12"
	// Advisory is the one that is meant, by any of its names; "" is all.
	Advisory string
	// Package is the one that is meant, as "qs 6.5.2"; "" is all.
	Package string
}

// Accepted marks a finding that fails and for which somebody answers.
type Accepted struct {
	Reason string    `json:"reason"`
	Owner  string    `json:"owner"`
	End    time.Time `json:"end"`
	// Ended is set where the acceptance has ended: the finding counts again.
	Ended bool `json:"ended,omitempty"`
}

// NoEnd is the end of what somebody states once and for all.
var NoEnd = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// accepted reports whether the finding fails and does not count.
func (f Finding) accepted() bool { return f.Accepted != nil && !f.Accepted.Ended }

func (a *Accepted) clean() *Accepted {
	if a == nil {
		return nil
	}
	c := *a // the mark is one for all that an acceptance is for
	cleanAll(&c.Reason, &c.Owner)
	return &c
}

// accept marks the findings that fail, and says which acceptances found none. One
// that still counts comes before one that has ended.
func (r *Report) accept(list []Acceptance) {
	for _, a := range list {
		mark := Accepted{Reason: a.Reason, Owner: a.Owner, End: a.End.UTC(), Ended: !r.Started.Before(a.End)}
		used := r.splitAll(a.Rule, a.at, func(f *Finding) {
			if f.Accepted == nil || f.Accepted.Ended {
				f.Accepted = &mark
			}
		})
		if !used {
			r.Unused = append(r.Unused, fmt.Sprintf("%s: %s at %s does not fail: nothing to accept", a.From, a.Rule, placeOf(a)))
		}
	}
}

func placeOf(a Acceptance) string {
	place := cmp.Or(a.Place, "any place")
	if a.Advisory != "" {
		place += " for " + a.Advisory
	}
	return place
}

// at reports whether the acceptance is for a finding at a place.
func (a Acceptance) at(f Finding, where string) bool {
	if a.Advisory != "" && !f.known(a.Advisory) || a.Package != "" && !f.about(a.Package) {
		return false
	}
	if f.disk {
		return a.Place == "" || slices.ContainsFunc(f.names(where), func(name string) bool { return glob(a.Place, name) })
	}
	if strings.HasPrefix(a.Place, "/") {
		u, err := url.Parse(where)
		if err != nil || u.Host == "" {
			return false
		}
		where = u.RequestURI()
	}
	return a.Place == "" || glob(a.Place, where)
}

// glob reports whether the text is the pattern's, in which * is any text.
func glob(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	first, rest := parts[0], parts[1:]
	text, ok := strings.CutPrefix(text, first)
	if !ok || len(rest) == 0 {
		return ok && text == ""
	}
	last := len(rest) - 1
	for _, part := range rest[:last] {
		_, after, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, rest[last])
}
