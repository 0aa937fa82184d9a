package pavise

import (
	"fmt"
	"slices"
	"strings"
)

// An Unread is something that could not be looked at.
type Unread struct {
	What string `json:"what"` // a file, or what it was wanted for
	Why  string `json:"why"`
	// For names the controls that go by it: "project.dependencies". None is all of them.
	For []string `json:"for,omitempty"`
}

// String names it and says why.
func (u Unread) String() string { return strings.TrimSuffix(u.What+": "+u.Why, ": ") }

// Unreads are all that could not be looked at.
type Unreads []Unread

// Of are those by which a control, or one of its rules, goes.
func (list Unreads) Of(ids ...string) Unreads {
	return slices.DeleteFunc(slices.Clone(list), func(u Unread) bool {
		return len(u.For) > 0 && !slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(u.For, id) })
	})
}

// String names the first few, and how many there are beyond; "" is that nothing is missing.
func (list Unreads) String() string {
	const few = 3
	var words []string
	for _, u := range list[:min(len(list), few)] {
		words = append(words, u.String())
	}
	if len(list) > few {
		words = append(words, fmt.Sprintf("and %d more", len(list)-few))
	}
	return strings.Join(words, "; ")
}
