package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pavise"
)

// A Stock is what a project and a host are made of, and by what that was judged: the lists
// of PCI DSS 4.0.1 for what is on disk.
type Stock struct {
	Manifests []Manifest     `json:"manifests,omitempty"` // 6.3.2
	Packages  map[string]int `json:"packages,omitempty"`  // how many, by ecosystem
	Sources   int            `json:"sources,omitempty"`   // source files that were read
	Data      []Data         `json:"data,omitempty"`      // 6.3.1
	Patches   []Patch        `json:"patches,omitempty"`   // 6.3.3
	Releases  []Release      `json:"releases,omitempty"`  // 12.3.4
	Listeners []Listener     `json:"listeners,omitempty"` // 2.2.4
	Services  []Service      `json:"services,omitempty"`  // 2.2.1
	// Unread is what could not be looked at.
	Unread []pavise.Unread `json:"unread,omitempty"`

	taken time.Time
}

// A Manifest is a file that names packages.
type Manifest struct {
	File     string `json:"file"`
	Form     string `json:"form"` // "package-lock v3"
	Lock     bool   `json:"lock"` // it names exact versions
	SHA256   string `json:"sha256"`
	Packages int    `json:"packages"`
}

// Data is by what versions were judged.
type Data struct {
	From     string    `json:"from"`
	Dated    time.Time `json:"dated"`
	Days     int       `json:"days"`     // that it was old
	Versions int       `json:"versions"` // that were looked up in it
}

// A Patch is a fix that has a day by which it must be in.
type Patch struct {
	Package  string          `json:"package"` // with its version
	Advisory string          `json:"advisory"`
	Severity pavise.Severity `json:"severity"`
	To       string          `json:"to"` // the version with the fix; "" is none
	Released time.Time       `json:"released,omitzero"`
	Due      time.Time       `json:"due"`
	Overdue  int             `json:"overdue"` // days; 0 is not yet
	Accepted bool            `json:"accepted,omitempty"`
}

// A Release is one of a product, and until when it gets fixes.
type Release struct {
	Product string    `json:"product"`
	Version string    `json:"version"`
	Ends    time.Time `json:"ends,omitzero"` // zero: no day is set, or known
	Ended   bool      `json:"ended"`
	Known   bool      `json:"known"` // false: there are no data about it
	// By is the system that brings it, and its fixes as long as it gets any itself.
	By string `json:"by,omitempty"`
}

// takeStock reads the lists out of what was read on disk.
func takeStock(e *pavise.Evidence) Stock {
	if e.Project == nil && e.Machine == nil {
		return Stock{}
	}
	s := Stock{taken: e.Taken}
	if p := e.Project; p != nil {
		s.Sources, s.Unread = p.Sources, append(s.Unread, p.Unread...)
		s.addPackages(p)
	}
	if m := e.Machine; m != nil {
		s.Unread = append(s.Unread, m.Unread...)
		s.addMachine(m)
	}
	s.Unread = slices.Clone(first(s.Unread))
	for i := range e.Answers {
		if a := &e.Answers[i]; a.Probe.Known != nil && a.Notices != nil {
			s.addData(a.Notices)
			s.addRelease(*a.Probe.Known, a.Notices)
		}
	}
	return s
}

func (s *Stock) addPackages(p *pavise.Project) {
	in := map[string]int{}
	s.Packages = map[string]int{}
	for _, pkg := range p.Packages {
		in[pkg.File]++
		s.Packages[pkg.Ecosystem]++
	}
	for _, m := range first(p.Manifests) {
		s.Manifests = append(s.Manifests, Manifest{m.File, m.Form, m.Lock, m.SHA256, in[m.File]})
	}
}

func (s *Stock) addData(n *pavise.Notices) {
	i := slices.IndexFunc(s.Data, func(d Data) bool { return d.From == n.From && d.Dated.Equal(n.Dated) })
	switch {
	case i >= 0:
		s.Data[i].Versions++
	case len(s.Data) < maxInventory:
		s.Data = append(s.Data, Data{n.From, n.Dated, max(0, int(s.taken.Sub(n.Dated).Hours()/24)), 1})
	}
}

