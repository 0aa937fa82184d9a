package audit

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pavise"
)

// Bounds of what is taken from govulncheck.
const (
	maxSaid   = 512 << 20 // bytes
	maxTraces = 10_000
	maxCalls  = 32
)

// trace has govulncheck tell which flaws each Go module of the project calls. That it
// could not is no loss of what is known without it, and said.
func trace(ctx context.Context, p *pavise.Project, db string) {
	const what = "govulncheck"
	tool, err := exec.LookPath(what)
	for _, m := range p.Modules {
		if m.Ecosystem != pavise.GoModules || filepath.Base(m.Manifest) != "go.mod" {
			continue
		}
		if err == nil {
			err = traceModule(ctx, tool, db, filepath.Join(p.Root, filepath.FromSlash(m.Dir)), p)
		}
		if err != nil {
			p.Unread = append(p.Unread, pavise.Unread{What: what, Why: plainly(err), For: []string{what}})
			return
		}
	}
}

func plainly(err error) string {
	if errors.Is(err, exec.ErrNotFound) {
		return "it is not installed: go install golang.org/x/vuln/cmd/govulncheck@latest"
	}
	return err.Error()
}

func traceModule(ctx context.Context, tool, db, dir string, p *pavise.Project) error {
	c := exec.CommandContext(ctx, tool, "-json", "-db", db, "./...")
	c.Dir, c.WaitDelay = dir, 5*time.Second
	c.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOFLAGS=-mod=readonly")
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	said := &tail{}
	c.Stderr = said
	if err := c.Start(); err != nil {
		return err
	}
	traces, read := readTraces(io.LimitReader(out, maxSaid))
	io.Copy(io.Discard, out)
	if err := c.Wait(); err != nil {
		return errors.New(strings.TrimSpace("it failed: " + err.Error() + ": " + said.text))
	}
	if read != nil {
		return errors.New("what it said cannot be read: " + read.Error())
	}
	p.Traces = append(p.Traces, traces[:min(len(traces), max(0, maxTraces-len(p.Traces)))]...)
	return nil
}

// tail keeps the first of what was said.
type tail struct{ text string }

func (t *tail) Write(b []byte) (int, error) {
	if room := 300 - len(t.text); room > 0 {
		t.text += strings.ToValidUTF8(string(b[:min(len(b), room)]), "?")
	}
	return len(b), nil
}

// A frame is one step of a finding, as govulncheck -json writes it: what is flawed comes
// first.
type frame struct {
	Module   string `json:"module"`
	Package  string `json:"package"`
	Receiver string `json:"receiver"`
	Function string `json:"function"`
}

func (f frame) String() string {
	name := f.Function
	if f.Receiver != "" {
		name = strings.TrimPrefix(f.Receiver, "*") + "." + name
	}
	return f.Package + "." + name
}

// readTraces reads what govulncheck -json writes: one value behind another. Only what names
// a function is a call; the others are that a module or package is there.
func readTraces(r io.Reader) ([]pavise.Trace, error) {
	var list []pavise.Trace
	for dec := json.NewDecoder(r); ; {
		var message struct {
			Finding *struct {
				OSV   string  `json:"osv"`
				Trace []frame `json:"trace"`
			} `json:"finding"`
		}
		if err := dec.Decode(&message); err == io.EOF {
			return list, nil
		} else if err != nil {
			return list, err
		}
		f := message.Finding
		if f == nil || len(f.Trace) == 0 || f.Trace[0].Function == "" || len(list) == maxTraces {
			continue
		}
		t := pavise.Trace{Advisory: f.OSV, Package: f.Trace[0].Module}
		for _, step := range f.Trace[:min(len(f.Trace), maxCalls)] {
			t.Calls = append(t.Calls, step.String())
		}
		slices.Reverse(t.Calls)
		list = append(list, t)
	}
}
