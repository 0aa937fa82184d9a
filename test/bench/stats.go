package main

import (
	"slices"
	"time"
)

// A spread is what several rounds have given.
type spread struct{ median, least, most float64 }

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	v := slices.Sorted(slices.Values(values))
	return spread{(v[(len(v)-1)/2] + v[len(v)/2]) / 2, v[0], v[len(v)-1]}
}

// percentile is the least that p percent of all do not exceed.
func percentile(all []time.Duration, p int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(all))
	return v[(len(v)*p+99)/100-1]
}

// values are those of a front under a scenario, a round each.
func values(all []sample, scenario, front string, of func(sample) float64) []float64 {
	var v []float64
	for _, s := range all {
		if s.Scenario == scenario && s.Front == front {
			v = append(v, of(s))
		}
	}
	return v
}

// ratios divides a front by another one, within each round: what slows the machine
// down for a while slows down both.
func ratios(all []sample, scenario, front, by string, of func(sample) float64) []float64 {
	above, below := values(all, scenario, front, of), values(all, scenario, by, of)
	if len(above) != len(below) {
		return nil
	}
	for i := range above {
		above[i] /= below[i]
	}
	return above
}
