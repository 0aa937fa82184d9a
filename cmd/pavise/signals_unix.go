//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// resizes tells when the terminal has another size, until quiet is called.
func resizes() (told <-chan os.Signal, quiet func()) { return heard(syscall.SIGWINCH) }

// reopens tells when the files of logs were moved away, until quiet is called.
func reopens() (told <-chan os.Signal, quiet func()) { return heard(syscall.SIGUSR1) }

func heard(s os.Signal) (told <-chan os.Signal, quiet func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, s)
	return c, func() { signal.Stop(c) }
}
