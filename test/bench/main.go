// Command bench measures what a request costs Pavise and the servers that people
// would put in its place, side by side in one run: see ../../docs/performance.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
)

const usage = `Usage: go run . [-quick | -full] [-write FILE] [-json FILE] [-hold]

Measures Pavise, nginx, HAProxy, Caddy and Express with Helmet side by side, in
about six minutes, and prints the tables.

Example:
  go run . -write ../../docs/performance.md

`

type flags struct {
	quick, full, hold bool
	write, json       string
}

func main() {
	var f flags
	set := flag.CommandLine
	set.Usage = func() {
		fmt.Fprint(set.Output(), usage)
		set.PrintDefaults()
	}
	set.BoolVar(&f.quick, "quick", false, "measure little, in about two minutes")
	set.BoolVar(&f.full, "full", false, "measure much, in three quarters of an hour")
	set.BoolVar(&f.hold, "hold", false, "fail if a promise is missed")
	set.StringVar(&f.write, "write", "", "replace the tables between the markers of `FILE`")
	set.StringVar(&f.json, "json", "", "write the numbers of every round to `FILE`")
	flag.Parse()
	if err := run(f); err != nil {
		fmt.Fprintln(os.Stderr, "bench: error:", err)
		os.Exit(1)
	}
}

func run(f flags) error {
	p, err := f.plan()
	if err != nil {
		return err
	}
	// A user's path on Debian lacks where nginx and HAProxy are.
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin")
	if err := equipped(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), p.limit, fmt.Errorf("not done within %s", p.limit))
	defer cancel()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := measureAll(ctx, p)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	return f.report(r)
}

func (f flags) plan() (plan, error) {
	switch {
	case flag.NArg() > 0:
		return plan{}, fmt.Errorf("no arguments but flags, not %q", flag.Arg(0))
	case f.quick && f.full:
		return plan{}, errors.New("-quick and -full: one of them")
	case f.quick:
		return quick, nil
	case f.full:
		return full, nil
	}
	return usual, nil
}

// equipped says what is missing, and lets this program and the servers open files.
func equipped() error {
	for _, name := range []string{"nginx", "haproxy", "h2load", "node"} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("%s is missing: ../../.ci/deps bench says how to get it", name)
		}
	}
	if _, err := os.Stat("express/node_modules"); err != nil {
		return errors.New("express/node_modules is missing: ../../.ci/deps bench, or npm ci in express")
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	if limit.Max < files {
		return fmt.Errorf("%d open files are allowed, %d are needed: ulimit -Hn", limit.Max, files)
	}
	limit.Cur = limit.Max
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit) // the servers inherit it
}

func measureAll(ctx context.Context, p plan) (res results, err error) {
	res.Machine = thisMachine(p)
	r, err := newRig(ctx)
	if err != nil {
		return res, err
	}
	defer r.close()
	if err := r.learnHeaders(ctx); err != nil {
		return res, err
	}
	if res.Samples, err = compare(ctx, r, p); err != nil {
		return res, err
	}
	if res.Idle, err = weighIdle(ctx, r, p); err != nil {
		return res, err
	}
	if res.Weights, err = weighRequests(ctx, r, p); err != nil {
		return res, err
	}
	res.Points, err = grow(ctx, r, p)
	return res, err
}

func (f flags) report(r results) error {
	if f.json != "" {
		data, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(f.json, append(data, '\n'), 0o644); err != nil {
			return err
		}
	}
	if err := f.show(r); err != nil {
		return err
	}
	if names := missed(r); f.hold && len(names) > 0 {
		return fmt.Errorf("missed: %s", strings.Join(names, "; "))
	}
	return nil
}

// show prints the tables, or writes them into the page that has a place for them.
func (f flags) show(r results) error {
	all := tables(r)
	for _, t := range all {
		fmt.Printf("%s:\n\n%s\n", t.name, t.text)
	}
	if f.write == "" {
		return nil
	}
	text, err := os.ReadFile(f.write)
	if err != nil {
		return err
	}
	replaced, err := replaceTables(string(text), all)
	if err != nil {
		return fmt.Errorf("%s: %w", f.write, err)
	}
	return os.WriteFile(f.write, []byte(replaced), 0o644)
}

// say tells how far it is.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
