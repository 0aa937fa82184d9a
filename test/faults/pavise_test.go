//go:build linux

// Package faults has the machine fail under a running Pavise: the disk, the state directory,
// the files that a process may have, the names. What it serves it goes on serving, and it
// says what is wrong.
package faults

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pavise/test/browser"
	"pavise/test/servers"
	"pavise/test/tools"
)

// newApp greets, and lets in whoever knows the password.
func newApp(t *testing.T) *httptest.Server {
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" && r.FormValue("password") != "right" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		io.WriteString(w, "the app")
	}))
	t.Cleanup(app.Close)
	return app
}

// A house is one pavise serve, in a place where mounts are its own.
type house struct {
	*testing.T
	binary  string
	state   string // as it is called there
	config  string
	address string
	said    string
	process *exec.Cmd
	client  *http.Client
}

func newHouse(t *testing.T) *house {
	h := &house{T: t, binary: browser.Build(t), state: filepath.Join(t.TempDir(), "state"), config: filepath.Join(t.TempDir(), "pavise.yaml"),
		address: "127.0.0.1:" + servers.FreePort(t)}
	if err := os.Mkdir(h.state, 0o700); err != nil {
		t.Fatal(err)
	}
	h.client = h.visitor()
	return h
}

// visitor is another client, with a connection of its own that it keeps.
func (h *house) visitor() *http.Client {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, MaxConnsPerHost: 1,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, h.address)
		}}
	h.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// configure writes the configuration, of what each site needs to say.
func (h *house) configure(sites string, more ...string) {
	text := fmt.Sprintf("listen: {https: %q, http: 'off', http3: 'off'}\nstate: %s\n%s\nsites:\n%s", h.address, h.state, strings.Join(more, "\n"), sites)
	if err := os.WriteFile(h.config, []byte(text), 0o600); err != nil {
		h.Fatal(err)
	}
}

// serve starts it, after a command of the shell has prepared its place.
func (h *house) serve(prepared string) {
	h.Helper()
	args := []string{"--mount"}
	if os.Getuid() != 0 {
		args = append(args, "--map-root-user")
	}
	script := prepared + "\nexec " + h.binary + " serve --config " + h.config
	h.process = exec.Command(tools.Need(h, "unshare"), append(args, "sh", "-ec", script)...)
	h.said = filepath.Join(h.TempDir(), "said")
	said, err := os.Create(h.said)
	if err != nil {
		h.Fatal(err)
	}
	defer said.Close()
	h.process.Stdout, h.process.Stderr = said, said
	if err := h.process.Start(); err != nil {
		h.Fatal(err)
	}
	done := make(chan struct{})
	go func() { h.process.Wait(); close(done) }()
	h.Cleanup(func() {
		h.process.Process.Signal(syscall.SIGKILL)
		<-done
		if h.Failed() {
			h.Logf("it said:\n%.8000s", h.log())
		}
	})
	for end := time.Now().Add(20 * time.Second); !strings.Contains(h.log(), " stands in front of "); {
		select {
		case <-done:
			if strings.Contains(h.log(), "unshare: ") {
				tools.Lack(h, "here nobody may mount: %s", h.log())
			}
			h.Fatal("it does not start")
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(end) {
			h.Fatal("it does not start in time")
		}
	}
	h.hears("the app", "localhost")
}

func (h *house) log() string {
	b, _ := os.ReadFile(h.said)
	return string(b)
}

// inside is where its place has a file.
func (h *house) inside(path string) string {
	return fmt.Sprintf("/proc/%d/root%s", h.process.Process.Pid, path)
}

// run runs a command in its place.
func (h *house) run(command ...string) string {
	h.Helper()
	args := []string{"--target", fmt.Sprint(h.process.Process.Pid), "--mount"}
	if os.Getuid() != 0 {
		args = append(args, "--user", "--preserve-credentials")
	}
	out, err := exec.Command(tools.Need(h, "nsenter"), append(args, command...)...).CombinedOutput()
	if err != nil && command[0] != h.binary {
		h.Fatalf("%v: %v: %s", command, err, out)
	}
	return string(out)
}

// ask returns the status and the body, or why there is none.
func (h *house) ask(c *http.Client, name, path string, form url.Values) (int, string) {
	_, port, _ := net.SplitHostPort(h.address)
	r, _ := http.NewRequest(http.MethodGet, "https://"+name+":"+port+path, nil)
	if form != nil {
		r, _ = http.NewRequest(http.MethodPost, "https://"+name+":"+port+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://"+name+":"+port)
	}
	res, err := c.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(body)
}

// hears asks once as a visitor, who must get that.
func (h *house) hears(want, name string) {
	h.Helper()
	if status, body := h.ask(h.client, name, "/", nil); status != http.StatusOK || body != want {
		h.Errorf("%s is answered %d, %.200q", name, status, body)
	}
}

// logsIn tries a password.
func (h *house) logsIn(user, password string, want int) {
	h.Helper()
	if status, body := h.ask(h.client, "localhost", "/login", url.Values{"username": {user}, "password": {password}}); status != want {
		h.Errorf("a login of %s is answered %d, not %d: %.200q", user, status, want, body)
	}
}

// says waits until it has said that in its log.
func (h *house) says(what string) {
	h.Helper()
	h.happens("it never says "+what, func() bool { return strings.Contains(h.log(), what) })
}

func (h *house) happens(otherwise string, what func() bool) {
	h.Helper()
	for end := time.Now().Add(15 * time.Second); !what(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			h.Fatal(otherwise)
		}
	}
}
