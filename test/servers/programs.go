package servers

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pavise/test/tools"
)

// OpenSSL starts OpenSSL's own server with more arguments, and returns its address.
func OpenSSL(t testing.TB, kind string, more ...string) string {
	t.Helper()
	program := tools.Need(t, "openssl")
	cert, key := files(t, SelfSigned(t, kind))
	cmd := exec.Command(program, append([]string{"s_server", "-accept", "127.0.0.1:0", "-cert", cert, "-key", key}, more...)...)
	if _, err := cmd.StdinPipe(); err != nil { // it ends with its input
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	complaint := run(t, cmd)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if at, ok := strings.CutPrefix(lines.Text(), "ACCEPT "); ok {
			go func() {
				for lines.Scan() { // what it says must go somewhere
				}
			}()
			return at
		}
	}
	t.Fatalf("s_server %v does not listen: %s", more, complaint)
	return ""
}

// Nginx starts nginx with more lines for its one server, and returns the address.
func Nginx(t testing.TB, lines string) string {
	t.Helper()
	program := tools.Need(t, "nginx")
	cert, key := files(t, SelfSigned(t, RSA))
	dir, at := t.TempDir(), "127.0.0.1:"+FreePort(t)
	conf := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log stderr; events {}
http { access_log off; client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
server { listen %[2]s ssl; ssl_certificate %[3]s; ssl_certificate_key %[4]s; %[5]s location / { return 200 ok; } } }`, dir, at, cert, key, lines)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	complaint := run(t, exec.Command(program, "-p", dir, "-c", file))
	for range 500 {
		if conn, err := net.Dial("tcp", at); err == nil {
			conn.Close()
			return at
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("nginx does not answer: %s", complaint)
	return ""
}

// run starts a program that ends with the test, and returns what it complains of.
func run(t testing.TB, cmd *exec.Cmd) fmt.Stringer {
	t.Helper()
	var complaint strings.Builder
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return &complaint
}
