package advisories

import (
	"cmp"
	"slices"
	"strings"

	"pavise"
	"pavise/internal/versions"
)

// answered is what a registry knows of a package.
type answered struct {
	source  Source
	entries []Entry
}

// A question is one about a package, with what is known of it.
type question struct {
	pavise.Known
	system versions.System
	key    string         // of the version
	within versions.Range // where no version is known
	ranged bool
	flaws  []flaw
}

// A flaw is an entry, ready to be asked.
type flaw struct {
	Entry
	spans versions.Spans
}

// knownPackage answers a probe about a package of an ecosystem. Same and Safe are the
// newest versions that the data name, as a fix or in a list, so a registry may have
// newer ones: they are the least that is known to do.
func (l *Library) knownPackage(system versions.System, k pavise.Known) (*pavise.Notices, error) {
	k.Name = packageName(k.Ecosystem, k.Name)
	n := &pavise.Notices{}
	entries, err := l.about(n, k)
	if err != nil {
		return nil, err
	}
	q := question{Known: k, system: system}
	if !q.read() {
		n.Covers = false // nobody can tell where it stands
	}
	for _, e := range entries {
		q.flaws = append(q.flaws, flaw{e, q.spans(e)})
	}
	for _, f := range q.flaws {
		if some, all := q.meets(f); some {
			n.List = append(n.List, q.notice(f, !all))
		}
	}
	n.List = joined(n.List)
	q.order(n.List)
	if q.key != "" || q.ranged {
		n.Same, n.Safe = q.safe()
	}
	return n, nil
}

// about are the entries of a package from all who know of it, and notes who they are.
// What Pavise brings along is only asked where nobody newer covers it.
func (l *Library) about(n *pavise.Notices, k pavise.Known) (entries []Entry, err error) {
	bySource := map[string][]Entry{}
	if l.db != nil {
		if bySource, err = l.db.entries(k.Ecosystem, k.Name); err != nil {
			return nil, err
		}
	}
	own := true
	for _, s := range l.Sources() {
		if !slices.Contains(s.Covers, k.Ecosystem) && len(bySource[s.Name]) == 0 {
			continue
		}
		l.say(n, s)
		n.Covers = n.Covers || slices.Contains(s.Covers, k.Ecosystem)
		own = own && s.Dated.Before(ownPackagesDate)
		entries = append(entries, bySource[s.Name]...)
	}
	if a, ok := l.asked[k.Ecosystem+"\x00"+k.Name]; ok {
		n.From, n.Dated, n.Covers = strings.TrimPrefix(n.From+", "+a.source.Name, ", "), a.source.Dated, true
		entries, own = append(entries, a.entries...), false
	}
	if own {
		known := l.ownOf(k)
		entries = append(entries, known...)
		switch name := l.own.Source.Name + " about packages"; {
		case len(known) == 0:
		case !n.Covers:
			n.From, n.Dated, n.Covers = name, ownPackagesDate, true
		default: // what they say is not the word of the others
			n.From += " and " + name
		}
	}
	if n.From == "" {
		l.say(n, l.own.Source)
	}
	return entries, nil
}

// ownOf are Pavise's own facts about a package.
func (l *Library) ownOf(k pavise.Known) []Entry {
	var list []Entry
	for _, e := range l.own.Entries {
		if e.Ecosystem == k.Ecosystem && e.Name == k.Name {
			list = append(list, e)
		}
	}
	return list
}

// read reads the version or the range, and reports whether it is one.
func (q *question) read() bool {
	var err error
	if q.Version != "" {
		q.key, err = q.system.Key(q.Version)
		return err == nil
	}
	q.within, err = q.system.Range(q.Range)
	q.ranged = err == nil
	return q.ranged
}

// spans are all versions that an entry is about.
func (q *question) spans(e Entry) versions.Spans {
	list := make([]versions.Stretch, 0, len(e.Spans)+len(e.Versions))
	for _, s := range e.Spans { // what is no version was counted when it was imported
		list = append(list, versions.Stretch{From: s.From, Below: s.Below, Last: s.Last})
	}
	for _, v := range e.Versions {
		list = append(list, versions.Stretch{From: v, Last: v})
	}
	return q.system.Spans(list)
}

// meets reports whether a flaw is one of the version, or of some or all of the range.
func (q *question) meets(f flaw) (some, all bool) {
	switch {
	case f.Notice == nil:
		return false, false
	case q.ranged:
		return q.within.Within(f.spans)
	}
	is := q.Version != "" && slices.Contains(f.Versions, q.Version) || q.key != "" && f.spans.Has(q.key)
	return is, is
}

// notice is what an entry says, for the version or range that is asked about.
func (q *question) notice(f flaw, partly bool) pavise.Notice {
	n := *f.Notice
	n.Partly = partly
	n.Aliases = slices.Clone(n.Aliases)
	if n.Source == "" {
		n.Source = page(n.ID)
	}
	if n.Title == "" && malicious(n.ID) {
		n.Title = f.Name + " was made to do harm"
	}
	if n.Fixed == "" {
		n.Fixed = q.fixed(f)
	}
	return n
}

// fixed is the lowest version above what is asked about that ends the flaw.
func (q *question) fixed(f flaw) string {
	at := cmp.Or(q.Version, q.within.Lowest())
	best := ""
	for _, s := range f.Spans {
		if s.Below == "" || s.Limit || at != "" && q.system.Compare(s.Below, at) <= 0 {
			continue
		}
		if best == "" || q.system.Compare(s.Below, best) < 0 {
			best = s.Below
		}
	}
	return best
}

// order puts what is mended first first, and then by name.
func (q *question) order(list []pavise.Notice) {
	slices.SortStableFunc(list, func(a, b pavise.Notice) int {
		return cmp.Or(q.system.Compare(a.Fixed, b.Fixed), strings.Compare(a.ID, b.ID))
	})
}

// safe are the newest versions that the data name without any flaw: of the same major,
// and of any. Pre-releases count where there is nothing else.
func (q *question) safe() (same, any string) {
	at := cmp.Or(q.Version, q.within.Lowest())
	major := q.system.Major(at)
	for _, v := range q.named() {
		key, err := q.system.Key(v)
		if err != nil || q.system.Compare(v, at) < 0 || slices.ContainsFunc(q.flaws, func(f flaw) bool { return f.Notice != nil && f.spans.Has(key) }) {
			continue
		}
		if q.better(v, any) {
			any = v
		}
		if q.system.Major(v) == major && q.better(v, same) {
			same = v
		}
	}
	return same, any
}

// named are the versions that the data name as fixed or list, each once.
func (q *question) named() []string {
	var list []string
	for _, f := range q.flaws {
		for _, s := range f.Spans {
			if s.Below != "" && !s.Limit {
				list = append(list, s.Below)
			}
		}
		list = append(list, f.Versions...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (q *question) better(v, than string) bool {
	if than == "" {
		return true
	}
	if a, b := q.system.Prerelease(v), q.system.Prerelease(than); a != b {
		return b
	}
	return q.system.Compare(v, than) > 0
}
