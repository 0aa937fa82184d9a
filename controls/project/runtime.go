package project

import (
	"fmt"
	"time"

	"pavise"
)

// Runtime looks whether the releases that a project asks to be run on still get fixes.
type Runtime struct{}

const (
	ruleRuntime       = "project.runtime.supported"
	ruleRuntimeEnding = "project.runtime.ending"
)

// Doc describes the control.
func (Runtime) Doc() pavise.Doc {
	update := pavise.Fix{Other: "# in package.json, .nvmrc, go.mod or Dockerfile: a release that is supported, such as\nFROM node:24-slim"}
	return pavise.Doc{
		ID:    "project.runtime",
		Title: "A language that gets fixes",
		Why: "The release of Node, PHP, Go or of the image that a project asks for is the one that it runs on for years. " +
			"After its end every flaw of its HTTP and TLS stays open.",
		Verifies: "The releases in engines, .nvmrc, go.mod, composer.json and the FROM lines of Dockerfiles are compared with the dates on which their support ends.",
		Rules: []pavise.Rule{
			{ID: ruleRuntime, Title: "What the project asks to be run on still gets fixes", Severity: pavise.High, Owner: true,
				CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:L",
				References: []string{pciReview, pciPatches, "ASVS 5.0 15.2.1", "CWE-1104"}, Fix: update},
			{ID: ruleRuntimeEnding, Title: "What the project asks to be run on gets fixes for half a year or longer", Severity: pavise.Low, Owner: true,
				References: []string{pciReview, "CWE-1104"}, Fix: update},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Runtime) Validate() error { return nil }

// Probes asks until when each release gets fixes.
func (Runtime) Probes(e *pavise.Evidence) []pavise.Probe { return probesOf(runtimes(e)) }

// Check judges each release by the end of its life.
func (Runtime) Check(e *pavise.Evidence) []pavise.Finding {
	if e.Project == nil {
		return nil
	}
	return ends(e, runtimes(e), ruleRuntime, ruleRuntimeEnding, "no file says on which release it is to be run")
}

func runtimes(e *pavise.Evidence) []dated {
	if e.Project == nil {
		return nil
	}
	var list []dated
	for _, r := range e.Project.Runtimes {
		if r.Version != "" {
			list = append(list, dated{r.Product, r.Version, r.Product + " " + r.Version, pavise.Line(r.File, r.Line), show(r.File, r.Line, r.Version)})
		}
	}
	return list
}

// ends judges releases by the days on which they get their last fix: those that are over
// by the one rule, those that soon are by the other.
func ends(e *pavise.Evidence, list []dated, over, near, none string) []pavise.Finding {
	if len(list) == 0 {
		return []pavise.Finding{pavise.Skipped(over, ".", none), pavise.Skipped(near, ".", none)}
	}
	var found, ending []pavise.Finding
	var alive []string
	for _, d := range list {
		a, why := e.Heard(d.probe())
		switch {
		case a == nil:
			found = append(found, pavise.Unlooked(over, d.where, d.what+" "+why))
			continue
		case !a.Notices.Covers:
			found = append(found, pavise.Unlooked(over, d.where, "nothing is known of the end of life of "+d.what))
			continue
		}
		end, at := endOf(a.Notices), e.Taken
		f := pavise.Finding{Outcome: pavise.Fail, Where: d.where, Want: "a release that gets fixes", Proof: d.proof}
		switch {
		case end != nil && !end.Ended.After(at):
			f.Rule, f.Saw = over, d.what+" gets no more fixes"+since(end.Ended)
		case end != nil && end.Ended.Before(at.Add(soon)):
			f.Rule, f.Saw = near, fmt.Sprintf("%s gets fixes until %s, %d days more", d.what, end.Ended.Format(time.DateOnly), days(end.Ended.Sub(at)))
		default:
			alive = append(alive, d.what)
			continue
		}
		f.Saw += "; by " + source(a.Notices, at)
		f.Proof.Received = end.Source
		if f.Rule == over {
			found = append(found, f)
			continue
		}
		ending = append(ending, f)
		alive = append(alive, d.what)
	}
	return append(settled(over, found, alive), settled(near, ending, alive)...)
}

func since(ended time.Time) string {
	if ended.IsZero() {
		return ""
	}
	return " since " + ended.Format(time.DateOnly)
}

// settled are the findings of a rule; without any it passes by what is alive, and without
// that it does not apply.
func settled(rule string, found []pavise.Finding, alive []string) []pavise.Finding {
	switch {
	case found != nil:
		return found
	case alive == nil:
		return []pavise.Finding{pavise.Skipped(rule, ".", "none is left of which to tell")}
	}
	return []pavise.Finding{{Rule: rule, Outcome: pavise.Pass, Where: ".", Saw: some(alive, 10)}}
}
