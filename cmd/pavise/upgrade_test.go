//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/admin"
	"pavise/test/load"
	"pavise/test/tools"
)

// A house is a running Pavise and those that come after it.
type house struct {
	t       *testing.T
	binary  string
	state   string
	said    spoken
	site    load.Site
	process *exec.Cmd // the first
}

// spoken is the file of what processes say, one after the other.
type spoken string

func (s spoken) String() string {
	b, _ := os.ReadFile(string(s))
	return string(b)
}

// newHouse serves the app by a program of its own, which may be replaced.
func newHouse(t *testing.T, flags ...string) *house {
	t.Helper()
	app := load.App()
	t.Cleanup(app.Close)
	h := &house{t: t, binary: ownBinary(t), state: t.TempDir()}
	h.process = exec.Command(h.binary, append([]string{"serve", "--to", app.URL, "--listen", "127.0.0.1:0", "--http", "off", "--state", h.state, "--drain", "20s"}, flags...)...)
	h.begin(h.process)
	return h
}

// ownBinary is the command as a file that can be replaced.
func ownBinary(t *testing.T) string {
	t.Helper()
	itself, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "pavise")
	if os.Link(itself, file) == nil {
		return file
	}
	text, err := os.ReadFile(itself) // it is on another file system
	if err == nil {
		err = os.WriteFile(file, text, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// begin starts it, and finds out where it listens.
func (h *house) begin(c *exec.Cmd) {
	h.t.Helper()
	h.said = spoken(filepath.Join(h.t.TempDir(), "said"))
	out, err := os.Create(string(h.said))
	if err == nil {
		defer out.Close()
		c.Stderr = out
		err = c.Start()
	}
	if err != nil {
		h.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { c.Wait(); close(done) }()
	h.t.Cleanup(func() {
		for _, pid := range append(h.pids(), c.Process.Pid) {
			syscall.Kill(pid, syscall.SIGKILL)
		}
		<-done
		if h.t.Failed() {
			h.t.Logf("it said:\n%s", h.said)
		}
	})
	happens(h.t, func() bool { return strings.Contains(h.said.String(), " stands in front of ") })
	_, rest, _ := strings.Cut(h.said.String(), "https://")
	h.site.Host, _, _ = strings.Cut(rest, " ")
	_, port, _ := net.SplitHostPort(h.site.Host)
	h.site.Address = "127.0.0.1:" + port
	happens(h.t, func() bool { return len(h.pids()) > 0 })
}

// pids are the processes that answer the owner.
func (h *house) pids() []int {
	var list []int
	answers, _ := admin.Ask(context.Background(), h.state, "/status")
	for _, answer := range answers {
		var all []status
		json.Unmarshal(answer, &all)
		for _, s := range all {
			list = append(list, s.PID)
		}
	}
	return list
}

// upgrade is the command. It returns who serves then, 0 where it was refused, and what
// the command says.
func (h *house) upgrade(flags ...string) (pid int, said string) {
	h.t.Helper()
	out, err := exec.Command(binary(h.t), append([]string{"upgrade", "--state", h.state}, flags...)...).CombinedOutput()
	if err != nil {
		return 0, string(out)
	}
	fmt.Sscanf(string(out), "pavise: process %d has taken over", &pid)
	return pid, string(out)
}

// served reports whether somebody answers a new client.
func (h *house) served() error {
	probe := load.Site{Address: h.site.Address, Host: h.site.Host}
	return probe.Ask()
}

// TestUpgradesUnderLoad: no request fails and no WebSocket is dropped while one process
// takes over from the other, and nothing is left behind.
func TestUpgradesUnderLoad(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	var loading sync.WaitGroup
	loading.Go(func() { h.site.Load(ctx, load.Crowd{Rate: 150, Sockets: 5}) })
	defer loading.Wait()
	defer cancel()
	happens(t, func() bool { return h.site.Asked() > 20 })
	before, files := h.process.Process.Pid, 0
	for i := range 3 {
		next, said := h.upgrade()
		if next == 0 || next == before {
			t.Fatalf("upgrade %d: %s", i, said)
		}
		if list := h.pids(); len(list) != 1 || list[0] != next {
			t.Errorf("the owner is answered by %v, not by %d alone", list, next)
		}
		asked := h.site.Asked()
		happens(t, func() bool { return h.site.Asked() > asked+20 })
		before = next
		if open := openSockets(t, next); i == 0 {
			files = open
		} else if open > files+2 {
			t.Errorf("%d listening and private sockets after the first upgrade, %d after %d", files, open, i+1)
		}
	}
	cancel()
	loading.Wait()
	if bad := h.site.Failed(); len(bad) > 0 {
		t.Errorf("of %d: %v", h.site.Asked(), bad)
	}
	first := h.process.Process
	happens(t, func() bool { return first.Signal(syscall.Signal(0)) != nil }) // nothing was open there any more
}

// openSockets counts what a process listens at and talks by, but for its visitors.
func openSockets(t *testing.T, pid int) int {
	t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		tools.Lack(t, "there is no /proc to count files in")
	}
	unix, _ := os.ReadFile("/proc/net/unix")
	n := 0
	for _, f := range list {
		to, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, f.Name()))
		if inode, socket := strings.CutPrefix(to, "socket:["); socket && bytes.Contains(unix, []byte(" "+strings.TrimSuffix(inode, "]"))) {
			n++
		} else if strings.HasSuffix(to, "/store") {
			n++
		}
	}
	return n
}

