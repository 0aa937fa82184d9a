package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"pavise/internal/weakshop"
)

var update = flag.Bool("update", false, "write the transcripts anew")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pavise": main, "weakshop": openShop})
}

// openShop is the weak shop as a process: it writes its plain address into the
// file and stays until it is told to go.
func openShop() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	shop, err := weakshop.Start()
	if err != nil {
		panic(err)
	}
	os.WriteFile(os.Args[1]+".new", []byte(shop.Address()), 0o600)
	os.Rename(os.Args[1]+".new", os.Args[1])
	<-stop
	shop.Close()
}

func runs(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(args, &out, &err)
	return code, out.String(), err.String()
}

// TestTranscripts runs every command as its users do.
func TestTranscripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"XDG_STATE_HOME", "NO_COLOR"} {
				env.Setenv(name, "")
			}
			env.Setenv("HOME", env.WorkDir+"/home")
			return os.Mkdir(env.WorkDir+"/home", 0o700)
		},
		Condition: func(name string) (bool, error) {
			return name == "lenient" && os.Getenv("PAVISE_TEST_NO_SKIP") == "", nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"mask": mask, "freeport": freePort, "await": await, "exits": exits, "terminate": terminate, "only": only, "slim": slim, "forge": forge,
		},
	})
}

// masks take out of a transcript what differs from run to run.
var masks = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`(localhost|127\.0\.0\.1|example\.com):\d+`), "$1:PORT"},
	{regexp.MustCompile(`'127\.0\.0\.1' '\d+'`), "'127.0.0.1' 'PORT'"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ][\d:.]+Z?`), "TIME"},
	{regexp.MustCompile(`\b[0-9a-f]{16}\b`), "REQUEST-ID"},
	{regexp.MustCompile(`pavise-[0-9a-f]{12}\b`), "pavise-NOWHERE"},
	{regexp.MustCompile(`\d+(\.\d+)? ?m?s, (\d+) requests, \d+\s+connections`), "TIME, $2 requests, N connections"},
	{regexp.MustCompile(`go1\.[\w.-]+, \w+/\w+`), "GO, OS/ARCH"},
}

// mask FROM TO copies an output, masked.
func mask(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	for _, m := range masks {
		text = m.pattern.ReplaceAllString(text, m.with)
	}
	text = strings.ReplaceAll(text, ts.Getenv("WORK"), "WORK")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}

// freeport NAME ... sets variables to ports of loopback that are free just now.
func freePort(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		defer l.Close()
		ts.Setenv(name, fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
	}
}

// await FILE NAME waits for a file and sets the variable to what is in it, or
// await tcp PORT waits until somebody listens there.
func await(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if args[0] == "tcp" {
			if conn, err := net.Dial("tcp", "127.0.0.1:"+args[1]); err == nil {
				conn.Close()
				return
			}
		} else if text, err := os.ReadFile(ts.MkAbs(args[0])); err == nil {
			ts.Setenv(args[1], string(text))
			return
		}
	}
	ts.Fatalf("%s did not come", strings.Join(args, " "))
}

// exits CODE COMMAND ... wants the command to end with just that code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("exit %s, want %s", code, args[0])
	}
}

// terminate NAME sends SIGTERM to the background processes of that command.
func terminate(ts *testscript.TestScript, _ bool, args []string) {
	for _, c := range ts.BackgroundCmds() {
		if filepath.Base(c.Args[0]) == args[0] && c.ProcessState == nil {
			ts.Check(c.Process.Signal(syscall.SIGTERM))
		}
	}
}

// only TOOL ... leaves nothing on the path but pavise and these tools, so that a
// command can change no more than they can.
func only(ts *testscript.TestScript, _ bool, args []string) {
	bin := ts.MkAbs("only")
	ts.Check(os.Mkdir(bin, 0o700))
	for _, tool := range args {
		path, err := exec.LookPath(tool)
		ts.Check(err)
		ts.Check(os.Symlink(path, filepath.Join(bin, tool)))
	}
	first, _, _ := strings.Cut(ts.Getenv("PATH"), string(os.PathListSeparator))
	ts.Setenv("PATH", first+string(os.PathListSeparator)+bin)
}

// forge PORT NAME sends a form as a page of another site would, and sets the
// variable to the id that the visitor is shown.
func forge(ts *testscript.TestScript, _ bool, args []string) {
	r, err := http.NewRequest(http.MethodPost, "https://localhost:"+args[0]+"/cart?secret=1", strings.NewReader("item=1"))
	ts.Check(err)
	r.Header.Set("Origin", "https://attacker.example")
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:"+args[0])
		}}}
	res, err := client.Do(r)
	ts.Check(err)
	res.Body.Close()
	ts.Setenv(args[1], res.Header.Get("X-Request-Id"))
}

// slim NAME MB wants a background command to hold less than that, beside the pages of its
// own program, which cost nothing that others could use.
func slim(ts *testscript.TestScript, _ bool, args []string) {
	if runtime.GOOS != "linux" {
		return
	}
	most, err := strconv.Atoi(args[1])
	ts.Check(err)
	for _, c := range ts.BackgroundCmds() {
		if filepath.Base(c.Args[0]) != args[0] || c.ProcessState != nil {
			continue
		}
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.Process.Pid))
		ts.Check(err)
		_, rest, _ := strings.Cut(string(status), "RssAnon:")
		kb, err := strconv.Atoi(strings.Fields(rest)[0])
		ts.Check(err)
		if kb > most<<10 {
			ts.Fatalf("%s holds %d KB", args[0], kb)
		}
	}
}
