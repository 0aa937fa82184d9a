package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func runs(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(args, &out, &err)
	return code, out.String(), err.String()
}

// TestInstall writes below another root, where nothing is run.
func TestInstall(t *testing.T) {
	root := t.TempDir()
	install := func(more ...string) string {
		t.Helper()
		code, out, err := runs(t, append([]string{"install", "--root", root}, more...)...)
		if code != exitClean {
			t.Fatalf("%d %s", code, err)
		}
		return out
	}
	if out := install("shop.test", "--to", "3000", "--dry-run"); !strings.Contains(out, "NoNewPrivileges=yes") || !strings.Contains(out, `hosts: [shop.test]`) {
		t.Error(out)
	}
	if list := filesBelow(t, root); list != nil {
		t.Fatalf("--dry-run wrote %q", list)
	}
	install("shop.test", "--to", "3000")
	config := filepath.Join(root, "etc/pavise/pavise.yaml")
	if code, out, err := runs(t, "check", config); code != exitClean {
		t.Errorf("%d %s %s", code, out, err)
	}
	for _, path := range []string{"usr/local/bin/pavise", "etc/systemd/system/pavise.service", "usr/local/share/man/man1/pavise-serve.1.gz",
		"usr/local/share/bash-completion/completions/pavise"} {
		if _, err := os.Stat(filepath.Join(root, path)); err != nil {
			t.Error(err)
		}
	}
	os.WriteFile(config, []byte("sites: [{hosts: [mine.test], to: 4000}]\n"), 0o644)
	if out := install("shop.test", "--to", "3000"); out != "" {
		t.Errorf("it wrote again: %s", out)
	}
	if code, _, err := runs(t, "uninstall", "--root", root); code != exitClean {
		t.Error(err)
	}
	if list := filesBelow(t, root); len(list) != 1 || list[0] != config {
		t.Errorf("left: %q, want the owner's configuration alone", list)
	}
}

// TestInstallNext: what is said to do next can be typed.
func TestInstallNext(t *testing.T) {
	var out strings.Builder
	file := filepath.Join(t.TempDir(), "pavise.yaml")
	f := installFlags{}
	f.service.Config = file
	f.next(&out)
	line, _, _ := strings.Cut(out.String(), "\n")
	words := strings.Fields(strings.TrimPrefix(line, "next: pavise "))
	if code, _, err := runs(t, words...); code != exitClean {
		t.Errorf("%s: %d %s", line, code, err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

func TestInstallMistakes(t *testing.T) {
	for want, args := range map[string][]string{
		"HOST and --to go together": {"shop.test"},
		"is more than a host name":  {"https://shop.test", "--to", "3000"},
		"lower-case letters":        {"--user", "Mallory"},
		"must be absolute":          {"--config", "pavise.yaml"},
	} {
		if code, _, err := runs(t, append([]string{"install", "--root", t.TempDir()}, args...)...); code != exitUsage || !strings.Contains(err, want) {
			t.Errorf("%q: %d %s", args, code, err)
		}
	}
}

// TestManPages: there is one of every command, and it has the example that --help has.
func TestManPages(t *testing.T) {
	dir := t.TempDir()
	if code, _, err := runs(t, "man", "--dir", dir); code != exitClean {
		t.Fatal(err)
	}
	for _, name := range []string{"pavise.1", "pavise-serve.1", "pavise-db-update.1"} {
		page, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Contains(page, []byte(".SH EXAMPLE")) || !bytes.HasPrefix(page, []byte(".nh\n.TH")) {
			t.Errorf("%s: %v %.80q", name, err, page)
		}
	}
}

func filesBelow(t *testing.T, root string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
