package main

import (
	"fmt"
	"strings"
)

const markerEnd = "<!-- end -->"

// replaceTables puts each table between its markers, and leaves every other byte of
// the page as it is. A table without a place is an error, and so is a marker without
// an end.
func replaceTables(text string, tables map[string]string) (string, error) {
	for name, table := range tables {
		marker := fmt.Sprintf("<!-- table: %s -->", name)
		before, rest, found := strings.Cut(text, marker)
		if !found || strings.Contains(rest, marker) {
			return "", fmt.Errorf("%s must stand there once", marker)
		}
		old, after, found := strings.Cut(rest, markerEnd)
		if !found || strings.Contains(old, "<!-- table:") {
			return "", fmt.Errorf("%s has no %s", marker, markerEnd)
		}
		text = before + marker + "\n" + table + markerEnd + after
	}
	return text, nil
}
