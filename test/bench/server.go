package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// A server is a front that runs.
type server struct {
	name    string
	address string
	process *process
	pids    []int // of all its workers
}

// start runs a front before the app.
func (r *rig) start(ctx context.Context, f front) (*server, error) {
	s, err := r.launch(ctx, f.name, f.command, r.origin)
	if err != nil {
		return nil, err
	}
	if err := s.ready(ctx, func() error { return r.check(ctx, f, s) }); err != nil {
		return nil, err
	}
	s.pids, err = group(s.process.cmd.Process.Pid)
	return s, err
}

// launch starts a server at a port of the system's choice, before the app at to.
func (r *rig) launch(ctx context.Context, name string, command func(site) (*exec.Cmd, error), to string) (*server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(r.dir, "server-")
	if err != nil {
		return nil, err
	}
	cmd, err := command(site{
		Dir: dir, WWW: filepath.Join(r.dir, "www"), Bin: r.dir, Port: port, Origin: to,
		Cert: filepath.Join(r.dir, "cert.pem"), Key: filepath.Join(r.dir, "key.pem"), Headers: r.headers,
	})
	if err != nil {
		return nil, err
	}
	p, err := launch(cmd)
	if err != nil {
		return nil, err
	}
	r.running = append(r.running, p)
	s := &server{name: name, address: fmt.Sprintf("127.0.0.1:%d", port), process: p}
	return s, s.ready(ctx, func() error { return reachable(ctx, s.address) })
}

// ready waits until a try succeeds, as long as the server runs.
func (s *server) ready(ctx context.Context, try func() error) error {
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		err := try()
		switch {
		case err == nil || ctx.Err() != nil:
			return ctx.Err()
		case !s.process.running():
			return s.failed(errors.New("has ended"))
		case time.Since(begin) > patience:
			return s.failed(err)
		}
	}
}

// failed says of which server an error is, and what it has said itself.
func (s *server) failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w\n%s", s.name, err, s.process.said)
}

// spent measures the CPU time that a load costs the server.
func (s *server) spent(load func() (outcome, error)) (outcome, time.Duration, error) {
	before, err := cpuOf(s.pids)
	if err != nil {
		return outcome{}, 0, s.failed(err)
	}
	o, err := load()
	if err != nil {
		return outcome{}, 0, s.failed(err)
	}
	after, err := cpuOf(s.pids)
	return o, after - before, s.failed(err)
}
