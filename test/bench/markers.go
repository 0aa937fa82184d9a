package main

import (
	"fmt"
	"strings"
)

const markerEnd = "<!-- end -->"

// A named table goes where its name stands in a marker.
type named struct{ name, text string }

// replaceTables puts each table between its markers, and leaves every other byte of
// the page as it is. A table without a place is an error, and so is a marker without
// a table or an end.
func replaceTables(text string, tables []named) (string, error) {
	if n := strings.Count(text, "<!-- table:"); n != len(tables) {
		return "", fmt.Errorf("%d places for %d tables", n, len(tables))
	}
	for _, t := range tables {
		marker := fmt.Sprintf("<!-- table: %s -->", t.name)
		before, rest, found := strings.Cut(text, marker)
		if !found {
			return "", fmt.Errorf("no %s", marker)
		}
		old, after, found := strings.Cut(rest, markerEnd)
		if !found || strings.Contains(old, "<!-- table:") {
			return "", fmt.Errorf("%s has no %s", marker, markerEnd)
		}
		text = before + marker + "\n" + t.text + markerEnd + after
	}
	return text, nil
}
