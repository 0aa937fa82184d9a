// Package agree holds Pavise's scan of TLS against two scanners that people trust:
// on each of many configurations of real servers they are asked the same, and where
// they differ the difference is explained or a test fails.
package agree

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"pavise/test/tools"
	"strings"
	"testing"
	"time"
)

var (
	all   = flag.Bool("all", false, "look at every configuration, and not only at those of every test run")
	write = flag.String("write", "", "replace the tables between the marks of this file")
	quiet = log.New(io.Discard, "", 0)
)

// A row is what came of one configuration.
type row struct {
	name          string
	suites        int
	ours, testssl time.Duration
	explained     map[int]int // how many differences, by the number of the explanation
}

func TestAgreement(t *testing.T) {
	for _, debian := range []string{"testssl.sh", "sslscan", "openssl"} {
		tools.Need(t, debian)
	}
	rows := make([]row, len(configurations))
	for i, c := range configurations {
		if c.often == "" && !*all {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			checks := everyCheck
			if !*all {
				t.Parallel() // nobody measures
				checks = c.often
			}
			rows[i] = compare(t, c, checks)
		})
	}
	if *all && *write != "" && !t.Failed() {
		must(t, publish(*write, rows))
	}
}

// compare asks all three scanners about one configuration.
func compare(t *testing.T, c configuration, checks string) row {
	s := server{c.name, c.start(t)}
	us, took := ours(t, s)
	r := row{name: c.name, ours: took, explained: map[int]int{}}
	for _, suites := range us.suites {
		r.suites += len(suites)
	}
	theirs, testsslTook := byTestssl(t, s, checks)
	r.testssl = testsslTook
	for flaw := range strings.FieldsSeq(c.flaws) {
		if !theirs.flaws[flaw] || !us.flaws[flaw] {
			t.Errorf("%s: Pavise %s, testssl.sh %s", flaw, yes(us.flaws[flaw]), yes(theirs.flaws[flaw]))
		}
	}
	if checks == everyCheck && (len(theirs.versions) < len(us.versions) || len(theirs.suites) == 0 || len(theirs.flaws) < 12) {
		t.Errorf("nobody understands testssl.sh any more: %+v", theirs)
	}
	for tool, v := range map[string]view{"sslscan": bySslscan(t, s, c.less), "testssl.sh": theirs} {
		for _, d := range differences(us, v) {
			if i := explain(tool, c.name, d); i >= 0 {
				r.explained[i]++
				continue
			}
			t.Errorf("%s: %s", tool, d)
		}
	}
	return r
}

// publish writes the tables between the marks of a file.
func publish(file string, rows []row) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Of %s, with %s.\n\n", time.Now().UTC().Format(time.DateOnly), strings.Join(versions(), ", "))
	b.WriteString("| server | suites | Pavise | testssl.sh | times as fast | differences |\n|---|---:|---:|---:|---:|---:|\n")
	for _, r := range rows {
		differ := 0
		for _, n := range r.explained {
			differ += n
		}
		fmt.Fprintf(&b, "| %s | %d | %.2f s | %.0f s | %.0f | %d |\n", r.name, r.suites, r.ours.Seconds(), r.testssl.Seconds(),
			r.testssl.Seconds()/r.ours.Seconds(), differ)
	}
	b.WriteString("\n")
	for i, e := range explanations {
		var where []string
		for _, r := range rows {
			if n := r.explained[i]; n > 0 {
				where = append(where, fmt.Sprintf("%s (%d)", r.name, n))
			}
		}
		if where != nil {
			fmt.Fprintf(&b, "- **%s:** %s *%s.*\n", cmp.Or(e.tool, "Both"), e.why, strings.Join(where, "; "))
		}
	}
	const begin, end = "<!-- measured: agreement -->\n", "<!-- end of measured: agreement -->\n"
	head, rest, ok := strings.Cut(string(data), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("%s: the marks are gone", file)
	}
	return os.WriteFile(file, []byte(head+begin+b.String()+end+tail), 0o644)
}
