package mend

import (
	"strings"
	"testing"
	"time"

	"pavise"
)

func TestDecide(t *testing.T) {
	until := time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)
	accept := Acceptance{Rule: "project.dependencies.high", Place: "package-lock.json", Advisory: "GHSA-qs", Reason: "only at build: \"yes\"", Owner: "Ada", Until: until}
	text, err := Decide(nil, []Acceptance{accept}, []Decision{{"npm qs", Override, []string{"GHSA-qs", "GHSA-x"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := decisionsHead + `
accept:
  - rule: project.dependencies.high
    place: package-lock.json
    advisory: GHSA-qs
    reason: 'only at build: "yes"'
    owner: Ada
    until: 2027-01-31
choices:
  - package: npm qs
    choice: override
    advisories: [GHSA-qs, GHSA-x]
`
	if strings.ReplaceAll(string(text), "\n\n", "\n") != strings.ReplaceAll(want, "\n\n", "\n") {
		t.Errorf("it is\n%s", text)
	}
}

func TestDecideKeepsWhatStands(t *testing.T) {
	text := `# ours
choices:
  # because of the client
  - package: npm zlib # really
    choice: skip
    advisories: [A]
  - package: npm qs
    choice: skip
    advisories: [A]
`
	got, err := Decide([]byte(text), nil, []Decision{{"npm qs", Override, []string{"A", "B"}}, {"Go golang.org/x/net", Same, []string{"G"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := `# ours
choices:
  - package: Go golang.org/x/net
    choice: same
    advisories: [G]
  - package: npm qs
    choice: override
    advisories: [A, B]
  # because of the client
  - package: npm zlib # really
    choice: skip
    advisories: [A]
`
	if string(got) != want {
		t.Errorf("it is\n%s", got)
	}
	if _, err := Decide([]byte("- a\n"), nil, nil); err == nil || !strings.Contains(err.Error(), "must be a map") {
		t.Errorf("a list gave %v", err)
	}
}

func TestApply(t *testing.T) {
	p := &Problem{Ecosystem: pavise.NPM, Name: "qs", Default: 0, Choices: []Choice{{Kind: Same}, {Kind: Override}},
		Findings: []pavise.Finding{{Dependency: &pavise.Dependency{Advisory: "A"}}}}
	for _, c := range []struct {
		name string
		d    Decision
		want int
	}{
		{"another package", Decision{"npm x", Override, []string{"A"}}, 0},
		{"something new is known", Decision{"npm qs", Override, []string{"B"}}, 0},
		{"no such choice any more", Decision{"npm qs", Major, []string{"A"}}, 0},
		{"as last time", Decision{"npm qs", Override, []string{"A", "B"}}, 1},
	} {
		p.Default = 0
		if applied := p.Apply([]Decision{c.d}); p.Default != c.want || applied != (c.want == 1) {
			t.Errorf("%s: the default is %d", c.name, p.Default)
		}
	}
}
