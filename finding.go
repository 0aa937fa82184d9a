package pavise

import (
	"fmt"
	"slices"
)

// An Outcome is what a rule comes to.
type Outcome int

// The outcomes. Unknown means that nobody could look; it is never a pass.
const (
	Pass Outcome = iota + 1
	Fail
	Skip // the rule does not apply here
	Unknown
)

var outcomeNames = []string{"", "pass", "fail", "skip", "unknown"}

func (o Outcome) String() string { return outcomeNames[o] }

// MarshalText writes the outcome as its lower-case name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (o *Outcome) UnmarshalText(b []byte) error { return unmarshalName(b, outcomeNames, o) }

// A Finding is what one rule comes to in one place.
type Finding struct {
	Rule    string
	Outcome Outcome
	Where   string // the address looked at
	Saw     string
	Want    string
	Proof   Proof
}

// A Proof lets anybody see it again.
type Proof struct {
	Command  string `json:"command,omitempty"` // a line for the shell
	Sent     string `json:"sent,omitempty"`
	Received string `json:"received,omitempty"`
}

// Judge asks every control that is a Checker what the evidence means.
func Judge(controls []Control, e *Evidence) []Finding {
	var found []Finding
	for _, c := range controls {
		if checker, ok := c.(Checker); ok {
			found = append(found, checker.Check(e)...)
		}
	}
	return found
}

func unmarshalName[T ~int](b []byte, names []string, v *T) error {
	i := slices.Index(names, string(b))
	if i < 1 {
		return fmt.Errorf("%q is none of %q", b, names[1:])
	}
	*v = T(i)
	return nil
}
