package report

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"pavise"
)

//go:embed report.html
var htmlPage string

//go:embed parts.html
var htmlParts string

//go:embed report.css
var htmlStyle string

var htmlTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"title": func(r rule) string { return titleOf(r.Finding) },
	"note":  func() string { return ownerNote },
	"mark":  func(o pavise.Outcome) string { mark, _ := face(o); return mark },
	"mends": mends,
	"count": pavise.Plural,
	"join":  strings.Join,
	"day":   func(t time.Time) string { return t.Format("2 January 2006") },

	"accepted": (*Accepted).says,
	"since":    (*Baseline).says,
	"places":   placesOf,
	"few":      gravest,
	"label":    Finding.label,
	"more":     func(list []Vulnerability) int { return len(list) - len(first(list)) },
}).Parse(htmlPage + htmlParts))

// HTML writes the reports as one page that needs nothing else: no script, no
// address but its own, and a policy that forbids both.
func (rs Reports) HTML(w io.Writer) error {
	p := page{Reports: rs, Style: template.CSS(htmlStyle), StyleHash: styleHash()}
	var shown []pavise.Severity
	for i, r := range rs {
		s := newSection(r, i, len(rs) > 1)
		p.Sections = append(p.Sections, s)
		shown = append(shown, s.shown()...)
	}
	p.Filter = choice{len(shown), sharesOf(shown)}
	if !p.Many() {
		p.Sections[0].Filter = &p.Filter
	}
	return htmlTemplate.Execute(w, p)
}