// TestUpgradeFails: whatever is wrong with the new program, the old one goes on, with
// its store, and says why. The next one takes over.
func TestUpgradeFails(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, script := range map[string]string{
		"exit status 7": "#!/bin/sh\necho no library >&2\nexit 7\n",
		"not ready":     "#!/bin/sh\nexec sleep 100\n",
		"exec format":   "no program",
		"signal":        "#!/bin/sh\nkill -9 $$\n",
	} {
		h.replace([]byte(script))
		if next, said := h.upgrade("--wait", "300ms"); next != 0 || !strings.Contains(said, name) {
			t.Errorf("%s: %s", name, said)
		}
		if err := h.served(); err != nil {
			t.Errorf("%s: afterwards: %v", name, err)
		}
	}
	if !strings.Contains(h.said.String(), "no library") {
		t.Error("what the new program said is not told")
	}
	h.replace(nil)
	if next, said := h.upgrade(); next == 0 {
		t.Error(said)
	}
	if err := h.served(); err != nil {
		t.Error(err)
	}
}

// replace puts another program in the place of the one that runs, by a rename as a
// package does; nil is the right one.
func (h *house) replace(text []byte) {
	h.t.Helper()
	next := h.binary + ".new"
	var err error
	if text == nil {
		var itself string
		if itself, err = os.Executable(); err == nil {
			err = os.Symlink(itself, next)
		}
	} else {
		err = os.WriteFile(next, text, 0o755)
	}
	if err == nil {
		err = os.Rename(next, h.binary)
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// TestUpgradeWithDeafApps: who serves next asks nobody whether he answers before it does, for
// the store is in its hands already.
func TestUpgradeWithDeafApps(t *testing.T) {
	t.Parallel()
	h := &house{t: t, binary: ownBinary(t), state: t.TempDir()}
	var to []string
	for i, at := range slices.Repeat([]string{deaf(t)}, 12) {
		to = append(to, fmt.Sprintf("'http://%s/%d'", at, i))
	}
	file := filepath.Join(t.TempDir(), "pavise.yaml")
	text := fmt.Sprintf("listen: {https: '127.0.0.1:0', http: 'off', http3: 'off'}\nstate: %s\nsites:\n  - {hosts: [localhost], to: [%s]}\n", h.state, strings.Join(to, ", "))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h.process = exec.Command(h.binary, "serve", "--config", file)
	h.begin(h.process)
	if next, said := h.upgrade(); next == 0 {
		t.Error(said)
	}
	happens(t, func() bool { return strings.Contains(h.said.String(), "nothing answers at "+strings.Trim(to[0], "'")) })
}

// deaf is an address at which connections hang: its queue is full, and nobody accepts.
func deaf(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		t.Cleanup(func() { syscall.Close(fd) })
		err = errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0))
	}
	if err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	at := fmt.Sprint("127.0.0.1:", name.(*syscall.SockaddrInet4).Port)
	for range 3 {
		if conn, err := net.DialTimeout("tcp", at, 200*time.Millisecond); err == nil {
			t.Cleanup(func() { conn.Close() })
		}
	}
	return at
}

// TestUpgradeRefused: a configuration that was broken meanwhile is the new process's to
// find.
func TestUpgradeRefused(t *testing.T) {
	t.Parallel()
	app := httptest.NewServer(http.NotFoundHandler())
	defer app.Close()
	h := &house{t: t, binary: ownBinary(t), state: t.TempDir()}
	file := filepath.Join(t.TempDir(), "pavise.yaml")
	right := fmt.Sprintf("listen: {https: '127.0.0.1:0', http: 'off'}\nstate: %s\nsites:\n  - {hosts: [localhost], to: %s}\n", h.state, app.URL)
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(right)
	h.process = exec.Command(h.binary, "serve", "--config", file)
	h.begin(h.process)
	write(right + "shop: true\n")
	if next, said := h.upgrade(); next != 0 || !strings.Contains(said, "shop") {
		t.Error(said)
	}
	write(right + "drain: 5s\n")
	if next, said := h.upgrade(); next == 0 {
		t.Error(said)
	}
	happens(t, func() bool { return strings.Contains(h.said.String(), "may take 1m0s to end") })
}

