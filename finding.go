package pavise

import (
	"fmt"
	"slices"
	"strings"
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
	// Also are the other places where it fails, at most [MaxAlso], More is how many
	// there are beyond, and Of how many were looked at.
	Also     []Place
	More, Of int
	// Dependency says more of a package; nil of anything else.
	Dependency *Dependency
}

// MaxAlso bounds the places that are named beside the first.
const MaxAlso = 100

// A Place is one where a rule fails, and the line for the shell that shows it.
type Place struct {
	Where   string `json:"where"`
	Saw     string `json:"saw"`
	Command string `json:"command,omitempty"`
}

// Gather makes one finding of those of one rule that fail, of so many looked at.
func Gather(failed []Finding, looked int) Finding {
	f := failed[0]
	f.Of = looked
	for _, other := range failed[1:] {
		if len(f.Also) == MaxAlso {
			f.More++
			continue
		}
		f.Also = append(f.Also, Place{other.Where, other.Saw, other.Proof.Command})
	}
	return f
}

// A Verdict is what a rule comes to at one thing, and what was seen of it, or why it is
// skipped or nobody could look.
type Verdict struct {
	Outcome Outcome
	Saw     string
}

// Finding is the verdict as a finding of a rule in a place. What was not looked at has
// no proof.
func (v Verdict) Finding(rule, where, want string, proof Proof) Finding {
	switch v.Outcome {
	case Skip:
		return Skipped(rule, where, v.Saw)
	case Unknown:
		return Unlooked(rule, where, v.Saw)
	}
	return Finding{Rule: rule, Outcome: v.Outcome, Where: where, Saw: v.Saw, Want: want, Proof: proof}
}

// Skipped is a finding for a rule that does not apply here.
func Skipped(rule, where, why string) Finding {
	return Finding{Rule: rule, Outcome: Skip, Where: where, Saw: why}
}

// Unlooked is a finding for a rule that could not be looked at.
func Unlooked(rule, where, why string) Finding {
	return Finding{Rule: rule, Where: where}.unknown(why)
}

func (f Finding) unknown(why string) Finding {
	f.Outcome, f.Saw = Unknown, "could not look: "+why
	return f
}

// Clip shortens what a stranger wrote to at most so many bytes, and a mark.
func Clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// Plural is a number of things: "1 rule", "2 rules", "3 processes".
func Plural(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "s"):
		return fmt.Sprintf("%d %ses", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func unmarshalName[T ~int](b []byte, names []string, v *T) error {
	i := slices.Index(names, string(b))
	if i < 1 {
		return fmt.Errorf("%q is none of %q", b, names[1:])
	}
	*v = T(i)
	return nil
}
