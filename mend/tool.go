package mend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// A tool is how a package manager is run: where, with what, and how long at most.
type tool struct {
	dir  string
	env  []string
	time time.Duration
}

// maxOutput bounds what is kept of what a tool writes.
const maxOutput = 8 << 20

// run runs a command and returns what it wrote. An error shows the end of that.
func (t tool) run(ctx context.Context, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, t.time)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.Env = t.dir, t.env
	c.WaitDelay = 5 * time.Second
	together(c)
	var out, said capped
	c.Stdout, c.Stderr = &out, &said
	err := c.Run()
	line := name + " " + strings.Join(args, " ")
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, &unableError{fmt.Errorf("%s is not installed", name)}
	case err != nil && ctx.Err() == nil && unreached(append(out.Bytes(), said.Bytes()...)):
		return nil, &unableError{fmt.Errorf("%s cannot reach the registry: %w\n%s", line, err, lastLines(append(out.Bytes(), said.Bytes()...)))}
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%s: %w after %s", line, context.Cause(ctx), t.time)
	case err != nil:
		return nil, fmt.Errorf("%s: %w\n%s", line, err, lastLines(append(out.Bytes(), said.Bytes()...)))
	}
	return out.Bytes(), nil
}

// An unableError is that a tool cannot work, whatever it is asked to do.
type unableError struct{ error }

func (e *unableError) Unwrap() error { return e.error }

// away are the words by which Node and Go say that the network, or a server, is away.
var away = regexp.MustCompile(`ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|dial tcp`)

// unreached reports whether a tool failed because nobody answered it.
func unreached(said []byte) bool { return away.Match(said) }

// A capped buffer keeps the first of what is written.
type capped struct{ bytes.Buffer }

func (b *capped) Write(p []byte) (int, error) {
	if room := maxOutput - b.Len(); room > 0 {
		b.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

const maxLines = 25

// lastLines is the end of what a tool wrote, each line indented, without what a terminal
// would take for a command.
func lastLines(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(bytes.ToValidUTF8(out, []byte("?")))), "\n")
	lines = lines[max(0, len(lines)-maxLines):]
	for i, l := range lines {
		l = strings.Map(func(r rune) rune {
			if r < ' ' && r != '\t' || r == 0x7f {
				return -1
			}
			return r
		}, l)
		lines[i] = "    " + l[:min(len(l), 300)]
	}
	return strings.Join(lines, "\n")
}
