package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// A point is what a request costs Pavise at one size of something.
type point struct {
	Table string
	Size  string
	CPU   float64 // microseconds a request
	PerMB float64 `json:",omitzero"` // microseconds a megabyte of body
	Peak  int64   `json:",omitzero"` // bytes of memory at most
	P99   float64 `json:",omitzero"` // microseconds
}

// grow measures all that may be many or big.
func grow(ctx context.Context, r *rig, p plan) ([]point, error) {
	var all []point
	for _, part := range []func(context.Context, *rig, plan) ([]point, error){growSites, growExceptions, growBodies, growConnections} {
		points, err := part(ctx, r, p)
		if err != nil {
			return nil, err
		}
		all = append(all, points...)
		say("growth: %s", points[0].Table)
	}
	return all, nil
}

// A variant is a Pavise whose configuration differs.
type variant struct {
	size   string
	config string
	host   string // that is asked
}

func growSites(ctx context.Context, r *rig, p plan) ([]point, error) {
	var all []variant
	for _, n := range []int{1, 10, 1000} {
		config, last := sites(n)
		all = append(all, variant{thousands(n), config, last})
	}
	return growConfig(ctx, r, p, "sites", all)
}

// sites is a configuration of n sites, and the last of them.
func sites(n int) (config, last string) {
	var b strings.Builder
	b.WriteString(paviseConfig)
	last = host
	for i := 2; i <= n; i++ {
		last = fmt.Sprintf("s%d.localhost", i)
		fmt.Fprintf(&b, "  - hosts: [%s]\n%s", last, paviseSite)
	}
	return b.String(), last
}

func growExceptions(ctx context.Context, r *rig, p plan) ([]point, error) {
	var all []variant
	for _, n := range []int{1, 100, 10_000} {
		all = append(all, variant{thousands(n), exceptions(n), host})
	}
	matching := exceptions(10_000) + exception(page)
	return growConfig(ctx, r, p, "exceptions", append(all, variant{"10,000 and one for the page", matching, host}))
}

// exceptions is a configuration with n of them, for paths that nobody asks for.
func exceptions(n int) string {
	var b strings.Builder
	b.WriteString(paviseConfig + "    except:\n")
	for i := range n {
		b.WriteString(exception(fmt.Sprintf("/exception/%d", i)))
	}
	return b.String()
}

func exception(path string) string {
	return fmt.Sprintf("      - {control: requests.origin, paths: [%s], mode: \"off\", reason: to be measured}\n", path)
}

// growConfig measures variants of the configuration in rounds.
func growConfig(ctx context.Context, r *rig, p plan, table string, variants []variant) ([]point, error) {
	servers := make([]*server, len(variants))
	for i, v := range variants {
		f := pavise
		f.name, f.command = "Pavise with "+v.size+" "+table, paviseWith(v.config)
		var err error
		if servers[i], err = r.start(ctx, f); err != nil {
			return nil, err
		}
		defer servers[i].process.stop()
	}
	const warm = 1000
	cpu := make([][]float64, len(variants))
	n := warm
	for round := range p.rounds + 1 { // the first one only warms up
		for _, i := range rotated(len(variants), round) {
			t := r.target(servers[i], page)
			t.host = variants[i].host
			o, used, err := servers[i].spent(func() (outcome, error) { return h2load(ctx, t, n, "--h1") })
			if err != nil {
				return nil, err
			}
			if round == 0 {
				n = max(n, int(o.rate*p.span.Seconds()))
				continue
			}
			cpu[i] = append(cpu[i], each(used, n))
		}
	}
	var points []point
	for i, v := range variants {
		points = append(points, point{Table: table, Size: v.size, CPU: spreadOf(cpu[i]).median})
	}
	return points, nil
}

// growConnections measures the same rate of requests on few and on many connections.
func growConnections(ctx context.Context, r *rig, p plan) ([]point, error) {
	var crowds []crowd
	defer func() {
		for _, c := range crowds {
			closeAll(c.clients)
			c.server.process.stop()
		}
	}()
	for _, n := range p.connections {
		s, err := r.start(ctx, pavise)
		if err != nil {
			return nil, err
		}
		clients, err := r.target(s, page).dialAll(ctx, n)
		crowds = append(crowds, crowd{server: s, clients: clients})
		if err != nil {
			return nil, s.failed(err)
		}
	}
	for round := range p.rounds {
		for _, i := range rotated(len(crowds), round) {
			if err := crowds[i].ask(ctx, p, round); err != nil {
				return nil, err
			}
		}
	}
	var points []point
	for _, c := range crowds {
		points = append(points, point{
			Table: "connections", Size: thousands(len(c.clients)),
			CPU: spreadOf(c.cpu).median, P99: spreadOf(c.p99).median,
		})
	}
	return points, nil
}

// A crowd is a server with many connections, and what was measured of it.
type crowd struct {
	server   *server
	clients  []*client
	cpu, p99 []float64
}

// ask sends requests at the set rate, in each round on the connections that come
// next, so that none is idle for so long that the server closes it.
func (c *crowd) ask(ctx context.Context, p plan, round int) error {
	const rate = 1000
	n := int(rate * p.pacedSpan.Seconds())
	first := round * n % len(c.clients)
	clients := slices.Concat(c.clients[first:], c.clients[:first])
	o, used, err := c.server.spent(func() (outcome, error) { return paced(ctx, clients, rate, n) })
	if err != nil {
		return err
	}
	c.cpu = append(c.cpu, each(used, n))
	c.p99 = append(c.p99, micros(percentile(o.latencies, 99)))
	return nil
}
