package report

import (
	"slices"
	"strings"
	"testing"

	"pavise"
)

// TestSteps: what makes the verdict true comes first, then what is worst.
func TestSteps(t *testing.T) {
	in := diskInput()
	in.Controls = append(in.Controls, control("project.other", statement("project.dependencies.data", pavise.Medium, "What is known is new enough", "", "pavise db update", "", "")))
	in.Findings = append(in.Findings, pavise.Unlooked("project.dependencies.data", "npm",
		"there are no advisories about 1 package: @who/ever 1.0.0; pavise db update fetches them"))
	in.Evidence.Project.Unread = append(in.Evidence.Project.Unread, pavise.Unread{What: "web/package-lock.json:3", Why: "it is broken", For: []string{"project.lockfile"}})
	r := New(in)
	steps := r.steps(r.rules())
	var list []string
	for _, s := range steps {
		list = append(list, s.Do)
	}
	want := []string{"pavise db update", "mend web/package-lock.json:3", "mend app.js:12", "pavise audit --fix", "pavise audit --fix=settings", "pavise audit --host --fix=settings"}
	if !slices.Equal(list, want) {
		t.Errorf("the steps are\n%q, want\n%q", list, want)
	}
	if why := steps[0].Why; why != "there are no advisories about 1 package" { // and no name that a stranger chose
		t.Errorf("the first is because %q", why)
	}
	in.Profile = ""
	if r := New(in); r.steps(r.rules()) != nil {
		t.Error("a site is given steps that are for what is on disk")
	}
	var text strings.Builder
	in.Profile = Disk
	if err := New(in).Text(&text, TextOptions{Width: 80}); err != nil || !strings.HasSuffix(text.String(), "first: pavise db update\n") {
		t.Errorf("the text ends otherwise (%v): %s", err, text.String())
	}
}
