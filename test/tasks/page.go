package tasks_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// A block is a fenced block of a page, at the line of its first fence.
type block struct {
	lang string
	line int // of its first line of text
	text string
}

// ctrlC is a line of a block that ends the server that was started last.
const ctrlC = "# Ctrl-C"

var (
	fence = regexp.MustCompile("^( *)```(\\w*)$")
	// fileName is the first line of what is to be written into a file: a comment
	// that is nothing but its name.
	fileName = regexp.MustCompile(`^(?:#|//|<\?php //|<!--) (/\S+)(?: -->)?$`)
	exitsBy  = regexp.MustCompile(`# exits with (\d+)`)
	// servers are commands that go on until the page ends, each as in a terminal of
	// its own.
	servers = regexp.MustCompile(`^(\w+=\S+ )*(pavise (mail )?serve|node|php -S|haproxy -f|redis-server|caddy run) ?`)
)

// blocksOf reads a page: all blocks in order, without their indentation.
func blocksOf(file string) ([]block, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all []block
	var open *block
	indent := ""
	for i, line := range strings.Split(string(text), "\n") {
		switch m := fence.FindStringSubmatch(line); {
		case open == nil && m != nil:
			indent, open = m[1], &block{lang: m[2], line: i + 2}
		case open != nil && m != nil && m[2] == "":
			all, open = append(all, *open), nil
		case open != nil:
			open.text += strings.TrimPrefix(line, indent) + "\n"
		}
	}
	if open != nil {
		return nil, fmt.Errorf("%s:%d: this block does not end", file, open.line)
	}
	return all, nil
}

// file returns where a block is to be written, or "".
func (b block) file() string {
	first, _, _ := strings.Cut(b.text, "\n")
	if m := fileName.FindStringSubmatch(first); m != nil {
		return m[1]
	}
	return ""
}

// A command is one of a block, which may go on over lines by a backslash.
type command struct {
	line  int
	text  string
	exits string // the status that the page says, 0 where it says none
}

func (c command) serves() bool { return servers.MatchString(c.text) }

func (b block) commands() []command {
	var all []command
	text, begin := "", 0
	for i, line := range strings.Split(strings.TrimSuffix(b.text, "\n"), "\n") {
		if text == "" {
			begin = i
		}
		text += line
		if strings.HasSuffix(line, `\`) {
			text += "\n"
			continue
		}
		if t := strings.TrimSpace(text); t != "" && (!strings.HasPrefix(t, "#") || t == ctrlC) {
			c := command{line: b.line + begin, text: text, exits: "0"}
			if m := exitsBy.FindStringSubmatch(text); m != nil {
				c.exits = m[1]
			}
			all = append(all, c)
		}
		text = ""
	}
	return all
}

// shown is the output that a page shows: "…" stands for any text within a line, and
// alone for any lines.
func shown(text, end string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`^`)
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		if strings.TrimSpace(line) == "…" {
			b.WriteString(`(?:.*\n)*`)
			continue
		}
		parts := strings.Split(strings.TrimRight(line, " "), "…")
		for i, p := range parts {
			parts[i] = regexp.QuoteMeta(p)
		}
		b.WriteString(strings.Join(parts, `.*`) + `[ \r]*\n`)
	}
	return regexp.MustCompile(b.String() + end)
}
