package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"strings"

	"pavise"
)

// The part of the JUnit form that the servers that read it agree about.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"timestamp,attr,omitempty"`
		Hostname string      `xml:"hostname,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string     `xml:"name,attr"`
		Class   string     `xml:"classname,attr"`
		Failure *junitSaid `xml:"failure"`
		Error   *junitSaid `xml:"error"`
		Skipped *junitSaid `xml:"skipped"`
	}
	junitSaid struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes a testsuite for every family of every target, and a testcase for every
// rule: one that fails is a failure, one that nobody could look at an error, and one
// that does not apply, is accepted or is only for information is skipped.
func (rs Reports) JUnit(w io.Writer) error {
	all := junitSuites{Name: "pavise"}
	for _, r := range rs {
		suites := r.junitPreflight()
		for _, g := range families(r.rules()) {
			suites = append(suites, r.junitSuite(g))
		}
		for _, s := range suites {
			all.Tests += s.Tests
			all.Failures += s.Failures
			all.Errors += s.Errors
			all.Skipped += s.Skipped
			all.Suites = append(all.Suites, s)
		}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (r *Report) junitSuite(g group) junitSuite {
	s := junitSuite{Name: r.Target + " " + g.Name, Tests: len(g.Rules), Hostname: hostOf(r.Target)}
	if !r.Started.IsZero() {
		s.Time = r.Started.Format("2006-01-02T15:04:05")
	}
	for _, rule := range g.Rules {
		c := junitCase{Name: rule.Rule, Class: rule.Control}
		switch {
		case rule.accepted():
			s.Skipped++
			c.Skipped = &junitSaid{Message: "accepted: " + rule.Accepted.says(), Text: junitText(rule)}
		case rule.Severity == pavise.Info && rule.Outcome != pavise.Pass: // breaks no build
			s.Skipped++
			c.Skipped = &junitSaid{Message: "for information: " + rule.Saw}
		case rule.Outcome == pavise.Fail:
			s.Failures++
			c.Failure = &junitSaid{titleOf(rule.Finding), rule.Severity.String(), junitText(rule)}
		case rule.Outcome == pavise.Unknown:
			s.Errors++
			c.Error = &junitSaid{Message: rule.Saw, Type: "unknown"}
		case rule.Outcome == pavise.Skip:
			s.Skipped++
			c.Skipped = &junitSaid{Message: rule.Saw}
		}
		s.Cases = append(s.Cases, c)
	}
	return s
}

// junitPreflight is a suite of one case, the verdict of a PCI scan, where that is what
// was asked for: more may stand against it than rules that fail.
func (r *Report) junitPreflight() []junitSuite {
	if r.Profile != PCI || r.PCI == nil {
		return nil
	}
	s := junitSuite{Name: r.Target + " PCI scan preflight", Tests: 1, Hostname: hostOf(r.Target)}
	c := junitCase{Name: r.PCI.Notice, Class: "pci"}
	said := &junitSaid{Message: strings.Join(r.PCI.Why, " "), Text: strings.Join(r.PCI.Interference, "\n")}
	switch r.PCI.Verdict {
	case pavise.Fail:
		s.Failures, c.Failure = 1, said
	case pavise.Unknown:
		s.Errors, c.Error = 1, said
	}
	s.Cases = []junitCase{c}
	return []junitSuite{s}
}

// hostOf is the host of an address, or the address where it has none.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return address
}

// junitText shows the places of a failure.
func junitText(rule rule) string {
	var b strings.Builder
	for _, f := range rule.shown() {
		fmt.Fprintf(&b, "\nwhere: %s\nsaw: %s\n", f.Where, f.Saw)
		if f.Want != "" {
			fmt.Fprintf(&b, "want: %s\n", f.Want)
		}
		told, beyond := f.also(maxPlaces - 1)
		for _, p := range told {
			fmt.Fprintf(&b, "also at: %s\n", f.elsewhere(p))
		}
		if beyond > 0 {
			fmt.Fprintf(&b, "and at %d more\n", beyond)
		}
		if f.Proof.Command != "" {
			fmt.Fprintf(&b, "proof: %s\n", f.Proof.Command)
		}
	}
	if n := rule.hidden(); n > 0 {
		fmt.Fprintf(&b, "\nand in %s\n", pavise.Plural(n, "more place"))
	}
	return b.String()
}
