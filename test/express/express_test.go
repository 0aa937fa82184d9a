// Package express_test sends a real browser through a real Express 5 app, once
// directly and once through pavise serve: the same journey must pass.
package express_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const root = "../.."

// A journey is what journey.mjs prints.
type journey struct {
	Steps       []string
	Errors      []string
	Provoked    []string
	Cookies     []cookie
	Protocols   []string
	HTTP404Body string
	HTTP500Body string
}

type cookie struct {
	Name     string
	Secure   bool
	HTTPOnly bool
	SameSite string
}

// The direct run shows that the journey finds nothing to complain of in the
// app itself, and that the app has the faults which Pavise must mend.
func TestJourneyDirect(t *testing.T) {
	need(t, "nodejs", "chromium")
	j := travel(t, "http://127.0.0.1:"+startApp(t), t.TempDir())

	want := cookie{Name: "connect.sid", HTTPOnly: true}
	if len(j.Cookies) != 1 || j.Cookies[0] != want {
		t.Errorf("cookies are %+v, want %+v", j.Cookies, want)
	}
	if !strings.Contains(j.HTTP404Body, "Cannot GET") {
		t.Errorf("the 404 page is not Express's own:\n%s", j.HTTP404Body)
	}
	if !strings.Contains(j.HTTP500Body, "app.js:") {
		t.Errorf("the 500 page has no stack trace:\n%s", j.HTTP500Body)
	}
}

func TestJourneyThroughPavise(t *testing.T) {
	need(t, "nodejs", "chromium", "libnss3-tools")
	state, home := t.TempDir(), t.TempDir()
	base := startPavise(t, "127.0.0.1:"+startApp(t), state)
	trust(t, home, filepath.Join(state, "authority.crt"))
	j := travel(t, base, home)

	if len(j.Cookies) == 0 {
		t.Error("there is no cookie")
	}
	for _, c := range j.Cookies {
		if want := (cookie{c.Name, true, true, "Lax"}); c != want || !strings.HasPrefix(c.Name, "__Host-") {
			t.Errorf("cookie is %+v, want __Host-, Secure, HttpOnly and SameSite=Lax", c)
		}
	}
	for name, body := range map[string]string{"404": j.HTTP404Body, "500": j.HTTP500Body} {
		for _, trace := range []string{"Cannot GET", "shelf fell", "app.js", "node_modules"} {
			if strings.Contains(body, trace) {
				t.Errorf("the %s page tells %q:\n%s", name, trace, body)
			}
		}
		if body == "" {
			t.Errorf("the %s page is empty", name)
		}
	}
}

// The whole journey over HTTP/3: pages, forms, uploads, downloads and streams come
// by QUIC, and the WebSocket still finds its way.
func TestJourneyOverHTTP3(t *testing.T) {
	need(t, "nodejs", "chromium", "libnss3-tools")
	state, home := t.TempDir(), t.TempDir()
	base := startPavise(t, "127.0.0.1:"+startApp(t), state)
	trust(t, home, filepath.Join(state, "authority.crt"))
	if j := travel(t, base, home, "--http3"); len(j.Protocols) != 1 || j.Protocols[0] != "h3" {
		t.Errorf("pages came by %q, want h3 alone", j.Protocols)
	}
}

// travel makes the journey; it must pass with nothing to complain of.
func travel(t *testing.T, base, home string, flags ...string) journey {
	t.Helper()
	watchSources(t)
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Second)
	defer cancel()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "node", append([]string{"journey.mjs", base}, flags...)...)
	cmd.Env = append(os.Environ(), "HOME="+home, "CHROMIUM="+chromium)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // the browser goes too
	cmd.WaitDelay = 10 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("journey to %s: %v\n%s%s", base, err, out, &stderr)
	}
	var j journey
	if err := json.Unmarshal(out, &j); err != nil {
		t.Fatalf("journey to %s: %v\n%s", base, err, out)
	}
	if len(j.Steps) == 0 {
		t.Error("the journey had no steps")
	}
	for _, e := range j.Errors {
		t.Error(e)
	}
	t.Logf("passed: %s; provoked: %s", strings.Join(j.Steps, ", "), strings.Join(j.Provoked, ", "))
	return j
}

// startApp starts the shop and returns its port.
func startApp(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("node", "app/app.js")
	cmd.Env = append(os.Environ(), "PORT=0", "NODE_ENV=development", "TMPDIR="+t.TempDir())
	return start(t, cmd, regexp.MustCompile(`^listening (\d+)`))
}

// startPavise puts pavise serve in front of an address and returns its URL.
func startPavise(t *testing.T, to, state string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "pavise")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./cmd/pavise")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	cmd := exec.Command(binary, "serve", "--to", to, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--state", state)
	return start(t, cmd, regexp.MustCompile(`(https://localhost:\d+)`))
}

// start runs a server until the test ends and returns the group that ready
// matches in the first line it can.
func start(t *testing.T, cmd *exec.Cmd, ready *regexp.Regexp) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, w
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

// stop ends a server, gracefully if it will, and shows what it said if the
// test has failed.
func stop(t *testing.T, cmd *exec.Cmd, ended <-chan struct{}, said *bytes.Buffer) {
	cmd.Process.Signal(syscall.SIGTERM)
	hard := time.AfterFunc(10*time.Second, func() {
		t.Errorf("%s did not stop within 10 s of SIGTERM", cmd)
		cmd.Process.Kill()
	})
	defer hard.Stop()
	<-ended
	if err := cmd.Wait(); err != nil {
		t.Errorf("%s: %v", cmd, err)
	}
	if t.Failed() {
		t.Logf("%s said:\n%s", cmd, said)
	}
}

// trust makes browsers with this home believe the authority.
func trust(t *testing.T, home, authority string) {
	t.Helper()
	db := filepath.Join(home, ".pki", "nssdb")
	if err := os.MkdirAll(db, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"-N", "--empty-password"},
		{"-A", "-t", "C,,", "-n", "pavise", "-i", authority},
	} {
		cmd := exec.CommandContext(t.Context(), "certutil", append([]string{"-d", "sql:" + db}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, out)
		}
	}
}

// need skips the test where a tool or the packages from npm are missing; where
// PAVISE_TEST_NO_SKIP is 1 it fails instead.
func need(t *testing.T, packages ...string) {
	t.Helper()
	lack := t.Skipf
	if os.Getenv("PAVISE_TEST_NO_SKIP") == "1" {
		lack = t.Fatalf
	}
	command := map[string]string{"nodejs": "node", "libnss3-tools": "certutil"}
	for _, p := range packages {
		if _, err := exec.LookPath(cmp.Or(command[p], p)); err != nil {
			lack("%s is missing: run .ci/deps, or apt-get install %[1]s", p)
		}
	}
	version := `process.exit(process.versions.node.split(".")[0] >= 18 ? 0 : 1)`
	if exec.CommandContext(t.Context(), "node", "-e", version).Run() != nil {
		lack("node is too old: 18 is the oldest that will do")
	}
	if _, err := os.Stat("node_modules/.package-lock.json"); err == nil {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "npm", "ci").CombinedOutput(); err != nil {
		lack("the packages of test/express are missing: npm ci: %v: %s", err, out)
	}
}

// watchSources looks into every folder, so that go test knows what the outcome
// depends on and does not take an old one from its cache.
func watchSources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		hidden := path != root && strings.HasPrefix(d.Name(), ".")
		if err == nil && d.IsDir() && (hidden || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
