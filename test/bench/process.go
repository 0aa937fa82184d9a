package main

import (
	"bytes"
	"fmt"
	"net"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// A process is a server that runs, with the workers that it started: all of them are
// of the group that it leads.
type process struct {
	cmd   *exec.Cmd
	said  *tail
	ended chan struct{}
	once  sync.Once
}

// launch starts a server in a group of its own.
func launch(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, said: &tail{}, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.said, p.said
	cmd.WaitDelay = time.Second // a worker that outlives it holds the pipe
	// Where this program is killed outright, the kernel still ends the servers.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.ended)
		cmd.Wait()
	}()
	return p, nil
}

func (p *process) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// stop ends the server and its workers: asked first, then not asked. Only the first
// call counts, because afterwards the number of the group may be another's.
func (p *process) stop() {
	p.once.Do(func() {
		group := -p.cmd.Process.Pid
		syscall.Kill(group, syscall.SIGTERM)
		select {
		case <-p.ended:
		case <-time.After(3 * time.Second): // no connection is worth more here
			syscall.Kill(group, syscall.SIGKILL)
			<-p.ended
		}
	})
}

// tail keeps the end of what a server says, to be shown if it fails.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailSize = 1 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if extra := len(t.text) - tailSize; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.text))
}

// freePort returns a port of loopback where nobody listens: most of the servers
// cannot say which one the system gave them.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("no port on loopback: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
