//go:build unix

package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/admin"
	"pavise/test/load"
)

// TestStopWhileDraining: who drains behind an upgrade stops at SIGTERM as any process
// does, and not when the time is over that it has.
func TestStopWhileDraining(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "--drain", "4h")
	ctx, cancel := context.WithCancel(t.Context())
	var talking sync.WaitGroup
	talking.Go(func() { h.site.Load(ctx, load.Crowd{Sockets: 1}) })
	defer talking.Wait()
	defer cancel()
	happens(t, func() bool { return h.sockets() == 1 })
	if next, said := h.upgrade(); next == 0 {
		t.Fatal(said)
	}
	first := h.process.Process
	happens(t, func() bool { return strings.Contains(h.said.String(), "may take 4h0m0s to end") })
	if err := first.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	happens(t, func() bool { return first.Signal(syscall.Signal(0)) != nil })
	if err := h.served(); err != nil {
		t.Error(err)
	}
}

// sockets counts the WebSockets of those that answer the owner.
func (h *house) sockets() int {
	n := 0
	answers, _ := admin.Ask(context.Background(), h.state, "/status")
	for _, answer := range answers {
		var all []status
		json.Unmarshal(answer, &all)
		for _, s := range all {
			n += s.WebSockets
		}
	}
	return n
}

// TestSignalsOfTheStart: what is asked while the configuration is read or proven ends
// nothing, and is done once there is somebody to do it.
func TestSignalsOfTheStart(t *testing.T) {
	heedsHangUp(t)
	p, err := newPassing(cli.SayTo(io.Discard), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for s, asked := range map[syscall.Signal]<-chan os.Signal{syscall.SIGHUP: p.signals.hangUp, syscall.SIGUSR1: p.signals.reopen, syscall.SIGUSR2: p.signals.upgrade} {
		if err := syscall.Kill(os.Getpid(), s); err != nil {
			t.Fatal(err)
		}
		select {
		case <-asked:
		case <-time.After(10 * time.Second):
			t.Errorf("%s is not heard", s)
		}
	}
}
