package browser

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Build makes the program pavise and returns where it is. To link it takes longer than
// many a test, so all packages share one, which the go command makes anew only where the
// sources have changed.
func Build(t *testing.T) string {
	t.Helper()
	shared, err := built(t)
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "pavise")
	if os.Link(shared, binary) == nil {
		return binary
	}
	text, err := os.ReadFile(shared) // it is on another file system
	if err == nil {
		err = os.WriteFile(binary, text, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// built is the program that the tests of this checkout share.
func built(t *testing.T) (string, error) {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	here, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	of := sha256.Sum256([]byte(here))
	dir := filepath.Join(cache, "pavise-tests", hex.EncodeToString(of[:6]))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	lock, err := os.Create(filepath.Join(dir, "lock"))
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "pavise")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./cmd/pavise")
	build.Dir = here
	if out, err := build.CombinedOutput(); err != nil {
		t.Logf("%s", out)
		return "", err
	}
	return binary, nil
}
