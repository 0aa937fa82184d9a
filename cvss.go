package pavise

import (
	"fmt"
	"math"
	"strings"
)

// A CVSS is the base metrics of a vector that was read: of version 4.0, of 3.1, of 3.0,
// which scores alike, or of 2, which old advisories alone have.
type CVSS struct {
	version string
	metrics map[string]byte
}

// metricNames are the base metrics, in the order of the specifications.
var metricNames = map[string][]string{
	"4": {"AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"},
	"3": {"AV", "AC", "PR", "UI", "S", "C", "I", "A"},
	"2": {"AV", "AC", "Au", "C", "I", "A"},
}

// metricValues are the legal values of each metric. What versions 3 and 4 have beside the
// base metrics may stand there, and changes no base score (CVSS 3.1 7.2, 7.3; 4.0 1.2).
var metricValues = map[string]map[string]string{
	"4": {"AV": "NALP", "AC": "LH", "AT": "NP", "PR": "NLH", "UI": "NPA",
		"VC": "HLN", "VI": "HLN", "VA": "HLN", "SC": "HLN", "SI": "HLN", "SA": "HLN",
		"E": "XAPU", "CR": "XHML", "IR": "XHML", "AR": "XHML",
		"MAV": "XNALP", "MAC": "XLH", "MAT": "XNP", "MPR": "XNLH", "MUI": "XNPA",
		"MVC": "XHLN", "MVI": "XHLN", "MVA": "XHLN", "MSC": "XHLN", "MSI": "XSHLN", "MSA": "XSHLN",
		"S": "XNP", "AU": "XNY", "R": "XAUI", "V": "XDC", "RE": "XLMH", "U": "XCGAR"},
	"3": {"AV": "NALP", "AC": "LH", "PR": "NLH", "UI": "NR", "S": "UC", "C": "HLN", "I": "HLN", "A": "HLN",
		"E": "XHFPU", "RL": "XUWTO", "RC": "XCRU", "CR": "XHML", "IR": "XHML", "AR": "XHML",
		"MAV": "XNALP", "MAC": "XLH", "MPR": "XNLH", "MUI": "XNR", "MS": "XUC", "MC": "XNLH", "MI": "XNLH", "MA": "XNLH"},
	"2": {"AV": "LAN", "AC": "HML", "Au": "MSN", "C": "NPC", "I": "NPC", "A": "NPC"},
}

// urgencies are written out in version 4.0, as nothing else is: U:Amber.
var urgencies = map[string]string{"Clear": "C", "Green": "G", "Amber": "A", "Red": "R"}

// maxVector is longer than any vector with every metric.
const maxVector = 200

// ParseCVSS reads a vector such as CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N,
// or AV:N/AC:L/Au:N/C:P/I:N/A:N of version 2.
func ParseCVSS(vector string) (CVSS, error) {
	if len(vector) > maxVector {
		return CVSS{}, fmt.Errorf("cvss: a vector has at most %d bytes, not %d", maxVector, len(vector))
	}
	c := CVSS{version: "2", metrics: map[string]byte{}}
	body := vector
	if prefixed, ok := strings.CutPrefix(vector, "CVSS:"); ok {
		number, rest, _ := strings.Cut(prefixed, "/")
		if number != "4.0" && number != "3.1" && number != "3.0" {
			return CVSS{}, fmt.Errorf("cvss: version must be 4.0, 3.1 or 3.0, not %q", number)
		}
		c.version, body = number[:1], rest
	}
	for pair := range strings.SplitSeq(body, "/") {
		if err := c.read(pair); err != nil {
			return CVSS{}, fmt.Errorf("cvss: %w in %q", err, vector)
		}
	}
	for _, name := range metricNames[c.version] {
		if c.metrics[name] == 0 {
			return CVSS{}, fmt.Errorf("cvss: there is no %s in %q", name, vector)
		}
	}
	return c, nil
}

// read takes in one metric.
func (c CVSS) read(pair string) error {
	name, value, _ := strings.Cut(pair, ":")
	values, ok := metricValues[c.version][name]
	if short := urgencies[value]; name == "U" && short != "" {
		value = short
	}
	switch {
	case !ok:
		return fmt.Errorf("there is no metric %q", name)
	case len(value) != 1 || !strings.Contains(values, value):
		return fmt.Errorf("%s must be one of %s, not %q", name, strings.Join(strings.Split(values, ""), ", "), value)
	case c.metrics[name] != 0:
		return fmt.Errorf("%s stands twice", name)
	}
	c.metrics[name] = value[0]
	return nil
}

