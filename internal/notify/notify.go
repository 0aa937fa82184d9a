// Package notify tells the service manager how we are, by the protocol of
// sd_notify(3): datagrams of lines to the socket that it has named.
package notify

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// A Manager is who is told. The zero value is nobody.
type Manager struct {
	at       string
	watchdog time.Duration
}

// FromEnv is who has started us, as the environment says. What concerns us alone is
// taken out of it, so that no program that we start believes it meant.
func FromEnv() Manager {
	m := Manager{at: os.Getenv("NOTIFY_SOCKET")}
	pid := os.Getenv("WATCHDOG_PID")
	if us, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64); err == nil && us > 0 &&
		(pid == "" || pid == strconv.Itoa(os.Getpid())) {
		m.watchdog = time.Duration(us) * time.Microsecond
	}
	os.Unsetenv("WATCHDOG_PID") // of a process that takes over from us it would be wrong
	return m
}

// Ready says that we serve, after a start and after each reload.
func (m Manager) Ready(status string) error { return m.send("READY=1", statusLine(status)) }

// Reloading says that a reload has begun: Ready ends it (Type=notify-reload).
func (m Manager) Reloading() error {
	return m.send("RELOADING=1", fmt.Sprintf("MONOTONIC_USEC=%d", monotonic()))
}

// Stopping says that we end.
func (m Manager) Stopping(status string) error { return m.send("STOPPING=1", statusLine(status)) }

// MainPID says that another process is the service from now on. Only the one that was
// until now is believed in this (NotifyAccess=main).
func (m Manager) MainPID(pid int) error { return m.send(fmt.Sprintf("MAINPID=%d", pid)) }

// Watchdog says twice in the time that the manager has set that we are alive, until the
// context ends.
func (m Manager) Watchdog(ctx context.Context) {
	if m.watchdog == 0 {
		return
	}
	tick := time.NewTicker(max(m.watchdog/2, time.Millisecond))
	defer tick.Stop()
	for {
		m.send("WATCHDOG=1")
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func statusLine(status string) string {
	return "STATUS=" + strings.NewReplacer("\n", " ", "\r", " ").Replace(status)
}

// send sends the lines as one datagram. An address that begins with @ is abstract; one
// without a path, as of vsock, is told as an error.
func (m Manager) send(lines ...string) error {
	if m.at == "" {
		return nil
	}
	if m.at[0] != '/' && m.at[0] != '@' {
		return fmt.Errorf("NOTIFY_SOCKET %q is neither a path nor an abstract address", m.at)
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: m.at, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetWriteDeadline(time.Now().Add(time.Second)) // who does not listen must not hold us up
	_, err = conn.Write([]byte(strings.Join(lines, "\n")))
	return err
}
