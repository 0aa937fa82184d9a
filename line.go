package pavise

import (
	"fmt"
	"strings"
)

// Line names a line of a file: "app.js:12". Where the line is not known, 0, it is the
// file alone.
func Line(file string, n int) string {
	if n == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d", file, n)
}

// ShowLine is what the shell shows a line of a file with, whatever the file is called.
func ShowLine(file string, n int) string {
	if strings.HasPrefix(file, "-") { // it would be a flag
		file = "./" + file
	}
	return fmt.Sprintf("sed -n %dp %s", n, Quote(file))
}
