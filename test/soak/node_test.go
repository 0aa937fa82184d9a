package soak

import (
	"bytes"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pavise/test/servers"
)

const host = "shop.test"

// A node is one pavise serve.
type node struct {
	at      string
	t       *testing.T
	binary  string
	args    []string
	process *exec.Cmd
	said    *bytes.Buffer
}

// startNodes runs nodes in front of the app, with one secret and these arguments. They
// believe us about where clients are.
func startNodes(t *testing.T, binary string, a *app, n int, args ...string) []*node {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret")
	if out, err := exec.Command(binary, "secret", "add", "--secret-file", secret).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	nodes := make([]*node, n)
	for i := range nodes {
		at := "127.0.0.1:" + servers.FreePort(t)
		nodes[i] = &node{at: at, t: t, binary: binary, said: new(bytes.Buffer), args: append([]string{"serve", host, "--to", a.at,
			"--listen", at, "--http", "off", "--http3", "off", "--acme", "off", "--proxy-protocol", "127.0.0.0/8",
			"--state", t.TempDir(), "--secret-file", secret}, args...)}
		nodes[i].begin()
		t.Cleanup(nodes[i].stop)
	}
	return nodes
}

func (n *node) begin() {
	n.t.Helper()
	n.process = exec.Command(n.binary, n.args...)
	n.process.Stdout, n.process.Stderr = n.said, n.said
	if err := n.process.Start(); err != nil {
		n.t.Fatal(err)
	}
	for range 500 {
		if conn, err := net.Dial("tcp", n.at); err == nil {
			conn.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	n.kill()
	n.t.Fatalf("a node does not answer:\n%s", n.said)
}

// kill is kill -9: the node learns of it as little as of a power cut.
func (n *node) kill() {
	n.process.Process.Kill()
	n.process.Wait()
}

// stop ends it in order, at the end of the test at the latest.
func (n *node) stop() {
	if n.process.ProcessState != nil {
		return
	}
	n.process.Process.Signal(syscall.SIGTERM)
	timer := time.AfterFunc(30*time.Second, func() { n.process.Process.Kill() })
	defer timer.Stop()
	if err := n.process.Wait(); err != nil && !n.process.ProcessState.Exited() {
		n.t.Errorf("a node does not stop: %v", err)
	}
	if n.t.Failed() || testing.Verbose() {
		for line := range strings.Lines(n.said.String()) {
			if !strings.Contains(line, "msg=refused") || strings.Contains(line, "client=192.0.2.") { // of which there are thousands
				n.t.Log(strings.TrimSpace(line))
			}
		}
	}
}
