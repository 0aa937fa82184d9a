package pavise

import (
	"strings"
	"testing"
)

// published are vectors with the scores that FIRST gives in its examples
// (first.org/cvss/v4.0/examples, first.org/cvss/v3.1/examples, first.org/cvss/v3.0/examples) and NVD in the record
// of the CVE.
var published = []struct {
	cve, vector string
	score       float64
	severity    Severity
}{
	{"CVE-2013-1937", "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1, Medium},
	{"CVE-2013-0375", "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4, Medium},
	{"CVE-2014-3566", "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1, Low},
	{"CVE-2012-1516", "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 9.9, Critical},
	{"CVE-2009-0783", "CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L", 4.2, Medium},
	{"CVE-2012-0384", "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 8.8, High},
	{"CVE-2015-1098", "CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", 7.8, High},
	{"CVE-2014-0160", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5, High},
	{"CVE-2014-6271", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8, Critical},
	{"CVE-2008-1447", "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:N/I:H/A:N", 6.8, Medium},
	{"CVE-2014-2005", "CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 6.8, Medium},
	{"CVE-2010-0467", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:L/I:N/A:N", 5.8, Medium},
	{"CVE-2012-1342", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:N/I:L/A:N", 5.8, Medium},
	{"CVE-2013-6014", "CVSS:3.0/AV:A/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:H", 9.3, Critical},
	{"CVE-2014-9253", "CVSS:3.0/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N", 5.4, Medium},
	{"CVE-2011-1265", "CVSS:3.0/AV:A/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 8.8, High},
	{"CVE-2014-2019", "CVSS:3.0/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N", 4.6, Medium},
	{"CVE-2015-0970", "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", 8.8, High},
	{"CVE-2014-0224", "CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N", 7.4, High},
	{"CVE-2012-5376", "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H", 9.6, Critical},
	{"CVE-2016-5729", "CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:C/C:H/I:H/A:H", 8.2, High},
	{"CVE-2016-2183", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5, High},
	{"CVE-2013-2566", "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N", 5.9, Medium},
	{"CVE-2021-44228", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10, Critical},
	{"CVE-2014-0160", "AV:N/AC:L/Au:N/C:P/I:N/A:N", 5, Medium},
	{"CVE-2015-1098", "AV:N/AC:M/Au:N/C:P/I:P/A:P", 6.8, Medium},
	{"CVE-2014-2005", "AV:L/AC:M/Au:N/C:C/I:C/A:C", 6.9, Medium},
	{"CVE-2013-6014", "AV:A/AC:L/Au:N/C:N/I:C/A:N", 6.1, Medium},
	{"CVE-2014-9253", "AV:N/AC:M/Au:N/C:N/I:P/A:N", 4.3, Medium},
	{"CVE-2009-0658", "AV:N/AC:M/Au:N/C:C/I:C/A:C", 9.3, Critical},
	{"CVE-2011-1265", "AV:A/AC:L/Au:N/C:C/I:C/A:C", 8.3, High},
	{"no harm", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:N/I:N/A:N", 0, Info},
	{"no harm", "AV:N/AC:L/Au:N/C:N/I:N/A:N", 0, Info},
	{"CVE-2022-41741", "CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.3, High},
	{"CVE-2020-3549", "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.7, High},
	{"CVE-2023-3089", "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N", 8.3, High},
	{"CVE-2021-44714", "CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N", 4.6, Medium},
	{"CVE-2022-24682", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", 5.1, Medium},
	{"CVE-2022-22186", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", 6.9, Medium},
	{"CVE-2023-21989", "CVSS:4.0/AV:L/AC:L/AT:N/PR:H/UI:N/VC:N/VI:N/VA:N/SC:H/SI:N/SA:N", 5.9, Medium},
	{"an example", "CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 9.4, Critical},
	{"an example", "CVSS:4.0/AV:P/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:H/SA:N/S:P/V:D", 8.3, High},
	{"an example", "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:N/VA:N/SC:H/SI:L/SA:H", 6.4, Medium},
	{"an example", "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N", 7.1, High},
	{"the worst", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10, Critical},
	{"no harm", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0, Info},
	{"half way", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:P/VC:H/VI:L/VA:N/SC:H/SI:H/SA:H", 8.6, High},
	{"all of 4.0", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U/CR:L/IR:L/AR:L/MAV:P/MSI:S/S:P/AU:Y/R:I/V:C/RE:M/U:Amber", 9.3, Critical},
	{"with more", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N/E:P/RL:O/RC:C/MAV:L", 7.5, High},
}

func TestPublishedScores(t *testing.T) {
	for _, p := range published {
		c, err := ParseCVSS(p.vector)
		if err != nil {
			t.Errorf("%s: %v", p.cve, err)
			continue
		}
		if c.Score() != p.score || c.Severity() != p.severity {
			t.Errorf("%s %s: %v %s, want %v %s", p.cve, p.vector, c.Score(), c.Severity(), p.score, p.severity)
		}
	}
}

func TestBadVectors(t *testing.T) {
	for vector, want := range map[string]string{
		"":                                       `there is no metric ""`,
		"CVSS:4.1/AV:N":                          `version must be 4.0, 3.1 or 3.0, not "4.1"`,
		"CVSS:4.0/AV:N":                          `there is no AC`,
		"CVSS:4.0/U:Re":                          `U must be one of X, C, G, A, R, not "Re"`,
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H":   "there is no I in",
		"CVSS:3.1/AV:X":                          `AV must be one of N, A, L, P, not "X"`,
		"CVSS:3.1/AV:NA":                         `AV must be one of N, A, L, P, not "NA"`,
		"CVSS:3.1/AV:N/AV:L":                     "AV stands twice",
		"CVSS:3.1/Au:N":                          `there is no metric "Au"`,
		"CVSS:3.1/AV":                            `not ""`,
		"AV:N/AC:L/Au:N/C:P/I:P":                 "there is no A in",
		"AV:N/PR:N":                              `there is no metric "PR"`,
		"CVSS:3.1/" + strings.Repeat("E:P/", 50): "at most 200 bytes, not 209",
	} {
		if _, err := ParseCVSS(vector); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %s", vector, err, want)
		}
	}
}

func TestPureDenial(t *testing.T) {
	for vector, want := range map[string]bool{
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H":                    true,
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L":                    true,
		"AV:N/AC:L/Au:N/C:N/I:N/A:P":                                      true,
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:L": true,
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:L/SA:N": false,
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N":                    false,
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:H":                    false,
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:H":                    false,
	} {
		if c, err := ParseCVSS(vector); err != nil || c.PureDenial() != want {
			t.Errorf("%s: %v, %v", vector, c.PureDenial(), err)
		}
	}
}

func TestRuleScore(t *testing.T) {
	if s := (Rule{CVSS: published[0].vector}).Score(); s != 6.1 {
		t.Error(s)
	}
	if s := (Rule{}).Score(); s != 0 {
		t.Errorf("%v without a vector", s)
	}
}

func FuzzParseCVSS(f *testing.F) {
	for _, p := range published {
		f.Add(p.vector)
	}
	f.Fuzz(func(t *testing.T, vector string) {
		c, err := ParseCVSS(vector)
		if err != nil {
			return
		}
		score := c.Score()
		if score < 0 || score > 10 || c.Severity() < Info || c.Severity() > Critical || c.PureDenial() && score == 0 {
			t.Errorf("%q: %v %v", vector, score, c.Severity())
		}
	})
}
