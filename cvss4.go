package pavise

import (
	"math"
	"strings"
)

// The base score of CVSS 4.0 (specification 8.2): vectors of like severity share a score,
// that of the highest of them, and each lies below it by how far it is on the way to the
// vectors of the next lower score. What the vector does not say of threats and of what must
// be protected is the worst, so that two of the six classes, E and the requirements, are
// told by the others.

// highest are the scores of the highest vectors: by EQ1 and EQ2, then by EQ3 and EQ6 (00,
// 01, 10, 11, 21), then by EQ4 (1, 2), as https://www.first.org/cvss/v4.0 gives them.
var highest = [3][2][5][2]float64{
	{{{10, 9.3}, {9.6, 9}, {9.3, 8.8}, {9.2, 8}, {7.9, 6.9}}, {{9.5, 9.2}, {9.1, 8.1}, {9.2, 8.4}, {8.2, 7}, {7.1, 6.3}}},
	{{{9.4, 8.7}, {8.9, 7.5}, {8.6, 7.2}, {7.6, 5.7}, {6.5, 5.3}}, {{9, 7.7}, {7.7, 6.6}, {7.4, 6.1}, {5.9, 5.2}, {5.8, 2.3}}},
	{{{8.6, 7}, {7.4, 5.4}, {7.2, 5.3}, {5.7, 3.6}, {4.7, 2.4}}, {{7.3, 5.4}, {5.5, 4.3}, {6.1, 4.6}, {5.1, 1.8}, {2.4, 1}}},
}

// The places of EQ3 and EQ6 among the highest. 01 and 11 are only ways down here.
const (
	bothHigh = 0 // 00: confidentiality and integrity
	oneHigh  = 2 // 10: one of the three
	noneHigh = 4 // 21
)

// ranks are the values of the metrics, the worst first.
var ranks = map[string]string{"AV": "NALP", "PR": "NLH", "UI": "NPA", "AC": "LH", "AT": "NP",
	"VC": "HLN", "VI": "HLN", "VA": "HLN", "SC": "HLN", "SI": "HLN", "SA": "HLN"}

// A class is one of like severity: its metrics, its highest vectors, and how many steps
// there are in it.
type class struct {
	metrics []string
	maxima  []string
	depth   float64
}

var (
	access     = []string{"AV", "PR", "UI"}
	difficulty = []string{"AC", "AT"}
	vulnerable = []string{"VC", "VI", "VA"}
	subsequent = []string{"SC", "SI", "SA"}

	eq1  = []class{{access, []string{"NNN"}, 1}, {access, []string{"ANN", "NLN", "NNP"}, 4}, {access, []string{"PNN", "ALP"}, 5}}
	eq2  = []class{{difficulty, []string{"LN"}, 1}, {difficulty, []string{"HN", "LP"}, 2}}
	eq36 = map[int]class{bothHigh: {vulnerable, []string{"HHH"}, 7}, oneHigh: {vulnerable, []string{"LHH", "HLH"}, 8}, noneHigh: {vulnerable, []string{"LLL"}, 10}}
	eq4  = []class{{subsequent, []string{"HHH"}, 5}, {subsequent, []string{"LLL"}, 4}}
)

// fourth is the base score of version 4.0.
func (c CVSS) fourth() float64 {
	if c.none(vulnerable) && c.none(subsequent) {
		return 0
	}
	one, two, three, four := c.classes()
	score := highest[one][two][three][four]
	down, ways := 0.0, 1.0 // one way is that of E, along which nothing is gone
	step := func(to float64, in class) {
		down += (score - to) * c.distance(in) / in.depth
		ways++
	}
	if one < 2 {
		step(highest[one+1][two][three][four], eq1[one])
	}
	if two < 1 {
		step(highest[one][two+1][three][four], eq2[two])
	}
	switch three {
	case bothHigh: // two ways lead down: the shorter one counts
		step(max(highest[one][two][1][four], highest[one][two][2][four]), eq36[three])
	case oneHigh:
		step(highest[one][two][3][four], eq36[three])
	}
	if four < 1 {
		step(highest[one][two][three][four+1], eq4[four])
	}
	return math.Round((score-down/ways+1e-6)*10) / 10
}

// classes are EQ1, EQ2, the place of EQ3 with EQ6, and EQ4 from 1 (specification 8.2,
// tables 24 to 28).
func (c CVSS) classes() (one, two, three, four int) {
	is := func(name string, value byte) bool { return c.metrics[name] == value }
	switch near := is("AV", 'N') || is("PR", 'N') || is("UI", 'N'); {
	case is("AV", 'N') && is("PR", 'N') && is("UI", 'N'):
	case near && !is("AV", 'P'):
		one = 1
	default:
		one = 2
	}
	if !is("AC", 'L') || !is("AT", 'N') {
		two = 1
	}
	switch {
	case is("VC", 'H') && is("VI", 'H'):
		three = bothHigh
	case is("VC", 'H') || is("VI", 'H') || is("VA", 'H'):
		three = oneHigh
	default:
		three = noneHigh
	}
	if !is("SC", 'H') && !is("SI", 'H') && !is("SA", 'H') {
		four = 1
	}
	return one, two, three, four
}

// distance is how many steps the vector lies below the first of the highest vectors of its
// class that is in no metric below it.
func (c CVSS) distance(in class) float64 {
	for _, top := range in.maxima {
		steps, below := 0, false
		for i, name := range in.metrics {
			by := strings.IndexByte(ranks[name], c.metrics[name]) - strings.IndexByte(ranks[name], top[i])
			steps, below = steps+by, below || by < 0
		}
		if !below {
			return float64(steps)
		}
	}
	return 0
}

// none reports whether nothing is harmed.
func (c CVSS) none(metrics []string) bool {
	for _, name := range metrics {
		if c.metrics[name] != 'N' {
			return false
		}
	}
	return true
}
