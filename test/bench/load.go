package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// An outcome is what a load has done.
type outcome struct {
	requests  int
	rate      float64         // requests a second
	latencies []time.Duration // where they are what is measured
}

// connections is how many h2load keeps open.
const connections = 16

// h2load asks a page n times. That not every answer is 2xx is an error.
func h2load(ctx context.Context, t target, n int, flags ...string) (outcome, error) {
	args := append([]string{"-n", strconv.Itoa(n), "-c", strconv.Itoa(min(connections, n)), "-N", "30",
		"--connect-to", t.address}, flags...)
	cmd := exec.CommandContext(ctx, "h2load", append(args, "https://"+t.authority()+t.path)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return outcome{}, fmt.Errorf("h2load: %w\n%s", err, out)
	}
	protocol := "h2"
	if slices.Contains(flags, "--h1") {
		protocol = "http/1.1"
	}
	rate, err := parseH2load(string(out), protocol, n)
	if err != nil {
		return outcome{}, fmt.Errorf("h2load: %w\n%s", err, out)
	}
	return outcome{requests: n, rate: rate}, nil
}

var (
	loadRate   = regexp.MustCompile(`(?m)^finished in .*?, ([\d.]+) req/s`)
	loadTotals = regexp.MustCompile(`(?m)^requests: (\d+) total, \d+ started, \d+ done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout`)
	loadStatus = regexp.MustCompile(`(?m)^status codes: (\d+) 2xx`)
	loadSpoken = regexp.MustCompile(`(?ms)^TLS Protocol: (\S+)$.*^Application protocol: (\S+)$`)
)

// parseH2load returns the requests a second that h2load has seen, if all n have
// succeeded, with 2xx, in the protocol and over TLS 1.3.
func parseH2load(out, protocol string, n int) (float64, error) {
	rate, totals, status := loadRate.FindStringSubmatch(out), loadTotals.FindStringSubmatch(out), loadStatus.FindStringSubmatch(out)
	if rate == nil || totals == nil || status == nil {
		return 0, errors.New("does not say how it went")
	}
	if spoken := loadSpoken.FindStringSubmatch(out); spoken == nil || spoken[1] != "TLSv1.3" || spoken[2] != protocol {
		return 0, fmt.Errorf("did not speak %s over TLS 1.3", protocol)
	}
	if want := strconv.Itoa(n); totals[1] != want || totals[2] != want || status[1] != want {
		return 0, fmt.Errorf("of %d requests %s succeeded, %s with 2xx", n, totals[2], status[1])
	}
	return strconv.ParseFloat(rate[1], 64)
}

// handshakes asks a page n times, on a new connection each time.
func handshakes(ctx context.Context, t target, n int) (outcome, error) {
	begin := time.Now()
	err := inParallel(ctx, 8, n, func(int) error {
		c, err := t.dial(ctx, "http/1.1", "Connection: close")
		if err != nil {
			return err
		}
		defer c.close()
		return c.ask()
	})
	return outcome{requests: n, rate: float64(n) / time.Since(begin).Seconds()}, err
}

// inParallel does n things, at most width of them at a time, until one fails.
func inParallel(ctx context.Context, width, n int, do func(i int) error) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(width, n) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					fail(err)
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}
