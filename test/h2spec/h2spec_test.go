// Package h2spec holds Pavise to h2spec, which tries the rules of RFC 7540 and RFC
// 7541 one by one. It is a module of its own, so that Pavise does not depend on it:
// make h2spec.
package h2spec

import (
	"crypto/tls"
	"encoding/xml"
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

	"github.com/summerwind/h2spec"
	"github.com/summerwind/h2spec/config"
)

// TestAgrees runs every case, the strict one among them: by the process that was started,
// after a reload, and by the one that has taken over while the one before drains.
func TestAgrees(t *testing.T) {
	s := serve(t)
	s.agrees(t, "at first")
	s.configure(t, 1)
	s.tell(t, "reload")
	s.agrees(t, "after a reload")
	held := s.hold(t)
	s.tell(t, "upgrade")
	s.agrees(t, "while the process before drains")
	select {
	case <-held:
		t.Error("the process before was ended, and did not drain")
	default:
	}
}

func (s *site) agrees(t *testing.T, when string) {
	t.Helper()
	report := filepath.Join(t.TempDir(), "junit.xml")
	_, err := h2spec.Run(&config.Config{Host: "localhost", Port: s.port, Path: "/", Timeout: 3 * time.Second,
		MaxHeaderLen: 4000, Strict: true, TLS: true, Insecure: true, JUnitReport: report})
	if err != nil {
		t.Fatal(err)
	}
	ran, failed := read(t, report)
	if ran != 146 {
		t.Errorf("%s: %d cases ran, want 146", when, ran)
	}
	if len(failed) > 0 {
		t.Errorf("%s: of %d cases these fail: %q", when, ran, failed)
	}
}

// A site is an app with, in front of it, the command as it is built from here.
type site struct {
	binary, file, state, app string
	port                     int
}

func serve(t *testing.T) *site {
	t.Helper()
	s := &site{binary: filepath.Join(t.TempDir(), "pavise"), state: t.TempDir()}
	s.file = filepath.Join(s.state, "pavise.yaml")
	build := exec.Command("go", "build", "-o", s.binary, "./cmd/pavise")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, "hello")
		if r.URL.Path == "/wait" {
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}
	}))
	t.Cleanup(func() { app.CloseClientConnections(); app.Close() })
	s.app = app.URL
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	l.Close()
	s.configure(t, 0)
	command := exec.Command(s.binary, "serve", "--config", s.file)
	command.Stderr = os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what takes over ends with it
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
		command.Wait()
	})
	for range 500 {
		if conn, err := net.Dial("tcp", s.address()); err == nil {
			conn.Close()
			return s
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("nobody listens")
	return nil
}

func (s *site) address() string { return fmt.Sprint("127.0.0.1:", s.port) }

// configure writes another policy for each number.
func (s *site) configure(t *testing.T, number int) {
	t.Helper()
	text := fmt.Sprintf("listen: {https: %q, http: 'off'}\nstate: %s\ndrain: 10m\nsites:\n  - hosts: [localhost]\n    to: %s\n"+
		"    controls: {transport.hsts: {max-age: %dh}}\n", s.address(), s.state, s.app, 9000+number)
	if err := os.WriteFile(s.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *site) tell(t *testing.T, command string) {
	t.Helper()
	if out, err := exec.Command(s.binary, command, "--state", s.state).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", command, err, out)
	}
}

// hold keeps an answer under way, so that the process which gives it drains; held is
// closed when it ends.
func (s *site) hold(t *testing.T) (held <-chan struct{}) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	res, err := client.Get(fmt.Sprintf("https://localhost:%d/wait", s.port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if _, err := io.ReadFull(res.Body, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { io.Copy(io.Discard, res.Body); close(ended) }()
	return ended
}

// read counts the cases of a report, and names those that failed.
func read(t *testing.T, report string) (ran int, failed []string) {
	data, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var suites struct {
		Suites []struct {
			Cases []struct {
				Package string    `xml:"package,attr"`
				Name    string    `xml:"classname,attr"`
				Failure *struct{} `xml:"failure"`
				Error   *struct{} `xml:"error"`
				Skipped *struct{} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(data, &suites); err != nil {
		t.Fatal(err)
	}
	for _, s := range suites.Suites {
		for _, c := range s.Cases {
			ran++
			if c.Failure != nil || c.Error != nil || c.Skipped != nil {
				failed = append(failed, c.Package+": "+c.Name)
			}
		}
	}
	return ran, failed
}
