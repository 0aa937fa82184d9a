package site

import (
	"fmt"
	"strings"

	"pavise"
)

// didYouMean is the hint for an unknown word: the known one that is nearest,
// else all of them if they are few.
func didYouMean(word string, known []string) string {
	if k := pavise.Nearest(word, known); k != "" {
		return fmt.Sprintf("did you mean %q?", k)
	}
	return listed(known)
}

// listed names all known words if they are few.
func listed(known []string) string {
	if len(known) == 0 || len(known) > 8 {
		return ""
	}
	return "known here: " + strings.Join(known, ", ")
}