// styleHash is what lets the page's own style through its policy (CSP3 2.3.1).
func styleHash() string {
	sum := sha256.Sum256([]byte(htmlStyle))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// A page is what the template is given.
type page struct {
	Reports
	Sections  []section
	Filter    choice
	Style     template.CSS
	StyleHash string
}

// A choice shows the failed rules of one severity alone. It is of radio buttons and
// style, so that the page needs no script.
type choice struct {
	Rules      int
	Severities []share
}

// Title is that of the window.
func (p page) Title() string {
	if len(p.Reports) == 1 {
		return fmt.Sprintf("%s: %s", p.Reports[0].Verdict, p.Reports[0].Target)
	}
	return p.Summary()
}

// Many reports whether there is more than one site, and so a summary above them.
func (p page) Many() bool { return len(p.Reports) != 1 }

// A section is what the template is given of one site.
type section struct {
	*Report
	ID         string
	below      int     // a summary: its headings stand that much lower
	Filter     *choice // where there is no summary that bears it
	Steps      []step
	Failures   []rule
	Upgrades   []upgrade // of packages, which the page tells in place of their rules
	Rest       []rule    // of the failures
	Severities []share
	Families   []familyBar
	Unknown    groups
	Skipped    groups
	Passed     groups
}

func newSection(r *Report, n int, many bool) section {
	rules := r.rules()
	s := section{
		Report:   r,
		ID:       fmt.Sprintf("site-%d", n+1),
		Steps:    r.steps(rules),
		Failures: withOutcome(rules, pavise.Fail),
		Families: familyBars(rules),
		Unknown:  families(withOutcome(rules, pavise.Unknown)),
		Skipped:  families(withOutcome(rules, pavise.Skip)),
		Passed:   families(withOutcome(rules, pavise.Pass)),
	}
	if many {
		s.below = 1
	}
	worstFirst(s.Failures)
	about, rest := dependencies(s.Failures)
	s.Upgrades, s.Rest = upgrades(about), rest
	s.Severities = shares(s.Failures)
	return s
}

// shown are the severities of what the page tells as failing, a card each.
func (s section) shown() []pavise.Severity {
	var list []pavise.Severity
	for _, u := range s.Upgrades {
		list = append(list, u.Severity())
	}
	for _, r := range s.Rest {
		list = append(list, r.Severity)
	}
	return list
}

// OnDisk reports whether it is of a project or a host, and not of a site alone.
func (s section) OnDisk() bool { return s.Profile.OnDisk() }

// Looked says what of it was read, and by what it was judged.
func (s section) Looked() []string { return s.Inventory.looked() }

// Overdue says how many fixes are late.
func (s section) Overdue() string { return s.Inventory.overdue() }

// Clock and Places tell of an upgrade what depends on the report.
func (s section) Clock(u upgrade) string { return u.Clock(s.Started) }

// Places are where a package stands, as far as the page tells them.
func (s section) Places(u upgrade) []string { told, _ := u.Ways(maxPagePlaces); return told }

// PlacesBeyond is how many it does not tell.
func (s section) PlacesBeyond(u upgrade) int { _, n := u.Ways(maxPagePlaces); return n }

// Level is the level of a heading that would be n in a page of one site.
func (s section) Level(n int) int { return n + s.below }

// Headline says the verdict in a sentence.
func (s section) Headline() string {
	grave := len(which(s.Failures, func(r rule) bool { return r.Severity > pavise.Info }))
	fails := pavise.Plural(grave, "rule") + " to mend"
	if info := len(s.Failures) - grave; info > 0 {
		fails += fmt.Sprintf(", and %d for information", info)
	}
	switch {
	case s.Preflight():
		return map[pavise.Outcome]string{pavise.Fail: "Would fail a PCI scan", pavise.Pass: "Would pass a PCI scan, as far as was looked at",
			pavise.Unknown: "Not known whether it would pass a PCI scan"}[s.Verdict]
	case s.Verdict == pavise.Fail:
		return "Fails: " + fails
	case s.Verdict == pavise.Pass && len(s.Failures) > 0:
		return "Passes: what fails is for information"
	case s.Verdict == pavise.Pass && s.Counts.Accepted > 0:
		return "Passes: what fails is accepted"
	case s.Verdict == pavise.Pass:
		return "Passes: everything that was looked at holds"
	}
	return "Not known: nothing failed, but not everything could be looked at"
}

// Grading shows the method of the grade to the template.
func (s section) Grading() string { return s.grading() }

// Tone names the colour of the grade.
func (s section) Tone() string {
	if len(s.Failures) > 0 {
		return s.Failures[0].Severity.String()
	}
	return s.Verdict.String()
}

// Preflight reports whether the verdict is by the rules of a PCI scan.
func (s section) Preflight() bool { return s.Profile == PCI && s.PCI != nil }

// Accepts are the places that fail and for which somebody answers.
func (s section) Accepts() []string { return s.acceptances() }

// Day is when the look began, as people write it.
func (s section) Day() string { return s.Started.Format("2 January 2006, 15:04 UTC") }

// IsNew reports whether the rule fails where it did not before.
func (r rule) IsNew() bool { return r.Change == Appeared }

// Shown and Hidden are the places of a rule that the page tells, and how many it does
// not.
func (r rule) Shown() []Finding { return r.Places[:min(len(r.Places), maxPagePlaces)] }
func (r rule) Hidden() int      { return len(r.Places) - len(r.Shown()) }

// Others are the other places of the finding that the page tells, and Beyond is how
// many it does not.
func (f Finding) Others() []pavise.Place { told, _ := f.also(maxPagePlaces); return told }
func (f Finding) Beyond() int            { _, n := f.also(maxPagePlaces); return n }

// maxPagePlaces is how many places of one rule a page tells.
const maxPagePlaces = 20

// Life says how long a certificate is still good at a moment.
func (s section) Life(c Certificate) string {
	switch days := int(c.Ends.Sub(s.Started).Hours() / 24); {
	case c.Ends.IsZero():
		return ""
	case c.Ends.Before(s.Started):
		return "it has ended"
	default:
		return "ends in " + pavise.Plural(days, "day")
	}
}

// gravest are the vulnerabilities that a page tells: those that fail a scan first, and
// the higher scores before the lower.
func gravest(list []Vulnerability) []Vulnerability {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Vulnerability) int {
		return cmp.Or(cmp.Compare(b.Outcome, a.Outcome), cmp.Compare(b.Score, a.Score))
	})
	return first(list)
}
