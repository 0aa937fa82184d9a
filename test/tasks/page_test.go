package tasks_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// What a page shows must be what was said: all of it, but for what "…" leaves out.
func TestShown(t *testing.T) {
	for _, c := range []struct {
		shown, said string
		want        bool
	}{
		{"200\n", "200\n", true},
		{"200\n", "404\n", false},
		{"200\n", "200\n200\n", false},
		{"…\n200\n", "any\nlines\n200\n", true},
		{"200\n…\n", "404\n200\n", false},
		{"process … reloaded\n", "process 17 reloaded\n", true},
		{"process … reloaded\n", "process 17\nreloaded\n", false},
		{"a.b\n", "aXb\n", false},
		{"HTTP/2 200\n", "HTTP/2 200 \r\n", true},
	} {
		if got := shown(c.shown, "$").MatchString(c.said); got != c.want {
			t.Errorf("%q shows %q: %t", c.shown, c.said, got)
		}
	}
}

func TestBlocks(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	text := "# Page\n\n```yaml\n# /etc/a.yaml\na: b\n```\n\n   ```sh\n   one \\\n     more\n   # a word\n   two # exits with 3\n   ```\n\n```json /b.json\n{}\n```\n"
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := blocksOf(page)
	want := []block{
		{lang: "yaml", file: "/etc/a.yaml", line: 4, text: "# /etc/a.yaml\na: b\n"},
		{lang: "sh", line: 9, text: "one \\\n  more\n# a word\ntwo # exits with 3\n"},
		{lang: "json", file: "/b.json", line: 16, text: "{}\n"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("%+v, %v", got, err)
	}
	commands := []command{{9, "one \\\n  more", "0"}, {12, "two # exits with 3", "3"}}
	if got := got[1].commands(); !slices.Equal(got, commands) {
		t.Errorf("%+v", got)
	}
	if err := os.WriteFile(page, []byte("```sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := blocksOf(page); err == nil {
		t.Error("a block that does not end is a mistake")
	}
}
