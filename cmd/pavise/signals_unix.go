//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// resizes tells when the terminal has another size, until quiet is called.
func resizes() (told <-chan os.Signal, quiet func()) {
	c := heard(syscall.SIGWINCH)
	return c, func() { signal.Stop(c) }
}

// ownSignals are those that mean what we say.
func ownSignals() signals {
	return signals{upgrade: heard(syscall.SIGUSR2), reopen: heard(syscall.SIGUSR1)}
}
