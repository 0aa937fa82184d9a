package main

import (
	"os"
	"strings"
	"testing"
)

// TestReadme: the transcript at the top is what the command prints, and the page
// stays one that people read.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("testdata/script/try.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(readme), "\n"); lines > 250 {
		t.Errorf("README.md has %d lines", lines)
	}
	_, rest, _ := strings.Cut(string(readme), "$ go run ./cmd/pavise try --once\n")
	shown, _, ok := strings.Cut(rest, "\n```")
	if !ok || len(shown) < 500 {
		t.Fatal("README.md begins with no transcript")
	}
	for line := range strings.SplitSeq(shown, "\n") {
		if !strings.Contains(line, "[…") && !strings.Contains(string(script), line+"\n") {
			t.Errorf("README.md shows a line that try does not print: %q", line)
		}
	}
}