func (s *Stock) addRelease(k pavise.Known, n *pavise.Notices) {
	if k.Ecosystem != "product" || len(s.Releases) == maxInventory {
		return
	}
	r := Release{Product: k.Name, Version: k.Version, Known: n.Covers}
	for _, notice := range n.List {
		if notice.ID == pavise.EndOfLife {
			r.Ends, r.Ended = notice.Ended, !notice.Ended.After(s.taken)
		}
	}
	s.Releases = append(s.Releases, r)
}

// takePatches lists what fails and has a day by which it must be mended, the first to be
// due first.
func (s *Stock) takePatches(r *Report) {
	for _, f := range r.Findings {
		d := f.Dependency
		if d == nil || f.Outcome != pavise.Fail || d.Due.IsZero() {
			continue
		}
		s.Patches = append(s.Patches, Patch{
			Package: d.Name + " " + d.Version, Advisory: d.Advisory, Severity: f.Severity, To: cmp.Or(d.Same, d.Safe, d.Fixed),
			Released: d.Released, Due: d.Due, Overdue: max(0, int(r.Started.Sub(d.Due).Hours()/24)), Accepted: f.accepted(),
		})
	}
	slices.SortStableFunc(s.Patches, func(a, b Patch) int { return a.Due.Compare(b.Due) })
	s.Patches = first(s.Patches)
}

// looked says in lines what was read, and by what it was judged.
func (s Stock) looked() []string {
	var parts, lines []string
	locks := len(filter(s.Manifests, func(m Manifest) bool { return m.Lock }))
	all := 0
	for _, n := range s.Packages {
		all += n
	}
	if all > 0 {
		parts = append(parts, fmt.Sprintf("%s in %s", pavise.Plural(all, "package"), pavise.Plural(locks, "lockfile")))
	}
	if s.Sources > 0 {
		parts = append(parts, pavise.Plural(s.Sources, "source file"))
	}
	if parts != nil {
		lines = append(lines, strings.Join(parts, ", "))
	}
	if by := s.by(); by != "" {
		lines = append(lines, "judged by "+by)
	}
	return lines
}

// by names the data, with their age: what several said together only where none of them
// said anything alone.
func (s Stock) by() string {
	var list []string
	data := filter(s.Data, func(d Data) bool {
		head, _, joint := strings.Cut(d.From, " and ")
		return !joint || !slices.ContainsFunc(s.Data, func(one Data) bool { return one.From == head })
	})
	for _, d := range data[:min(len(data), 4)] {
		list = append(list, fmt.Sprintf("%s of %s (%s old)", d.From, d.Dated.Format(time.DateOnly), pavise.Plural(d.Days, "day")))
	}
	return strings.Join(list, ", ")
}

// overdue says how many fixes are late; "" is none.
func (s Stock) overdue() string {
	late := filter(s.Patches, func(p Patch) bool { return p.Overdue > 0 && !p.Accepted })
	if len(late) == 0 {
		return ""
	}
	return fmt.Sprintf("%s overdue by the month that PCI DSS 4.0.1 6.3.3 gives, the oldest by %s", fixes(len(late)), pavise.Plural(late[0].Overdue, "day"))
}

func fixes(n int) string {
	if n == 1 {
		return "1 fix is"
	}
	return fmt.Sprintf("%d fixes are", n)
}

func (s *Stock) clean() {
	for i := range s.Manifests {
		m := &s.Manifests[i]
		cleanAll(&m.File, &m.Form, &m.SHA256)
	}
	for i := range s.Data {
		cleanAll(&s.Data[i].From)
	}
	for i := range s.Patches {
		p := &s.Patches[i]
		cleanAll(&p.Package, &p.Advisory, &p.To)
	}
	for i := range s.Releases {
		cleanAll(&s.Releases[i].Product, &s.Releases[i].Version, &s.Releases[i].By)
	}
	s.cleanMachine()
	for i := range s.Unread {
		u := &s.Unread[i]
		cleanAll(&u.What, &u.Why)
		u.For = slices.Clone(u.For)
		cleanEach(u.For)
	}
}
