//go:build linux

package faults

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func (h *house) oneSite(t *testing.T) string {
	return "  - {hosts: [localhost], to: " + newApp(t).URL + "}\n"
}

// TestFullDisk: what is to be remembered cannot be written; it is served and counted all
// the same, and once there is room again it is written.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.configure(h.oneSite(t), "log: {access: "+h.state+"/access.log}")
	h.serve("mount -t tmpfs -o size=2m tmpfs " + h.state)
	h.logsIn("alice", "right", http.StatusOK)
	filler := h.inside(h.state + "/filler")
	h.fill(filler)
	for i := 0; i < 90 && !strings.Contains(h.log(), "the store cannot be used"); i++ {
		h.hears("the app", "localhost")
		h.logsIn(fmt.Sprint("bob", i), "wrong", http.StatusUnauthorized)
	}
	h.says("the store cannot be used")
	if told := h.run(h.binary, "status", "--state", h.state); !strings.Contains(told, "no space left") {
		t.Errorf("status says\n%s", told)
	}
	h.logsIn("carol", "right", http.StatusOK)
	if said := h.run(h.binary, "reload", "--state", h.state); !strings.Contains(said, "nothing") && !strings.Contains(said, "reloaded") {
		t.Errorf("a reload on a full disk: %s", said)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	h.happens("the store is never used again", func() bool {
		h.logsIn("dave", "right", http.StatusOK)
		return strings.Contains(h.log(), "the store can be used again")
	})
	h.hears("the app", "localhost")
}

// fill writes until there is no room.
func (h *house) fill(path string) {
	f, err := os.Create(path)
	if err != nil {
		h.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{64 << 10, 4 << 10, 512} {
		for block := make([]byte, size); err == nil; {
			_, err = f.Write(block)
		}
		if !strings.Contains(err.Error(), syscall.ENOSPC.Error()) {
			h.Fatal(err)
		}
		err = nil
	}
}

// TestReadOnlyAtStart: with a state of before, and with none at all.
func TestReadOnlyAtStart(t *testing.T) {
	for _, before := range []bool{true, false} {
		t.Run(map[bool]string{true: "of before", false: "empty"}[before], func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.configure(h.oneSite(t))
			if before {
				h.serve(":")
				h.logsIn("alice", "right", http.StatusOK)
				h.process.Process.Signal(syscall.SIGTERM)
				h.happens("it does not stop", func() bool { _, err := net.Dial("tcp", h.address); return err != nil })
				h.happens("it does not end", func() bool { return h.process.Process.Signal(syscall.Signal(0)) != nil })
				h.client = h.visitor()
			}
			h.serve("mount --bind " + h.state + " " + h.state + "; mount -o remount,bind,ro " + h.state)
			h.says("read-only")
			h.logsIn("alice", "right", http.StatusOK)
			h.logsIn("alice", "wrong", http.StatusUnauthorized)
		})
	}
}

// TestReadOnlyMeanwhile: as a file system is after an error of its disk.
func TestReadOnlyMeanwhile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.configure(h.oneSite(t))
	h.serve("mount -t tmpfs tmpfs " + h.state)
	h.logsIn("alice", "right", http.StatusOK)
	h.run("umount", "-l", h.state) // who has a file open there keeps it from read-only
	h.run("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", h.state)
	h.hears("the app", "localhost")
	h.logsIn("bob", "wrong", http.StatusUnauthorized)
	h.logsIn("bob", "right", http.StatusOK)
}

// TestNoMoreFiles: those who are connected are served, and the app has files left to be
// asked by; who comes then waits until somebody goes.
func TestNoMoreFiles(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.configure(h.oneSite(t))
	h.serve("ulimit -n 96")
	early := make([]*http.Client, 4)
	for i := range early {
		early[i] = h.visitor()
		if status, said := h.ask(early[i], "localhost", "/", nil); status != http.StatusOK {
			t.Fatal(status, said)
		}
	}
	var crowd []net.Conn
	for range 200 {
		conn, err := net.Dial("tcp", h.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		crowd = append(crowd, conn)
	}
	h.says("no connection can be accepted")
	answers := make(chan string, 20)
	for i := range cap(answers) {
		go func() {
			status, said := h.ask(early[i%len(early)], "localhost", "/", nil)
			if status == http.StatusOK {
				said = ""
			}
			answers <- said
		}()
	}
	for range cap(answers) {
		if said := <-answers; said != "" {
			t.Errorf("who was connected gets %.300s", said)
		}
	}
	for _, conn := range crowd {
		conn.Close()
	}
	conn, err := tls.Dial("tcp", h.address, &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"})
	if err != nil {
		t.Fatalf("who comes when they have gone: %v", err)
	}
	conn.Close()
}

// TestNoNames: an app and an authority are known by name alone, and nobody answers for
// names. What needs none is served, and once names are there the rest is.
func TestNoNames(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	app := newApp(t)
	_, port, _ := net.SplitHostPort(app.Listener.Addr().String())
	h.configure("  - {hosts: [localhost], to: "+app.URL+"}\n  - {hosts: [far.localhost], to: 'http://app.internal:"+port+"', allow-remote-upstream: true}\n"+
		"  - {hosts: [www.shop.org], to: "+app.URL+"}\n", "acme: {email: me@shop.org, directory: 'https://authority.invalid/directory'}")
	names := t.TempDir()
	for file, text := range map[string]string{"resolv.conf": "nameserver 127.0.0.77\noptions timeout:1 attempts:1\n", "hosts": "127.0.0.1 localhost\n"} {
		if err := os.WriteFile(filepath.Join(names, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	h.serve("mount --bind " + names + "/resolv.conf /etc/resolv.conf; mount --bind " + names + "/hosts /etc/hosts")
	if status, _ := h.ask(h.client, "far.localhost", "/", nil); status < 502 || status > 504 {
		t.Errorf("what has no app now is answered %d", status)
	}
	h.says("lookup app.internal")
	h.says("no new certificate yet")
	h.hears("the app", "localhost")
	if err := os.WriteFile(filepath.Join(names, "hosts"), []byte("127.0.0.1 localhost app.internal\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	h.happens("the app is not found by its name", func() bool {
		status, _ := h.ask(h.client, "far.localhost", "/", nil)
		return status == http.StatusOK
	})
}
