package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRunningState: who has none running asks the service, if there is one.
func TestRunningState(t *testing.T) {
	own, service := filepath.Join(t.TempDir(), "own"), t.TempDir()
	if got := ownOrService(own, service); got != service {
		t.Error(got)
	}
	if got := ownOrService(own, filepath.Join(service, "none")); got != own {
		t.Error(got)
	}
	if err := os.MkdirAll(filepath.Join(own, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(own, "run", "1.sock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := ownOrService(own, service); got != own {
		t.Error(got)
	}
	if got, err := RunningState(own); got != own || err != nil {
		t.Error(got, err)
	}
}