// Score is the base score, from 0 to 10 with one decimal.
func (c CVSS) Score() float64 {
	switch c.version {
	case "":
		return 0
	case "2":
		return c.second()
	case "4":
		return c.fourth()
	}
	changed := c.metrics["S"] == 'C'
	iss := 1 - (1-c.weight("C"))*(1-c.weight("I"))*(1-c.weight("A"))
	impact := 6.42 * iss
	if changed {
		impact = 7.52*(iss-0.029) - 3.25*math.Pow(iss-0.02, 15)
	}
	if impact <= 0 {
		return 0
	}
	total := impact + 8.22*c.weight("AV")*c.weight("AC")*c.privileges(changed)*c.weight("UI")
	if changed {
		total *= 1.08
	}
	return roundUp(min(total, 10))
}

// weights are those of CVSS 3.1 7.4.
var weights = map[string]map[byte]float64{
	"AV": {'N': 0.85, 'A': 0.62, 'L': 0.55, 'P': 0.2},
	"AC": {'L': 0.77, 'H': 0.44},
	"UI": {'N': 0.85, 'R': 0.62},
	"C":  {'H': 0.56, 'L': 0.22},
	"I":  {'H': 0.56, 'L': 0.22},
	"A":  {'H': 0.56, 'L': 0.22},
}

func (c CVSS) weight(name string) float64 { return weights[name][c.metrics[name]] }

func (c CVSS) privileges(changed bool) float64 {
	switch c.metrics["PR"] {
	case 'L':
		if changed {
			return 0.68
		}
		return 0.62
	case 'H':
		if changed {
			return 0.5
		}
		return 0.27
	}
	return 0.85
}

// roundUp is Roundup of CVSS 3.1 Appendix A, in whole numbers so that every
// machine comes to the same.
func roundUp(x float64) float64 {
	n := int(math.Round(x * 100000))
	if n%10000 == 0 {
		return float64(n) / 100000
	}
	return float64(n/10000+1) / 10
}

// secondWeights are those of CVSS 2 3.2.1.
var secondWeights = map[string]map[byte]float64{
	"AV": {'L': 0.395, 'A': 0.646, 'N': 1},
	"AC": {'H': 0.35, 'M': 0.61, 'L': 0.71},
	"Au": {'M': 0.45, 'S': 0.56, 'N': 0.704},
	"C":  {'P': 0.275, 'C': 0.66},
	"I":  {'P': 0.275, 'C': 0.66},
	"A":  {'P': 0.275, 'C': 0.66},
}

// second is the score by CVSS 2 3.2.1.
func (c CVSS) second() float64 {
	w := func(name string) float64 { return secondWeights[name][c.metrics[name]] }
	impact := 10.41 * (1 - (1-w("C"))*(1-w("I"))*(1-w("A")))
	if impact == 0 {
		return 0
	}
	exploitability := 20 * w("AV") * w("AC") * w("Au")
	return math.Round((0.6*impact+0.4*exploitability-1.5)*1.176*10) / 10
}

// Severity is the band of the score, by CVSS 3.1 5 and 4.0 6; one that does no harm is Info.
// Version 2 had no bands, and is judged by those of 3.1.
func (c CVSS) Severity() Severity {
	switch score := c.Score(); {
	case score >= 9:
		return Critical
	case score >= 7:
		return High
	case score >= 4:
		return Medium
	case score > 0:
		return Low
	}
	return Info
}

// PureDenial reports that nothing but availability is harmed, for which no PCI
// scan fails (ASV Program Guide 4.0, vulnerability severity levels).
func (c CVSS) PureDenial() bool {
	if c.version == "4" {
		return c.metrics["VC"] == 'N' && c.metrics["VI"] == 'N' && c.metrics["SC"] == 'N' && c.metrics["SI"] == 'N' &&
			(c.metrics["VA"] != 'N' || c.metrics["SA"] != 'N')
	}
	return c.metrics["C"] == 'N' && c.metrics["I"] == 'N' && c.metrics["A"] != 'N'
}
