package catalog_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pavise/internal/authority"
	"pavise/internal/weakshop"
	"pavise/scan"
)

// resumingNginx takes early data, and lets its tickets live for a month.
func resumingNginx(t *testing.T, local *authority.Authority) scan.Options {
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		nginx, err = exec.LookPath("/usr/sbin/nginx") // where a user of Debian has it
	}
	if err != nil {
		if os.Getenv("PAVISE_TEST_NO_SKIP") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	made := exec.Command("openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN="+weakshop.Host, "-keyout", key, "-out", cert)
	if out, err := made.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	l := listen(t)
	at := port(l)
	l.Close() // nginx listens there in a moment
	conf := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log stderr; events {}
http { access_log off; client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
server { listen 127.0.0.1:%[2]d ssl; ssl_certificate %[3]s; ssl_certificate_key %[4]s; ssl_protocols TLSv1.2 TLSv1.3;
ssl_early_data on; ssl_session_timeout 30d; location / { return 200 ok; } } }`, dir, at, cert, key)
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(nginx, "-p", dir, "-c", filepath.Join(dir, "nginx.conf"))
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for range 100 {
		if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", at)); err == nil {
			conn.Close()
			return scan.Options{Target: targetAt(at, at), Timeout: time.Minute}
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("nginx does not answer: %s", said.String())
	return scan.Options{}
}
