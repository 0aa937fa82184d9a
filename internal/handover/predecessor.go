//go:build unix

package handover

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Predecessor is the process from which this one shall take over.
type Predecessor struct {
	// Ask is where its store is asked, Answer where it asks ours.
	Ask, Answer net.Conn
	Store       string // the file of its store; "" is none
	link        link
	packets     chan struct{}
	gone        chan struct{}
}

// FromEnv are the sockets that this process was given, by a predecessor or by a service
// manager, and the predecessor, nil where there is none. The environment says no more of
// them afterwards, and no program that we start gets them.
func FromEnv() (*Sockets, *Predecessor, error) {
	said, given := os.LookupEnv(envHandover)
	store := os.Getenv(envStore)
	os.Unsetenv(envHandover)
	os.Unsetenv(envStore)
	s := &Sockets{}
	if !given {
		return s, nil, s.fromManager()
	}
	words := strings.Fields(said)
	if len(words) == 0 || words[0] != version {
		return s, nil, fmt.Errorf("the process before speaks another version of the handover: restart the service instead")
	}
	p := &Predecessor{Store: store, packets: make(chan struct{}), gone: make(chan struct{})}
	var conns [3]net.Conn
	for i := range conns {
		f := inherited(fdLink+i, "handover")
		var err error
		conns[i], err = net.FileConn(f)
		f.Close()
		if err != nil {
			return s, nil, fmt.Errorf("handover: file %d: %w", fdLink+i, err)
		}
	}
	p.link, p.Ask, p.Answer = newLink(conns[0]), conns[1], conns[2]
	unix.CloseOnExec(fdStderr)
	var files []*os.File
	for i, name := range words[1:] {
		files = append(files, inherited(fdSockets+i, name))
	}
	return s, p, s.adopt(files, words[1:])
}

// inherited is a file that was open when this process began. Programs that we start do
// not get it.
func inherited(fd int, name string) *os.File {
	unix.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), name)
}

// firstGiven is the first file of a service manager, SD_LISTEN_FDS_START.
const firstGiven = 3

// mostGiven bounds what is believed to be given.
const mostGiven = 64

// fromManager takes in what a service manager gives, if it means us.
func (s *Sockets) fromManager() error {
	pid, count, listed := os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS"), os.Getenv("LISTEN_FDNAMES")
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		os.Unsetenv(name)
	}
	if pid != strconv.Itoa(os.Getpid()) {
		return nil
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n > mostGiven {
		return fmt.Errorf("LISTEN_FDS must be a number up to %d, not %q", mostGiven, count)
	}
	names := strings.Split(listed, ":")
	for len(names) < n {
		names = append(names, "unknown") // as sd_listen_fds_with_names(3) has it
	}
	var files []*os.File
	for i := range n {
		files = append(files, inherited(firstGiven+i, names[i]))
	}
	return s.adopt(files, names[:n])
}

// Ready says that all is loaded, checked and proven, and waits for the moment to take
// over. That has also come when the predecessor has died.
func (p *Predecessor) Ready(store string) error {
	err := p.link.say(message{Say: wordReady, Store: store})
	if err == nil {
		_, err = p.link.expect(wordSwitch, time.Time{})
	}
	if err != nil && !gone(err) {
		return fmt.Errorf("handover: %w", err)
	}
	return nil
}

// gone reports whether an error is that the other side has ended.
func gone(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// Failed says why this process ends.
func (p *Predecessor) Failed(why error) { p.link.say(message{Say: wordFailed, Why: why.Error()}) }

// Serving says that this process accepts. From now on it writes its errors where the
// predecessor does.
func (p *Predecessor) Serving() {
	if unix.Dup2(fdStderr, 2) == nil {
		syscall.Close(fdStderr)
	}
	p.link.say(message{Say: wordServing})
	go p.listen()
}

// listen hears when the packets are ours, and when the predecessor ends.
func (p *Predecessor) listen() {
	_, err := p.link.expect(wordPackets, time.Time{})
	close(p.packets)
	for err == nil {
		_, err = p.link.hear(time.Time{})
	}
	closeAll([]net.Conn{p.link.conn, p.Ask, p.Answer})
	close(p.gone)
}

// Packets is closed when nobody else reads from the sockets of UDP.
func (p *Predecessor) Packets() <-chan struct{} { return p.packets }

// Gone is closed when the predecessor has ended.
func (p *Predecessor) Gone() <-chan struct{} { return p.gone }
