// Package redisserver runs Debian's Redis for tests: one server, a group that Sentinels
// watch, or a Cluster, on loopback, with folders of their own, until the test ends.
package redisserver

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pavise/test/servers"
	"pavise/test/tools"
)

// Options are what differs from test to test.
type Options struct {
	Lines []string // more of redis.conf
	Users []string // of an ACL file; none is a server that asks for no password
	TLS   *TLS     // nil is in the clear
}

// A Server is a redis-server.
type Server struct {
	Address string // host:port
	Socket  string // where it listens, too, and Ask asks
	Port    string
	t       testing.TB
	program string
	dir     string
	args    []string
	process *exec.Cmd
	ended   chan struct{} // closed when the process has
	said    *bytes.Buffer
}

// Start runs a server. Where Redis is missing the test is skipped.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := newServer(t)
	lines := append([]string{"save \"\"", "repl-diskless-sync-delay 0"}, o.Lines...)
	if o.TLS != nil {
		lines = append(lines, o.TLS.lines(s.Port)...)
	} else {
		lines = append(lines, "port "+s.Port)
	}
	if o.Users != nil {
		s.write("users.acl", strings.Join(append([]string{"user default off", "user admin on >" + adminPassword + " ~* &* +@all"}, o.Users...), "\n")+"\n")
		lines = append(lines, "aclfile "+filepath.Join(s.dir, "users.acl"))
	}
	s.configure(lines)
	s.Begin()
	return s
}

// adminPassword is for Ask, where the server has users.
const adminPassword = "of-the-test-itself"

// newServer finds a place for a server. Its folder has a short name, for that of a
// socket must be.
func newServer(t testing.TB) *Server {
	t.Helper()
	program := tools.Need(t, "redis-server")
	dir, err := os.MkdirTemp("", "redis")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &Server{t: t, program: program, dir: dir, Port: servers.FreePort(t), Socket: filepath.Join(dir, "socket")}
	s.Address = "127.0.0.1:" + s.Port
	t.Cleanup(s.Kill)
	return s
}

func (s *Server) configure(lines []string) {
	s.write("redis.conf", strings.Join(append([]string{"bind 127.0.0.1", "dir " + s.dir, "unixsocket " + s.Socket,
		"daemonize no", "loglevel notice"}, lines...), "\n")+"\n")
}

func (s *Server) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// Begin runs it, again if it has ended, with what it has kept on disk.
func (s *Server) Begin() {
	s.t.Helper()
	os.Remove(s.Socket)
	s.said = new(bytes.Buffer)
	s.process = exec.Command(s.program, append([]string{filepath.Join(s.dir, "redis.conf")}, s.args...)...)
	s.process.Stdout, s.process.Stderr = s.said, s.said
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	process, ended := s.process, make(chan struct{})
	go func() { process.Wait(); close(ended) }()
	s.ended = ended
	s.Await("PING", func(answer string) bool { return answer == "PONG" })
}

// Kill ends it at once, as kill -9 does.
func (s *Server) Kill() {
	if s.process != nil {
		s.process.Process.Signal(syscall.SIGCONT)
		s.process.Process.Kill()
		<-s.ended
		s.process = nil
	}
}

// Pause stops it, as SIGSTOP does: connections stay, and nothing is answered.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume lets it go on.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(signal syscall.Signal) {
	s.t.Helper()
	if err := s.process.Process.Signal(signal); err != nil {
		s.t.Fatal(err)
	}
}

// Await asks again and again until the answer will do.
func (s *Server) Await(command string, will func(string) bool) {
	s.t.Helper()
	var answer string
	var err error
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end) && s.runs(); time.Sleep(10 * time.Millisecond) {
		if answer, err = s.ask(strings.Fields(command)); err == nil && will(answer) {
			return
		}
	}
	s.Kill() // it says no more, and may be read
	s.t.Fatalf("redis-server: %s: %q, %v\n%s", command, answer, err, s.said)
}

func (s *Server) runs() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// Ask asks the server by its socket, and returns the answer as text, a line for each
// part of it.
func (s *Server) Ask(command ...string) string {
	s.t.Helper()
	answer, err := s.ask(command)
	if err != nil {
		s.t.Fatalf("%s: %v", fmt.Sprint(command), err)
	}
	return answer
}
