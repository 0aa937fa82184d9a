package tree_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"pavise/audit/tree"
	"pavise/test/tools"
)

// host makes the root of a host beside a file that nobody may reach from it. A text that
// begins with "-> " is a link.
func host(t *testing.T, files map[string]string) *tree.Tree {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "outside"), []byte("outside"), 0o600); err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(dir, "root")
	for name, text := range files {
		at := filepath.Join(root, name)
		err := os.MkdirAll(filepath.Dir(at), 0o755)
		if to, link := strings.CutPrefix(text, "-> "); link && err == nil {
			err = os.Symlink(to, at)
		} else if err == nil {
			err = os.WriteFile(at, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	h, err := tree.OpenHost(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func TestLinksOfAHostStayInIt(t *testing.T) {
	h := host(t, map[string]string{
		"etc/sites-available/shop": "shop",
		"etc/sites-enabled/shop":   "-> /etc/sites-available/shop",
		"etc/sites-enabled/near":   "-> ../sites-available/shop",
		"etc/sites-enabled/far":    "-> ../../../../../etc/sites-available/shop",
		"etc/web":                  "-> /etc/sites-enabled",
		"etc/out":                  "-> ../../outside",
		"etc/absolute":             "-> " + filepath.Join(t.TempDir(), "x"),
		"etc/loop":                 "-> /etc/pool",
		"etc/pool":                 "-> loop",
		"etc/deep":                 "-> deep/deep",
		"proc/self/fd/3":           "-> socket:[12]",
		"lib":                      "-> usr/lib",
		"usr/lib/x":                "x",
	})
	for name, want := range map[string]string{
		"/etc/sites-enabled/shop": "shop", "etc/sites-enabled/near": "shop", "/etc/sites-enabled/far": "shop",
		"/etc/web/shop": "shop", "/etc/web/../sites-available/shop": "shop", "/lib/x": "x", "/../../lib/x": "x",
	} {
		if got, err := h.Read(name, 0); string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{
		"/etc/out": "no such file", "/etc/absolute": "no such file", "/../outside": "no such file", "/proc/self/fd/3": "no such file",
		"/etc/loop": "more than 40 links", "/etc/deep": "more than 40 links", "/etc": "it is no file", "/usr/lib/x/y": "not a directory",
		strings.Repeat("/etc/..", 200): "too long",
	} {
		if got, err := h.Read(name, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if to, err := h.Link("/proc/self/fd/3"); to != "socket:[12]" {
		t.Errorf("%q, %v", to, err)
	}
	if at, err := h.Resolve("/etc/web/shop"); at != "/etc/sites-available/shop" {
		t.Errorf("%q, %v", at, err)
	}
	if h.Exists("/etc/out") || !h.Exists("/etc/web") {
		t.Error("Exists does not follow links as Read does")
	}
}

func TestLinksOfAProjectStayRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	p, err := tree.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if got, err := p.Read("link", 0); err == nil {
		t.Errorf("%q", got)
	}
}

func TestPipesAreNotWaitedFor(t *testing.T) {
	h := host(t, map[string]string{"a": "a"})
	if err := syscall.Mkfifo(filepath.Join(h.Dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Read("/pipe", 0); err == nil || !strings.Contains(err.Error(), "no file") {
		t.Error(err)
	}
	if _, err := h.List("/pipe"); err == nil {
		t.Error("a pipe has a list")
	}
}

// TestFilesWithoutSize reads what says of itself that it is empty.
func TestFilesWithoutSize(t *testing.T) {
	h, err := tree.OpenHost(t.Context(), "/")
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if !h.Exists("/proc/self/status") {
		tools.Lack(t, "there is no /proc")
	}
	if got, err := h.Read("/proc/self/status", 1<<20); !strings.HasPrefix(string(got), "Name:") {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := h.Read("/proc/self/status", 16); err == nil {
		t.Error("the bound is passed")
	}
}

func TestGlob(t *testing.T) {
	h := host(t, map[string]string{
		"etc/on/b": "", "etc/on/a": "-> ../b", "etc/on/.hidden": "", "etc/on/c.conf": "", "etc/on/d.conf": "", "etc/b": "", "etc/off/b": "",
	})
	for pattern, want := range map[string][]string{
		"/etc/on/*":      {"/etc/on/a", "/etc/on/b", "/etc/on/c.conf", "/etc/on/d.conf"},
		"/etc/*/b":       {"/etc/off/b", "/etc/on/b"},
		"etc/on/[!c]*.*": {"etc/on/d.conf"},
		"/etc/on/.h*":    {"/etc/on/.hidden"},
		"/etc/none/x":    {"/etc/none/x"},
		"/etc/none/*":    nil,
		"/etc/b/*":       nil,
	} {
		if got, err := h.Glob(pattern); !slices.Equal(got, want) || err != nil {
			t.Errorf("%s: %q, %v", pattern, got, err)
		}
	}
	if _, err := h.Glob("/etc/[a"); err == nil {
		t.Error("it is a pattern")
	}
}
