//go:build unix

package examine

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestHostPatch: somebody who may not write the host's files gets the changes as a patch,
// and the files stay.
func TestHostPatch(t *testing.T) {
	base, err := os.MkdirTemp("", "pavise-patch-") // where others may look, other than t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	at := func(name string) string { return filepath.Join(base, name) }
	os.MkdirAll(at("root/etc/nginx"), 0o755)
	os.MkdirAll(at("work"), 0o755)
	const text = "http {\n    server_tokens off;\n    server {\n        listen 443 ssl;\n        ssl_protocols TLSv1 TLSv1.2;\n    }\n}\n"
	if err := os.WriteFile(at("root/etc/nginx/nginx.conf"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if os.Link(self, at("pavise")) != nil {
		copied(t, self, at("pavise"))
	}
	c := exec.Command(at("pavise"), "audit", "--host", "--root", at("root"), "--fix=settings", "--yes")
	c.Dir = at("work")
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.Dir, "XDG_STATE_HOME=" + c.Dir}
	os.Chmod(base, 0o755)
	os.Chmod(c.Dir, 0o777)
	os.Chmod(at("root"), 0o555)
	if os.Geteuid() == 0 { // who may write everywhere
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); c.ProcessState == nil || c.ProcessState.ExitCode() != 3 {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if want := "The changes are in pavise-host.patch: patch -d "; !strings.Contains(out.String(), want) {
		t.Errorf("it does not say %q:\n%s", want, out.String())
	}
	patch, _ := os.ReadFile(at("work/pavise-host.patch"))
	for _, want := range []string{"--- a/etc/nginx/nginx.conf\n+++ b/etc/nginx/nginx.conf\n", "-        ssl_protocols TLSv1 TLSv1.2;\n+        ssl_protocols TLSv1.2 TLSv1.3;\n"} {
		if !strings.Contains(string(patch), want) {
			t.Errorf("the patch has no %q:\n%s", want, patch)
		}
	}
	if now, _ := os.ReadFile(at("root/etc/nginx/nginx.conf")); string(now) != text {
		t.Errorf("the file became\n%s", now)
	}
}

func copied(t *testing.T, from, to string) {
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