// TestKilledWhileUpgrading: when the old process is killed before the new one is ready,
// that serves, and has the store.
func TestKilledWhileUpgrading(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if code := guess(h.site.Address); code == http.StatusTooManyRequests {
		t.Fatal(code)
	}
	begun := filepath.Join(t.TempDir(), "pid")
	h.replace(fmt.Appendf(nil, "#!/bin/sh\necho $$ > %s\nsleep 0.3\nexec %s \"$@\"\n", begun, binary(t)))
	go h.upgrade()
	var next int
	happens(t, func() bool {
		b, _ := os.ReadFile(begun)
		fmt.Sscan(string(b), &next)
		return next != 0
	})
	h.process.Process.Kill()
	happens(t, func() bool { return slices.Equal(h.pids(), []int{next}) })
	if err := h.served(); err != nil {
		t.Error(err)
	}
	if code := run([]string{"status", "--state", h.state}, io.Discard, io.Discard); code != cli.ExitClean {
		t.Errorf("status says %d", code)
	}
	if again, said := h.upgrade(); again == 0 {
		t.Error(said)
	}
}

// TestNewOneKilled: the new process is killed before it serves, and the old one goes on.
func TestNewOneKilled(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	begun := filepath.Join(t.TempDir(), "pid")
	h.replace(fmt.Appendf(nil, "#!/bin/sh\necho $$ > %s\nexec %s \"$@\"\n", begun, binary(t)))
	for _, after := range []time.Duration{20, 60, 90, 120} {
		os.Remove(begun)
		done := make(chan int, 1)
		go func() { next, _ := h.upgrade(); done <- next }()
		var next int
		happens(t, func() bool {
			b, _ := os.ReadFile(begun)
			fmt.Sscan(string(b), &next)
			return next != 0
		})
		time.Sleep(after * time.Millisecond)
		syscall.Kill(next, syscall.SIGKILL)
		if <-done != 0 {
			return // it served already: then it was the service that was killed
		}
		if err := h.served(); err != nil {
			t.Errorf("killed after %d ms: %v", after, err)
		}
		if code := run([]string{"status", "--state", h.state}, io.Discard, io.Discard); code != cli.ExitClean {
			t.Errorf("killed after %d ms: status says %d", after, code)
		}
	}
}

// TestStateSurvivesUpgrade: who is locked out stays so, in the new process and in the
// old one, which reaches the store through the new one.
func TestStateSurvivesUpgrade(t *testing.T) {
	t.Parallel()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer app.Close()
	h := newHouse(t, "--to", app.URL)
	happens(t, func() bool { return guess(h.site.Address) == http.StatusTooManyRequests })
	for range 3 {
		if next, said := h.upgrade(); next == 0 {
			t.Fatal(said)
		}
		if code := guess(h.site.Address); code != http.StatusTooManyRequests {
			t.Errorf("after an upgrade: %d", code)
		}
	}
	if code := run([]string{"status", "--state", h.state}, io.Discard, io.Discard); code != cli.ExitClean && !strings.Contains(h.said.String(), "store") {
		t.Errorf("status says %d", code)
	}
}

// TestBySignal: SIGUSR2 does it, too, and the service manager hears who is the service.
func TestBySignal(t *testing.T) {
	heedsHangUp(t)
	t.Parallel()
	at := filepath.Join(t.TempDir(), "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: at, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	hear := func(want string) {
		t.Helper()
		b := make([]byte, 1024)
		for manager.SetReadDeadline(time.Now().Add(30 * time.Second)); ; {
			n, err := manager.Read(b)
			if err != nil {
				t.Fatalf("%q was not heard: %v", want, err)
			}
			if strings.HasPrefix(string(b[:n]), want) {
				return
			}
		}
	}
	// The parent passes a socket as systemd does.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	app := load.App()
	defer app.Close()
	h := &house{t: t, binary: ownBinary(t), state: t.TempDir()}
	h.process = exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web exec "$0" "$@"`,
		h.binary, "serve", "--to", app.URL, "--listen", l.Addr().String(), "--http", "off", "--http3", "off", "--state", h.state, "--drain", "20s")
	h.process.Env = append(os.Environ(), "NOTIFY_SOCKET="+at, "WATCHDOG_USEC=200000")
	h.process.ExtraFiles = []*os.File{file}
	h.begin(h.process)
	file.Close()
	hear("READY=1")
	hear("WATCHDOG=1")
	hear("WATCHDOG=1")
	h.process.Process.Signal(syscall.SIGHUP)
	hear("RELOADING=1\nMONOTONIC_USEC=")
	hear("READY=1")
	first := h.process.Process
	first.Signal(syscall.SIGUSR2)
	hear("MAINPID=")
	hear("READY=1")
	hear("WATCHDOG=1")
	happens(t, func() bool { return len(h.pids()) == 1 && h.pids()[0] != first.Pid })
	happens(t, func() bool { return first.Signal(syscall.Signal(0)) != nil })
	if err := h.served(); err != nil {
		t.Error(err)
	}
	syscall.Kill(h.pids()[0], syscall.SIGTERM)
	hear("STOPPING=1")
}
