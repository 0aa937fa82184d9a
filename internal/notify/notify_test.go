//go:build unix

package notify

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// manager is a socket as systemd has one, and what is sent to it.
func manager(t *testing.T, at string) (hear func() string) {
	t.Helper()
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: at, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	t.Setenv("NOTIFY_SOCKET", at)
	return func() string {
		l.SetReadDeadline(time.Now().Add(5 * time.Second))
		b := make([]byte, 1024)
		n, err := l.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
}

func TestWhatIsSaid(t *testing.T) {
	addresses := []string{filepath.Join(t.TempDir(), "notify")}
	if runtime.GOOS == "linux" {
		addresses = append(addresses, fmt.Sprintf("@pavise-notify-%d", os.Getpid()))
	}
	for _, at := range addresses {
		hear := manager(t, at)
		m := FromEnv()
		for want, say := range map[string]func() error{
			"READY=1\nSTATUS=serving 2 sites":      func() error { return m.Ready("serving 2 sites") },
			"RELOADING=1\nMONOTONIC_USEC=":         m.Reloading,
			"STOPPING=1\nSTATUS=two lines are one": func() error { return m.Stopping("two lines\nare one") },
			"MAINPID=42":                           func() error { return m.MainPID(42) },
		} {
			if err := say(); err != nil {
				t.Fatal(err)
			}
			if got := hear(); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %q, want %q", at, got, want)
			}
		}
	}
}

func TestWatchdog(t *testing.T) {
	hear := manager(t, filepath.Join(t.TempDir(), "notify"))
	t.Setenv("WATCHDOG_USEC", "2000")
	t.Setenv("WATCHDOG_PID", fmt.Sprint(os.Getpid()+1))
	if m := FromEnv(); m.watchdog != 0 {
		t.Error("another process is meant")
	}
	t.Setenv("WATCHDOG_PID", fmt.Sprint(os.Getpid()))
	m := FromEnv()
	if os.Getenv("WATCHDOG_PID") != "" {
		t.Error("programs that we start would see WATCHDOG_PID")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go m.Watchdog(ctx)
	for range 3 {
		if got := hear(); got != "WATCHDOG=1" {
			t.Error(got)
		}
	}
}

func TestNobody(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	m := FromEnv()
	if err := m.Ready(""); err != nil {
		t.Error(err)
	}
	m.Watchdog(t.Context()) // returns
	t.Setenv("NOTIFY_SOCKET", "vsock:2:1")
	if err := FromEnv().Ready(""); err == nil || !strings.Contains(err.Error(), "vsock:2:1") {
		t.Error(err)
	}
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "gone"))
	if FromEnv().Ready("") == nil {
		t.Error("nobody was there, and nothing is said")
	}
}
