package advisories

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"pavise"
	"pavise/internal/versions"
)

// A Library answers what is known of versions: from a database if there is one, and
// where that knows nothing, from what Pavise brings along.
type Library struct {
	db  *Database
	own Part
	// asked is what a registry has answered, by ecosystem and name.
	asked map[string]answered
}

// NewLibrary takes a database, or nil.
func NewLibrary(db *Database) *Library { return &Library{db: db, own: Own()} }

// Sources are all of it, its own facts last.
func (l *Library) Sources() []Source {
	if l.db == nil {
		return []Source{l.own.Source}
	}
	return append(l.db.Sources(), l.own.Source)
}

// Recogniser knows libraries by the signs of all sources.
func (l *Library) Recogniser() (*Recogniser, error) {
	if l.db == nil {
		return NewRecogniser(l.own.Signs), nil
	}
	signs, err := l.db.Signs()
	if err != nil {
		return nil, err
	}
	return NewRecogniser(append(signs, l.own.Signs...)), nil
}

// alias are the names of libraries among the products, where they differ.
var alias = map[string]string{"@angular/core": "angular", "ember": "emberjs", "react-dom": "react"}

// Known answers a probe.
func (l *Library) Known(k pavise.Known) (*pavise.Notices, error) {
	if system, ok := versions.Of(k.Ecosystem); ok {
		return l.knownPackage(system, k)
	}
	name := strings.ToLower(k.Name)
	n := &pavise.Notices{}
	if err := l.look(n, k.Ecosystem, name, k.Version); err != nil {
		return nil, err
	}
	if k.Ecosystem == JavaScript {
		if err := l.lookAtEnd(n, cmp.Or(alias[name], strings.TrimSuffix(name, ".js")), k.Version); err != nil {
			return nil, err
		}
	}
	if k.Ecosystem == Product {
		n.Shipped = shipped(name, k.Version)
	}
	if n.From == "" {
		l.say(n, l.Sources()[0])
	}
	slices.SortStableFunc(n.List, func(a, b pavise.Notice) int { return compare(a.Fixed, b.Fixed) })
	n.List = onlyOneEnd(n.List)
	return n, nil
}

// look adds what the sources know of a package.
func (l *Library) look(n *pavise.Notices, ecosystem, name, version string) error {
	bySource := map[string][]Entry{}
	sources := l.Sources()
	if l.db != nil {
		var err error
		if bySource, err = l.db.entries(ecosystem, name); err != nil {
			return err
		}
	}
	if len(bySource) == 0 {
		bySource[l.own.Source.Name] = slices.DeleteFunc(slices.Clone(l.own.Entries), func(e Entry) bool {
			return e.Ecosystem != ecosystem || e.Name != name
		})
	}
	for _, from := range slices.Sorted(maps.Keys(bySource)) {
		if len(bySource[from]) == 0 {
			continue
		}
		i := slices.IndexFunc(sources, func(s Source) bool { return s.Name == from })
		covers, list := against(ecosystem, version, bySource[from])
		n.Covers = n.Covers || covers
		n.List = append(n.List, list...)
		l.say(n, sources[i])
	}
	return nil
}

// lookAtEnd adds until when a library gets fixes. What is said of its flaws keeps its
// own date: an end that is over does not grow old.
func (l *Library) lookAtEnd(n *pavise.Notices, product, version string) error {
	end := &pavise.Notices{}
	if err := l.look(end, Product, product, version); err != nil {
		return err
	}
	if n.From == "" {
		n.From, n.Dated = end.From, end.Dated
	}
	n.Covers = n.Covers || end.Covers
	n.List = append(n.List, end.List...)
	return nil
}

// say notes a source; the date is that of the oldest.
func (l *Library) say(n *pavise.Notices, s Source) {
	if n.From == "" || s.Dated.Before(n.Dated) {
		n.Dated = s.Dated
	}
	if n.From != "" && n.From != s.Name {
		s.Name = n.From + ", " + s.Name
	}
	n.From = s.Name
}

// against is what entries say against a version, and whether they are about it at all:
// advisories about a library are about all its versions, releases about their own.
func against(ecosystem, version string, entries []Entry) (covers bool, list []pavise.Notice) {
	best := Entry{}
	lowest := ""
	for _, e := range entries {
		switch {
		case e.Cycle == "":
			covers = covers || ecosystem == JavaScript
			if e.Notice != nil && e.about(version) {
				list = append(list, *e.Notice)
			}
		case e.about(version) && len(e.Cycle) > len(best.Cycle):
			best = e
		}
		if lowest == "" || compare(e.Cycle, lowest) < 0 {
			lowest = e.Cycle
		}
	}
	if best.Cycle == "" && lowest != "" && compare(version, lowest) < 0 && startsWithDigit(version) {
		i := slices.IndexFunc(entries, func(e Entry) bool { return e.Cycle == lowest })
		best = entries[i] // what is older than the oldest release is not better off
		if best.Notice == nil || best.Notice.Ended.IsZero() {
			best = Entry{}
		}
	}
	if best.Cycle != "" {
		covers = true
		if best.Notice != nil {
			list = append(list, *best.Notice)
		}
	}
	return covers, list
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// onlyOneEnd keeps of several ends of life the one that has a date.
func onlyOneEnd(list []pavise.Notice) []pavise.Notice {
	end := -1
	for i, n := range list {
		if n.ID == pavise.EndOfLife && (end < 0 || list[end].Ended.IsZero()) {
			end = i
		}
	}
	kept := list[:0:0]
	for i, n := range list {
		if n.ID != pavise.EndOfLife || i == end {
			kept = append(kept, n)
		}
	}
	return kept
}

// Stale reports whether data are so old that a report must say so.
func (s Source) Stale(now time.Time) bool { return now.Sub(s.Dated) > 30*24*time.Hour }
