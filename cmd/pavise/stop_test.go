package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"pavise/test/servers"
)

// TestSignals: the first lets a running request end, the second does not.
func TestSignals(t *testing.T) {
	pavise := binary(t)
	for signals, want := range map[int]string{1: "exit status 0, 200", 2: "signal: terminated, no answer"} {
		t.Run(fmt.Sprint(signals), func(t *testing.T) {
			begun, release := make(chan struct{}), make(chan struct{})
			app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				close(begun)
				<-release
			}))
			defer app.Close()
			address := "127.0.0.1:" + servers.FreePort(t)
			serve := exec.Command(pavise, "serve", "--to", app.URL, "--listen", address, "--http", "off", "--state", t.TempDir())
			if err := serve.Start(); err != nil {
				t.Fatal(err)
			}
			defer serve.Process.Kill()
			answer := make(chan string, 1)
			go func() { answer <- ask(address) }()
			<-begun
			for range signals {
				serve.Process.Signal(syscall.SIGTERM)
				time.Sleep(300 * time.Millisecond) // so that each is seen
			}
			if signals == 1 {
				close(release)
			}
			ended := serve.Wait()
			if signals == 2 {
				close(release)
			}
			how := "exit status 0"
			if ended != nil {
				how = ended.Error()
			}
			if got := how + ", " + <-answer; got != want {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}

// binary is the command: these tests, which are it when they are called so (TestMain).
func binary(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pavise")
	itself, err := os.Executable()
	if err == nil {
		err = os.Symlink(itself, file)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// ask asks until somebody listens, and then waits for the answer.
func ask(address string) string {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			continue
		}
		defer conn.Close()
		_, port, _ := net.SplitHostPort(address)
		fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: localhost:%s\r\nConnection: close\r\n\r\n", port)
		head := make([]byte, len("HTTP/1.1 200"))
		if _, err := io.ReadFull(conn, head); err != nil {
			return "no answer"
		}
		return string(head[len("HTTP/1.1 "):])
	}
	return "nobody listened"
}
