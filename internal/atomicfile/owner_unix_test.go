//go:build unix

package atomicfile

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"pavise/test/tools"
)

// TestOwner: what root writes into a folder of somebody else's is theirs.
func TestOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		tools.Lack(t, "only root writes for others")
	}
	const other = 65534
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, other, other); err != nil {
		tools.Lack(t, "without CAP_CHOWN: %v", err)
	}
	path := func(name string) string { return filepath.Join(dir, name) }
	for name, write := range map[string]func() error{
		"written":      func() error { return Write(path("written"), nil, 0o600) },
		"created":      func() error { return Create(path("created"), nil, 0o600) },
		"folder":       func() error { return Folder(path("folder"), 0o700) },
		"folder again": func() error { return Folder(path("folder"), 0o700) },
	} {
		if err := write(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"written", "created", "folder"} {
		info, err := os.Stat(path(name))
		if err != nil {
			t.Fatal(err)
		}
		if is := info.Sys().(*syscall.Stat_t); is.Uid != other || is.Gid != other {
			t.Errorf("%s belongs to %d:%d", name, is.Uid, is.Gid)
		}
	}
}
