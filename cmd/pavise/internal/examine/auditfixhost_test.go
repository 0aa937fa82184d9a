package examine

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pavise/cmd/pavise/internal/cli"
)

// TestFixOfAHostKnowsItsSoftware: early TLS that OpenSSL alone refuses is mended in a copy
// that has settings alone.
func TestFixOfAHostKnowsItsSoftware(t *testing.T) {
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS("../../../../catalog/testdata/ondisk/host/openssl-refuses")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "etc/nginx/nginx.conf")
	was, _ := os.ReadFile(file)
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	var out, said bytes.Buffer
	run([]string{"audit", "--host", "--root", root, "--fix=settings", "--yes"}, &out, &said)
	now, _ := os.ReadFile(file)
	if !strings.Contains(string(now), "\tssl_protocols TLSv1.2 TLSv1.3;\n") || !strings.Contains(out.String(), "host.nginx-tls.allowed") {
		t.Errorf("nginx.conf became\n%s%s%s", now, &out, &said)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info, err)
	}
	if code := run([]string{"audit", "--undo", "--host", "--root", root}, &out, &said); code != cli.ExitClean {
		t.Errorf("undo: exit %d: %s", code, &said)
	}
	if now, _ := os.ReadFile(file); !bytes.Equal(now, was) {
		t.Errorf("undo left\n%s", now)
	}
}
