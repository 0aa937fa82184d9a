package report

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"pavise"
)

// Reports are those of one run, a target each.
type Reports []*Report

// Formats are the forms a report is written in.
var Formats = []string{"text", "json", "sarif", "junit", "markdown", "html"}

// FormatOf tells by the ending of a file's name what is to be written into it. A name
// without an ending is for text.
func FormatOf(file string) (format string, known bool) {
	switch strings.ToLower(filepath.Ext(file)) {
	case "", ".txt":
		return "text", true
	case ".json":
		if strings.HasSuffix(strings.ToLower(file), ".sarif.json") {
			return "sarif", true
		}
		return "json", true
	case ".sarif":
		return "sarif", true
	case ".xml":
		return "junit", true
	case ".md", ".markdown":
		return "markdown", true
	case ".html", ".htm":
		return "html", true
	}
	return "", false
}

// Write writes the reports in one of the formats; the options are for text.
func (rs Reports) Write(w io.Writer, format string, opt TextOptions) error {
	switch format {
	case "text":
		return rs.Text(w, opt)
	case "json":
		return rs.JSON(w)
	case "sarif":
		return rs.SARIF(w)
	case "junit":
		return rs.JUnit(w)
	case "markdown":
		return rs.Markdown(w)
	case "html":
		return rs.HTML(w)
	}
	return fmt.Errorf("report: there is no format %q", format)
}

// Verdict is the worst of all: Fail before Unknown before Pass. No report at all is no
// pass.
func (rs Reports) Verdict() pavise.Outcome {
	var c Counts
	for _, r := range rs {
		c.add(r.Verdict)
	}
	return verdict(c)
}

// Summary says in a line what became of the run.
func (rs Reports) Summary() string {
	if len(rs) == 1 {
		return fmt.Sprintf("%s: grade %s", rs[0].Verdict, rs[0].Grade)
	}
	var c Counts
	for _, r := range rs {
		c.add(r.Verdict)
	}
	return fmt.Sprintf("%s: %d fail, %d unknown, %d pass", pavise.Plural(len(rs), "site"), c.Fail, c.Unknown, c.Pass)
}
