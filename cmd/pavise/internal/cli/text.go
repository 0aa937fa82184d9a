package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"pavise/report"
)

// TextFor suits a text to where it goes (https://no-color.org).
func TextFor(w io.Writer) report.TextOptions {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return report.TextOptions{}
	}
	width, _, _ := term.GetSize(int(file.Fd()))
	return report.TextOptions{Width: min(width, 120), Color: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// Clean takes out of a text what a terminal would take for a command.
func Clean(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f || c >= 0x80 && c < 0xa0 {
			return -1
		}
		return c
	}, s)
}

// Entry writes a line of a list, such as status is.
func Entry(w io.Writer, what, format string, args ...any) {
	fmt.Fprintf(w, "  %-12s %s\n", what, report.Line(fmt.Sprintf(format, args...)))
}

// Indented writes JSON for a person too.
func Indented(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
