package main

import (
	"fmt"
	"slices"
	"strings"
)

// results are all that a run has measured.
type results struct {
	Machine machine
	Samples []sample
	Idle    []idle
	Weights []weight
	Points  []point
}

// tables are those of docs/performance.md, by the name in their marker.
func tables(r results) []named {
	all := []named{
		{"machine", machineTable(r.Machine)},
		{"promises", promiseTable(r)},
		{"cpu", cpuTable(r.Samples)},
		{"rate", rateTable(r.Samples)},
		{"latency", latencyTable(r.Samples)},
		{"idle", idleTable(r.Idle)},
		{"requests", weightTable(r.Weights)},
	}
	for _, name := range []string{"sites", "exceptions", "connections", "downloads", "uploads"} {
		all = append(all, named{name, pointTable(name, r.Points)})
	}
	return all
}

// table writes columns for people who read the text itself, too: so many of words,
// and then those of numbers.
func table(words int, head []string, rows [][]string) string {
	width := make([]int, len(head))
	for _, row := range append([][]string{head}, rows...) {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)), 3)
		}
	}
	var b strings.Builder
	write := func(row []string) {
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-len([]rune(cell)))
			if i < words {
				fmt.Fprintf(&b, "| %s%s ", cell, pad)
			} else {
				fmt.Fprintf(&b, "| %s%s ", pad, cell)
			}
		}
		b.WriteString("|\n")
	}
	write(head)
	for i := range head {
		if i < words {
			b.WriteString("|" + strings.Repeat("-", width[i]+2))
		} else {
			b.WriteString("|" + strings.Repeat("-", width[i]+1) + ":")
		}
	}
	b.WriteString("|\n")
	for _, row := range rows {
		write(row)
	}
	return b.String()
}

func machineTable(m machine) string {
	return table(2, []string{"", "run"}, [][]string{
		{"when", m.Date},
		{"revision", m.Revision},
		{"processor", fmt.Sprintf("%s, %d cores", m.CPU, m.Cores)},
		{"kernel", "Linux " + m.Kernel},
		{"load before the run", m.Load},
		{"built with", m.Go},
		{"beside", strings.Join(m.Versions, ", ")},
		{"length", m.Plan},
	})
}

func promiseTable(r results) string {
	var rows [][]string
	for _, p := range promises {
		s := spreadOf(p.values(r))
		verdict := "kept"
		switch {
		case p.kept(r):
		case p.stretch:
			verdict = "not yet"
		default:
			verdict = "**missed**"
		}
		measured := number(s.median)
		if s.least != s.most {
			measured += fmt.Sprintf(" (%s to %s)", number(s.least), number(s.most))
		}
		rows = append(rows, []string{p.what, fmt.Sprintf("%s %s", number(p.most), p.unit), measured, verdict})
	}
	return table(4, []string{"promise", "at most", "measured", ""}, rows)
}

// cpuTable has the CPU time of a request in microseconds and its ratio to nginx's.
func cpuTable(all []sample) string {
	cpu := func(s sample) float64 { return s.CPU }
	return byFront(scenarios, func(scenario, front string) string {
		v := values(all, scenario, front, cpu)
		if v == nil {
			return "–"
		}
		ratio := spreadOf(ratios(all, scenario, front, nginx.name, cpu)).median
		return fmt.Sprintf("%s (%s)", number(spreadOf(v).median), number(ratio))
	})
}

func rateTable(all []sample) string {
	unpaced := slices.DeleteFunc(slices.Clone(scenarios), func(sc scenario) bool { return sc.rate > 0 })
	return byFront(unpaced, func(scenario, front string) string {
		v := values(all, scenario, front, func(s sample) float64 { return s.Rate })
		if v == nil {
			return "–"
		}
		return thousands(int(spreadOf(v).median))
	})
}

// byFront has a row for each server and a column for each scenario.
func byFront(scenarios []scenario, cell func(scenario, front string) string) string {
	head := []string{""}
	for _, sc := range scenarios {
		head = append(head, sc.title)
	}
	var rows [][]string
	for _, f := range fronts {
		row := []string{f.name}
		for _, sc := range scenarios {
			row = append(row, cell(sc.name, f.name))
		}
		rows = append(rows, row)
	}
	return table(1, head, rows)
}

func latencyTable(all []sample) string {
	var rows [][]string
	for _, f := range fronts {
		median := func(of func(sample) float64) string { return number(spreadOf(values(all, "paced", f.name, of)).median) }
		p99 := func(s sample) float64 { return s.P99 }
		rows = append(rows, []string{
			f.name, median(func(s sample) float64 { return s.P50 }), median(p99),
			number(spreadOf(ratios(all, "paced", f.name, nginx.name, p99)).median),
		})
	}
	return table(1, []string{"", "p50, µs", "p99, µs", "p99 × nginx"}, rows)
}

func idleTable(all []idle) string {
	var rows [][]string
	for _, i := range all {
		rows = append(rows, []string{
			i.Front, thousands(i.Connections), megabytes(i.Before), megabytes(i.After), megabytes(i.Rested),
			number(i.each(i.After) / kilo), number(i.each(i.Rested) / kilo),
		})
	}
	return table(1, []string{"", "connections", "before, MB", "with them, MB", "rested, MB", "KB each", "rested, KB each"}, rows)
}

func weightTable(all []weight) string {
	var rows [][]string
	for _, w := range all {
		rows = append(rows, []string{"after " + thousands(w.Requests) + " requests", megabytes(w.Bytes)})
	}
	return table(1, []string{"Pavise", "memory, MB"}, rows)
}

// pointTable has the rows of one table of growth, and the columns that they fill.
func pointTable(name string, all []point) string {
	head := []string{name, "CPU µs a request"}
	var rows [][]string
	for _, p := range all {
		if p.Table != name {
			continue
		}
		row := []string{p.Size, number(p.CPU)}
		head = head[:2]
		if p.PerMB > 0 {
			head = append(head, "CPU µs a MB", "memory at most, MB")
			row = append(row, number(p.PerMB), megabytes(p.Peak))
		}
		if p.P99 > 0 {
			head = append(head, "p99, µs")
			row = append(row, number(p.P99))
		}
		rows = append(rows, row)
	}
	return table(1, head, rows)
}

// number has three digits that count, and no more than two after the point.
func number(v float64) string {
	switch {
	case v >= 100:
		return thousands(int(v + 0.5))
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// kilo is what sizes are counted in, of bodies and of memory.
const kilo = 1 << 10

func megabytes(bytes int64) string { return number(float64(bytes) / kilo / kilo) }

// thousands has commas between them.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
