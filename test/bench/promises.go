package main

// A promise is a number that Pavise is to keep.
type promise struct {
	what    string
	most    float64
	unit    string
	stretch bool // aimed at, not promised
	values  func(results) []float64
}

var promises = []promise{
	{what: "1 KB, HTTP/1.1: CPU per request", most: 3, unit: "× nginx", values: cpuBy("h1", nginx)},
	{what: "the same, the aim beyond", most: 1.5, unit: "× nginx", stretch: true, values: cpuBy("h1", nginx)},
	{what: "1 KB, HTTP/2: CPU per request", most: 4.5, unit: "× nginx", values: cpuBy("h2", nginx)},
	{what: "1 KB, HTTP/2, 10 streams: CPU per request", most: 4.5, unit: "× nginx", values: cpuBy("h2x10", nginx)},
	{what: "1 KB, HTTP/1.1: CPU per request", most: 0.45, unit: "× Caddy with the same headers", values: cpuBy("h1", caddyDressed)},
	{what: "1 MB: CPU per request", most: 1.15, unit: "× nginx", values: cpuBy("file", nginx)},
	{what: "full handshake: CPU per connection", most: 1.15, unit: "× nginx", values: cpuBy("handshake", nginx)},
	{what: "1,000 requests a second: p99", most: 2, unit: "× nginx", values: func(r results) []float64 {
		return ratios(r.Samples, "paced", pavise.name, nginx.name, func(s sample) float64 { return s.P99 })
	}},
	{what: "an idle connection", most: 25, unit: "KB", values: func(r results) []float64 {
		for _, i := range r.Idle {
			if i.Front == pavise.name {
				return []float64{max(i.each(i.After), i.each(i.Rested)) / kilo}
			}
		}
		return nil
	}},
}

func cpuBy(scenario string, by front) func(results) []float64 {
	return func(r results) []float64 {
		return ratios(r.Samples, scenario, pavise.name, by.name, func(s sample) float64 { return s.CPU })
	}
}

// kept says whether the median keeps the promise.
func (p promise) kept(r results) bool { return spreadOf(p.values(r)).median <= p.most }

// missed are the promises that do not hold.
func missed(r results) []string {
	var names []string
	for _, p := range promises {
		if !p.stretch && !p.kept(r) {
			names = append(names, p.what)
		}
	}
	return names
}
