package examine

import (
	"github.com/spf13/pflag"

	"pavise/cmd/pavise/internal/cli"
	"pavise/scan"
)

// boundFlags say how much a scan may ask, and how far it follows links.
type boundFlags struct {
	requests, connections, rate, depth int
	ignoreRobots                       bool
	given                              func(flag string) bool
}

func (f *boundFlags) add(flags *pflag.FlagSet) {
	f.given = flags.Changed
	flags.IntVar(&f.requests, "max-requests", scan.DefaultRequests, "send at most `N` requests; with --active 150 more, unless this is given")
	flags.IntVar(&f.connections, "max-connections", scan.DefaultConnections, "open at most `N` connections")
	flags.IntVar(&f.rate, "rate", scan.DefaultRate, "ask a host beyond this machine at most `N` times a second")
	flags.IntVar(&f.depth, "depth", scan.DefaultDepth, "follow links at most `N` clicks from the beginning")
	flags.BoolVar(&f.ignoreRobots, "ignore-robots", false, "follow links that robots.txt asks robots not to, too")
}

func (f *boundFlags) into(opt *scan.Options) error {
	for _, b := range []struct {
		flag      string
		value, to int
	}{
		{"--max-requests", f.requests, 10000}, {"--max-connections", f.connections, 10000},
		{"--rate", f.rate, 1000}, {"--depth", f.depth, 20},
	} {
		if b.value < 1 || b.value > b.to {
			return cli.Usage("pavise scan URL --help", "%s must be 1 to %d, not %d", b.flag, b.to, b.value)
		}
	}
	if f.given("max-requests") { // else the scan has a bound of its own for what acts
		opt.MaxRequests = f.requests
	}
	opt.MaxConnections, opt.Rate = f.connections, f.rate
	opt.Depth, opt.IgnoreRobots = f.depth, f.ignoreRobots
	return nil
}
