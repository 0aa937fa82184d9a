//go:build unix

package handover

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The environment by which a successor knows that it is one: the version of what both
// say to each other and the names of the sockets from fdSockets on; and where the store is.
const (
	envHandover = "PAVISE_HANDOVER"
	envStore    = "PAVISE_HANDOVER_STORE"
	version     = "1"
)

// The files of a successor, beside what it reads and writes as any process.
const (
	fdLink    = 3 + iota
	fdAsk     // by which it asks the store of the old one
	fdAnswer  // by which the old one asks its store
	fdStderr  // where it writes once it serves
	fdSockets // and the next
)

// A Successor is the process that shall take over, as the old one sees it.
type Successor struct {
	PID int
	// Asks is where it asks the store that is ours yet, Answers where we ask it when the
	// store is its own.
	Asks, Answers net.Conn
	link          link
	process       *os.Process
	said          *tail
	ended         chan struct{} // the process has
	how           string        // it has, once ended
}

// Start starts the program as this process was, with its sockets. It is told where the
// file of our store is, "" where there is none. What it says on its standard error goes
// to stderr until it serves.
func Start(program string, sockets *Sockets, store string, stderr io.Writer) (*Successor, error) {
	var theirs []int // to be closed here
	defer func() {
		for _, fd := range theirs {
			syscall.Close(fd)
		}
	}()
	s := &Successor{said: &tail{to: stderr}, ended: make(chan struct{})}
	var conns [3]net.Conn
	for i := range conns {
		ours, their, err := pair()
		if err != nil {
			return nil, errors.Join(err, closeAll(conns[:]))
		}
		conns[i], theirs = ours, append(theirs, their)
	}
	s.link, s.Asks, s.Answers = newLink(conns[0]), conns[1], conns[2]
	names, fds, err := sockets.copies()
	theirs = append(theirs, fds...)
	var out, in *os.File
	if err == nil {
		out, in, err = os.Pipe()
	}
	if err != nil {
		return nil, errors.Join(err, closeAll(conns[:]))
	}
	// Files by number and not by os.File, which would have the sockets block: also ours,
	// for they are the same.
	files := []uintptr{0, 1, in.Fd(), uintptr(theirs[0]), uintptr(theirs[1]), uintptr(theirs[2]), 2}
	for _, fd := range fds {
		files = append(files, uintptr(fd))
	}
	env := append(inheritable(os.Environ()), envHandover+"="+strings.Join(append([]string{version}, names...), " "),
		envStore+"="+store)
	s.PID, err = syscall.ForkExec(program, os.Args, &syscall.ProcAttr{Env: env, Files: files})
	if err == nil {
		s.process, err = os.FindProcess(s.PID)
	}
	in.Close()
	if err != nil {
		out.Close()
		return nil, errors.Join(fmt.Errorf("start %s: %w", program, err), closeAll(conns[:]))
	}
	go s.wait(out)
	return s, nil
}

func closeAll(conns []net.Conn) error {
	for _, c := range conns {
		if c != nil {
			c.Close()
		}
	}
	return nil
}

// inheritable is an environment without what is about one process alone.
func inheritable(env []string) []string {
	var list []string
	for _, line := range env {
		switch name, _, _ := strings.Cut(line, "="); name {
		case envHandover, envStore, "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID", "WATCHDOG_PID":
		default:
			list = append(list, line)
		}
	}
	return list
}

// pair is a connection of which the other end is for another process.
func pair() (ours net.Conn, theirs int, err error) {
	syscall.ForkLock.RLock() // what is forked meanwhile must not get them
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, 0, err
	}
	f := os.NewFile(uintptr(fds[0]), "handover")
	defer f.Close()
	if ours, err = net.FileConn(f); err != nil {
		syscall.Close(fds[1])
		return nil, 0, err
	}
	return ours, fds[1], nil
}

// copies are the sockets that are still open, for another process.
func (s *Sockets) copies() (names []string, fds []int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var still []socket
	for _, o := range s.open {
		raw, err := o.net.SyscallConn()
		if err != nil {
			continue // it was closed
		}
		var copied int
		var failed error
		if raw.Control(func(fd uintptr) { copied, failed = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) }) != nil {
			continue
		}
		if failed != nil {
			return names, fds, failed
		}
		still = append(still, o)
		names, fds = append(names, o.name), append(fds, copied)
	}
	s.open = still
	return names, fds, nil
}

// wait hears what it says, and buries it when it has ended.
func (s *Successor) wait(stderr *os.File) {
	defer close(s.ended)
	heard := make(chan struct{})
	go func() {
		io.Copy(s.said, stderr)
		stderr.Close()
		close(heard)
	}()
	state, err := s.process.Wait()
	select { // a program that it has started may keep the pipe open
	case <-heard:
	case <-time.After(time.Second):
	}
	if s.how = fmt.Sprint("it ended: ", err); err == nil {
		s.how = "it ended: " + state.String()
	}
}

// Ready waits until it says that it could take over, and returns where it keeps its
// store. The error is why it cannot.
func (s *Successor) Ready(within time.Duration) (store string, err error) {
	m, err := s.link.expect(wordReady, time.Now().Add(within))
	return m.Store, s.explain(err, within)
}

// Switch has it take over, and waits until it does.
func (s *Successor) Switch(within time.Duration) error {
	err := s.link.say(message{Say: wordSwitch})
	if err == nil {
		_, err = s.link.expect(wordServing, time.Now().Add(within))
	}
	return s.explain(err, within)
}

// explain says why it does not take over, as far as anybody knows.
func (s *Successor) explain(err error, within time.Duration) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("it was not ready within %s%s", within, s.said)
	case gone(err):
		select {
		case <-s.ended:
			return fmt.Errorf("%s%s", s.how, s.said)
		case <-time.After(2 * time.Second):
			return fmt.Errorf("it does not speak to us%s", s.said)
		}
	}
	return err
}

// Packets tells it that nobody else reads from the sockets of UDP any more.
func (s *Successor) Packets() error { return s.link.say(message{Say: wordPackets}) }

// End ends it, and returns when it has. Nothing that it had is held any more.
func (s *Successor) End() {
	s.process.Kill()
	<-s.ended
	closeAll([]net.Conn{s.link.conn, s.Asks, s.Answers})
}
