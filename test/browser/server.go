package browser

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Serve runs pavise serve on loopback, with these flags beside, and returns the
// origin of its site.
func Serve(t *testing.T, binary, state string, flags ...string) string {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--state", state}, flags...)...)
	return Start(t, cmd, regexp.MustCompile(`(https://[\w.-]+:\d+) stands in front`))
}

// Start runs a server until the test ends and returns the group that ready
// matches in the first line it can.
func Start(t *testing.T, cmd *exec.Cmd, ready *regexp.Regexp) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, w
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // its workers end with it
	err = cmd.Start()
	w.Close()
	if err != nil {
		r.Close()
		t.Fatal(err)
	}
	found, ended := make(chan string, 1), make(chan struct{})
	var said bytes.Buffer // to be read after ended
	go func() {
		defer close(ended)
		defer r.Close()
		for lines := bufio.NewScanner(r); lines.Scan(); {
			said.WriteString(lines.Text() + "\n")
			if m := ready.FindSubmatch(lines.Bytes()); m != nil {
				select {
				case found <- string(m[1]):
				default:
				}
			}
		}
	}()
	stop := sync.OnceFunc(func() { stop(t, cmd, ended, &said) })
	t.Cleanup(stop)
	select {
	case match := <-found:
		return match
	case <-ended:
	case <-time.After(30 * time.Second):
	}
	stop()
	t.Fatalf("%s never said that it is ready:\n%s", cmd, &said)
	return ""
}

// stop ends a server and its workers, gracefully if they will, and shows what
// they said if the test has failed.
func stop(t *testing.T, cmd *exec.Cmd, ended <-chan struct{}, said *bytes.Buffer) {
	syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
	hard := time.AfterFunc(10*time.Second, func() {
		t.Errorf("%s did not stop within 10 s of SIGTERM", cmd)
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	})
	defer hard.Stop()
	<-ended
	err := cmd.Wait()
	status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if err != nil && status.Signal() != syscall.SIGTERM { // PHP's server just goes
		t.Errorf("%s: %v", cmd, err)
	}
	if t.Failed() {
		t.Logf("%s said:\n%s", cmd, said)
	}
}
