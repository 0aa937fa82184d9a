package osv

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// publish writes what came of it between the marks of a file.
func publish(t *testing.T, file string, rows []row, pairs [][2]run) {
	data, err := os.ReadFile(file)
	must(t, err)
	const begin, end = "<!-- measured: advisories -->\n", "<!-- end of measured: advisories -->\n"
	head, rest, ok := strings.Cut(string(data), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s: the marks are gone", file)
	}
	must(t, os.WriteFile(file, []byte(head+begin+page(rows, pairs)+end+tail), 0o644))
}

func page(rows []row, pairs [][2]run) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Of %s, with osv-scanner 1.9.2.\n\n", time.Now().UTC().Format(time.DateOnly))
	b.WriteString("| lockfile | packages | flaws both find | of those that are made | differences, each explained |\n|---|---:|---:|---:|---:|\n")
	for _, r := range rows {
		differ := 0
		for _, n := range r.explained {
			differ += n
		}
		folder, _ := strings.CutPrefix(r.lock, "audit/lockfile/testdata/")
		folder, _ = strings.CutPrefix(folder, "test/agree/osv/testdata/")
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d |\n", folder, r.packages, r.real, r.made, differ)
	}
	b.WriteString("\n")
	for i, e := range explanations {
		var where []string
		for _, r := range rows {
			if n := r.explained[i]; n > 0 {
				where = append(where, fmt.Sprintf("%s (%d)", strings.TrimPrefix(strings.TrimPrefix(r.lock, "audit/lockfile/testdata/"), "test/agree/osv/testdata/"), n))
			}
		}
		fmt.Fprintf(&b, "- %s *%s.*\n", e.why, strings.Join(where, "; "))
	}
	seconds := func(i int) float64 {
		return median(pairs, func(p [2]run) float64 { return p[i].took.Seconds() })
	}
	memory := func(i int) float64 {
		return median(pairs, func(p [2]run) float64 { return float64(p[i].memory) / (1 << 20) })
	}
	fmt.Fprintf(&b, "\nThe whole process, for the lockfile of Apostrophe: Pavise %.2f s and %.0f MB, osv-scanner %.2f s and %.0f MB; %.1f times as fast "+
		"(medians of %d pairs, one after the other).\n", seconds(0), memory(0), seconds(1), memory(1),
		median(pairs, func(p [2]run) float64 { return p[1].took.Seconds() / p[0].took.Seconds() }), len(pairs))
	return b.String()
}
