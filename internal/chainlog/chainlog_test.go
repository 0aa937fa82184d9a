package chainlog

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	secret = []byte(strings.Repeat("s", 32))
	other  = []byte(strings.Repeat("o", 32))
	start  = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
)

// written is a log of five entries.
func written(t *testing.T) (path string, text []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "state", "windows.log")
	for i, what := range []string{"opened", "opened", "closed", "opened", "ended"} {
		l, err := Open(path, secret) // each time anew, as after a restart
		if err != nil {
			t.Fatal(err)
		}
		if line, err := l.Append(start.Add(time.Duration(i)*time.Hour), map[string]string{"what": what}); err != nil || line.Number != i+1 || l.Head().Code != line.Code {
			t.Fatal(line, err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, text
}

func TestWholeLog(t *testing.T) {
	path, _ := written(t)
	lines, err := Read(path, other, secret)
	if err != nil || len(lines) != 5 || string(lines[2].Entry) != `{"what":"closed"}` {
		t.Error(lines, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if l, err := Open(path, other, secret); err != nil { // the secret was rotated
		t.Error(err)
	} else if _, err := l.Append(start, "x"); err != nil {
		t.Error(err)
	}
	if _, err := Read(path, other, secret); err != nil {
		t.Error(err)
	}
	if _, err := Read(path, secret); err == nil {
		t.Error("a line of another secret counts")
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none"), secret); err != nil {
		t.Error(err)
	}
}

// TestTwoProcesses: while one takes over from the other, both write.
func TestTwoProcesses(t *testing.T) {
	path, _ := written(t)
	a, err := Open(path, secret)
	b, err2 := Open(path, secret)
	for range 3 {
		_, err3 := a.Append(start, "a")
		_, err4 := b.Append(start, "b")
		if err := errors.Join(err, err2, err3, err4); err != nil {
			t.Fatal(err)
		}
	}
	if lines, err := Read(path, secret); err != nil || len(lines) != 11 {
		t.Error(lines, err)
	}
}

// TestEveryChangeIsSeen: all but a cut at the end, which only the last code shows.
func TestEveryChangeIsSeen(t *testing.T) {
	path, text := written(t)
	lines := slices.Collect(strings.Lines(string(text)))
	join := func(parts ...string) string { return strings.Join(parts, "") }
	for name, changed := range map[string]string{
		"a word":         strings.Replace(string(text), "closed", "opened", 1),
		"a time":         strings.Replace(string(text), "T13:", "T14:", 1),
		"cut out":        join(lines[0], lines[1], lines[3], lines[4]),
		"the first gone": join(lines[1:]...),
		"swapped":        join(lines[0], lines[2], lines[1], lines[3], lines[4]),
		"twice":          join(lines[0], lines[0], lines[1], lines[2], lines[3], lines[4]),
		"no line":        join(lines[0], "x\n", lines[1], lines[2], lines[3], lines[4]),
		"torn":           string(text[:len(text)-9]),
		"spaces":         strings.Replace(string(text), `{"what":"closed"}`, `{"what": "closed"}`, 1),
	} {
		if _, err := readFrom(strings.NewReader(changed), secret); !errors.As(err, new(*BrokenError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	cut := join(lines[:3]...)
	read, err := readFrom(strings.NewReader(cut), secret)
	if err != nil || read[2].Code == "" {
		t.Error(err)
	}
	if l, err := Open(path, secret); err != nil || l.Head().Code == read[2].Code {
		t.Error("the head does not show a cut", err)
	}
}

// TestTornEndLosesNothingMore: what the power took is seen, what follows is whole.
func TestTornEndLosesNothingMore(t *testing.T) {
	path, text := written(t)
	if err := os.WriteFile(path, text[:len(text)-9], 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Open(path, secret)
	if !errors.As(err, new(*BrokenError)) {
		t.Fatal(err)
	}
	if _, err := l.Append(start, "next"); err != nil {
		t.Fatal(err)
	}
	if lines, err := Read(path, secret); len(lines) != 5 || string(lines[4].Entry) != `"next"` || !errors.As(err, new(*BrokenError)) {
		t.Error(lines, err)
	}
}

// TestCutWhileItRuns: what follows hides no end that somebody has cut off meanwhile.
func TestCutWhileItRuns(t *testing.T) {
	for keep := range 5 {
		path, text := written(t)
		l, err := Open(path, secret)
		if err != nil {
			t.Fatal(err)
		}
		cut := strings.Join(slices.Collect(strings.Lines(string(text)))[:keep], "")
		if err := os.WriteFile(path, []byte(cut), 0o600); err != nil {
			t.Fatal(err)
		}
		for n := 6; n < 8; n++ {
			if line, err := l.Append(start, "next"); err != nil || line.Number != n {
				t.Error(keep, line, err)
			}
		}
		if lines, err := Read(path, secret); len(lines) != keep+2 || !errors.As(err, new(*BrokenError)) {
			t.Error(keep, lines, err)
		}
	}
}

// TestUnconfirmed: a line that is in the file counts, also where the disk has not said so.
func TestUnconfirmed(t *testing.T) {
	path, _ := written(t)
	l, err := Open(path, secret)
	if err != nil {
		t.Fatal(err)
	}
	l.sync = func(*os.File) error { return errors.New("input/output error") }
	if _, err := l.Append(start, "not confirmed"); err == nil || l.Head().Number != 6 {
		t.Error(l.Head(), err)
	}
	l.sync = (*os.File).Sync
	if line, err := l.Append(start, "next"); err != nil || line.Number != 7 {
		t.Error(line, err)
	}
	if lines, err := Read(path, secret); err != nil || len(lines) != 7 {
		t.Error(lines, err)
	}
}

func TestTooLongEntry(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "log"), secret)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(start, strings.Repeat("x", maxLine)); err == nil || l.Head().Number != 0 {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"number":1,"time":"2026-11-01T12:00:00Z","entry":{"what":"opened"},"code":"00"}`))
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if lines, err := readFrom(bytes.NewReader(text), secret); err == nil && len(lines) > 0 {
			t.Error("a log that nobody signed is whole")
		}
	})
}

// TestTwoWriters: while one process takes over from another both may write, and no line
// is written twice or lost.
func TestTwoWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "windows.log")
	const each = 50
	var writing sync.WaitGroup
	for range 4 {
		l, err := Open(path, secret)
		if err != nil {
			t.Fatal(err)
		}
		writing.Go(func() {
			for range each {
				if _, err := l.Append(start, "x"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	if lines, err := Read(path, secret); err != nil || len(lines) != 4*each {
		t.Error(len(lines), err)
	}
}
