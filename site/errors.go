package site

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// An Error is one mistake in a file.
type Error struct {
	File         string
	Line, Column int    // from 1, columns in characters
	Text         string // what is wrong
	Hint         string // what would be right, or ""
}

func (e Error) Error() string {
	s := fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Text)
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// Errors are the mistakes in a file, by line.
type Errors []Error

// Error writes a line for each mistake.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i := range e {
		lines[i] = e[i].Error()
	}
	return strings.Join(lines, "\n")
}

// maxErrors bounds what a file that is no configuration at all can cost.
const maxErrors = 100

// fail notes a mistake where the node stands.
func (d *decoder) fail(n *yaml.Node, hint, format string, args ...any) {
	d.failAt(n.Line, n.Column, hint, format, args...)
}

func (d *decoder) failAt(line, column int, hint, format string, args ...any) {
	if len(d.errs) == maxErrors {
		return
	}
	d.errs = append(d.errs, Error{Line: min(max(line, 1), d.lines), Column: max(column, 1),
		Text: fmt.Sprintf(format, args...), Hint: hint})
}

// sorted returns the mistakes in the order of the file, nil if there are none.
func (d *decoder) sorted(file string) error {
	if len(d.errs) == 0 {
		return nil
	}
	for i := range d.errs {
		d.errs[i].File = file
	}
	slices.SortStableFunc(d.errs, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if len(d.errs) == maxErrors {
		d.errs[maxErrors-1].Text, d.errs[maxErrors-1].Hint = "there are more mistakes than are shown", ""
	}
	return d.errs
}
