package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"pavise"
)

//go:embed report.html
var htmlPage string

//go:embed report.css
var htmlStyle string

var htmlTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"title": func(r rule) string { return titleOf(r.Finding) },
	"note":  func() string { return ownerNote },
	"mark":  func(r rule) string { mark, _ := face(r.Outcome); return mark },
}).Parse(htmlPage))

// HTML writes the report as one page that needs nothing else: no script, no
// address but its own, and a policy that forbids both.
func (rs Reports) HTML(w io.Writer) error {
	r := rs[0]
	rules := r.rules()
	failures := withOutcome(rules, pavise.Fail)
	worstFirst(failures)
	return htmlTemplate.Execute(w, page{
		Report:     r,
		Style:      template.CSS(htmlStyle),
		StyleHash:  styleHash(),
		Failures:   failures,
		Severities: shares(failures),
		Unknown:    families(withOutcome(rules, pavise.Unknown)),
		Skipped:    families(withOutcome(rules, pavise.Skip)),
		Passed:     families(withOutcome(rules, pavise.Pass)),
	})
}

// styleHash is what lets the page's own style through its policy (CSP3 2.3.1).
func styleHash() string {
	sum := sha256.Sum256([]byte(htmlStyle))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// A page is what the template is given.
type page struct {
	*Report
	Style      template.CSS
	StyleHash  string
	Failures   []rule
	Severities []share
	Unknown    groups
	Skipped    groups
	Passed     groups
}

// Headline says the verdict in a sentence.
func (p page) Headline() string {
	switch p.Verdict {
	case pavise.Fail:
		return fmt.Sprintf("Fails: %s to mend", count(len(p.Failures), "rule"))
	case pavise.Pass:
		return "Passes: everything that was looked at holds"
	}
	return "Not known: nothing failed, but not everything could be looked at"
}

// Grading shows the method of the grade to the template.
func (p page) Grading() string { return p.grading() }

// Tone names the colour of the grade.
func (p page) Tone() string {
	if len(p.Failures) > 0 {
		return p.Failures[0].Severity.String()
	}
	return p.Verdict.String()
}

// Day is when the look began, as people write it.
func (p page) Day() string { return p.Started.Format("2 January 2006, 15:04 UTC") }

// A share is one piece of the bar: how many of the failed rules are of one
// severity, in thousandths of the width.
type share struct {
	Severity pavise.Severity
	Rules    int
	X, Width int
}

// shares cuts the bar: at least a sliver for each severity that is there.
func shares(failures []rule) []share {
	var list []share
	x := 0
	for s := pavise.Critical; s >= pavise.Low; s-- {
		n := len(which(failures, func(r rule) bool { return r.Severity == s }))
		if n == 0 {
			continue
		}
		width := 1000 * n / len(failures)
		list = append(list, share{Severity: s, Rules: n, X: x, Width: width})
		x += width
	}
	if len(list) > 0 { // what rounding left over
		list[len(list)-1].Width += 1000 - x
	}
	return list
}
