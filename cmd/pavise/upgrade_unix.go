//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// upgradeSignal is SIGUSR2, which without it would end the process.
func upgradeSignal() <-chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR2)
	return c
}
