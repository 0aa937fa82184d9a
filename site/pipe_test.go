//go:build unix

package site_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pavise/catalog"
	"pavise/site"
)

// TestAuditFileIsAPipe: nobody waits for whom a stranger has write.
func TestAuditFileIsAPipe(t *testing.T) {
	file := filepath.Join(t.TempDir(), site.AuditFile)
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := site.LoadAudit(file, catalog.All()); err == nil || !strings.Contains(err.Error(), "is no file") {
		t.Errorf("it said %v", err)
	}
}
