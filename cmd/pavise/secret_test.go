package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/authority"
	"pavise/site"
)

// TestSecretCommand: a secret is made, added, rotated and forgotten, and never shown.
func TestSecretCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	do := func(line string) []string {
		t.Helper()
		var out, said strings.Builder
		if code := run(append(strings.Fields(line), "--secret-file", file), &out, &said); code != cli.ExitClean {
			t.Fatalf("pavise %s: exit %d %s", line, code, said.String())
		}
		return strings.Fields(strings.NewReplacer("in use", "", "only opens", "").Replace(out.String()))
	}
	first := do("secret add")[0]
	added := do("secret add")
	if len(added) != 2 || added[0] != first {
		t.Fatal(first, added)
	}
	rotated := do("secret rotate " + added[1])
	if len(rotated) != 2 || rotated[0] != added[1] || rotated[1] != first {
		t.Fatal(added, rotated)
	}
	var offered strings.Builder
	run([]string{"__complete", "secret", "rotate", "--secret-file", file, ""}, &offered, io.Discard)
	if want := first + "\n:4\n"; offered.String() != want {
		t.Errorf("the shell is offered %q, want %q", offered.String(), want)
	}
	if again := do("secret rotate"); len(again) != 3 || again[1] != added[1] {
		t.Error(again)
	}
	if left := do("secret forget " + first); len(left) != 2 || strings.Join(do("secret show"), " ") != strings.Join(left, " ") {
		t.Error(left)
	}
	p := new(ground)
	if err := p.keepSecret(&plan{file: &site.File{SecretFile: file}}); err != nil || len(p.secret) != 32 || len(p.former) != 1 {
		t.Errorf("serve has %d former, %v", len(p.former), err)
	}
	data, _ := os.ReadFile(file)
	if !bytes.Equal(data[:32], p.secret) {
		t.Error("the first is not the one in use")
	}
}

// TestSecretMistakes: each is told with the line to type.
func TestSecretMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "short", "x")
	write(t, "open", strings.Repeat("x", 32))
	write(t, "good", strings.Repeat("x", 32))
	os.Chmod("open", 0o644)
	os.Mkdir("dir", 0o700)
	full := authority.Secrets{[]byte(strings.Repeat("a", 32)), []byte(strings.Repeat("b", 32)), []byte(strings.Repeat("c", 32)), []byte(strings.Repeat("a", 32))}
	write(t, "full", string(bytes.Join(full, nil)))
	for _, tt := range []struct{ line, said, hint string }{
		{"secret show --secret-file none", "there is no secret at none", "give Pavise a file of its own: pavise secret add --secret-file none"},
		{"secret show --secret-file short", "secret: short is no file of secrets: it must have 32 bytes, or up to 4 times as many", "copy it whole from a node that has it, or make one: pavise secret add --secret-file NEW"},
		{"secret rotate --secret-file open", "secret: open: others can read it", "chmod 600 open"},
		{"secret rotate 12 --secret-file good", `no secret has the fingerprint "12"`, "pavise secret show lists them"},
		{"secret add --secret-file full", "there are as many secrets as can be kept", "pavise secret forget " + authority.Fingerprint(full[2]) + ", if nothing needs it any more"},
		{"secret show --secret-file dir", "secret: dir is a directory: name a file in it", "give Pavise a file of its own: pavise secret add --secret-file " + filepath.Join("dir", "secret")},
		{"secret rotate a b", "rotate takes one fingerprint, not 2", "pavise secret rotate a"},
		{"secret forget", "forget takes the one fingerprint", "pavise secret show lists them"},
		{"secret rotat", `pavise secret does not know "rotat"`, "did you mean pavise secret rotate?"},
		{"serve --to 3000 --secret-file none", "there is no secret at none", "give Pavise a file of its own: pavise secret add --secret-file none"},
	} {
		var said strings.Builder
		code := run(strings.Fields(tt.line), io.Discard, &said)
		want := "pavise: error: " + tt.said + "\npavise: hint: " + tt.hint + "\n"
		if code != cli.ExitUsage || said.String() != want {
			t.Errorf("pavise %s: exit %d\n%s", tt.line, code, said.String())
		}
	}
}

// TestKeepSecret: the next run has the same secret; where none can be kept there is
// a warning, and no end.
func TestKeepSecret(t *testing.T) {
	dir := t.TempDir()
	var first, second, third ground
	if err := errors.Join(first.keepSecret(&plan{file: &site.File{State: dir}}), second.keepSecret(&plan{file: &site.File{State: dir}})); err != nil {
		t.Fatal(err)
	}
	if len(first.secret) != 32 || !bytes.Equal(first.secret, second.secret) || first.notes != nil {
		t.Errorf("%d bytes, %q", len(first.secret), first.notes)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := third.keepSecret(&plan{file: &site.File{State: filepath.Join(file, "state")}}); err != nil || third.secret != nil || len(third.notes) != 1 || !strings.HasPrefix(third.notes[0], "warning: ") {
		t.Errorf("%d bytes, %q", len(third.secret), third.notes)
	}
}
