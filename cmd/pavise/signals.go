package main

import (
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

// Signals are those that ask something of a process that serves. They are heard from its
// first moment to its last: each would else end it. Nil never comes.
type signals struct {
	upgrade <-chan os.Signal // SIGUSR2
	reopen  <-chan os.Signal // SIGUSR1: the files of logs were moved away
	hangUp  <-chan os.Signal // SIGHUP: read the configuration anew, or the terminal has gone
	alone   func() bool      // the terminal that we were started in has
}

func hear(stderr io.Writer) signals {
	s, in := ownSignals(), inTerminal(stderr)
	s.alone = func() bool { return in && !inTerminal(stderr) }
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		s.hangUp = heard(syscall.SIGHUP)
	}
	return s
}

func heard(s os.Signal) chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, s)
	return c
}

func inTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
