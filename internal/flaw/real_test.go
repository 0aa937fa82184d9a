package flaw_test

import (
	"bufio"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pavise"
)

// lack skips a test for want of something; where PAVISE_TEST_NO_SKIP is 1 it fails.
func lack(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("PAVISE_TEST_NO_SKIP") == "1" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// files are the certificate and the key as PEM.
func files(t *testing.T) (cert, key string) {
	der, err := x509.MarshalPKCS8PrivateKey(certificate().PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for file, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: certificate().Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// sServer starts openssl s_server, and returns its address.
func sServer(t *testing.T, args ...string) string {
	t.Helper()
	cert, key := files(t)
	c := exec.Command("openssl", append([]string{"s_server", "-accept", "127.0.0.1:0", "-cert", cert, "-key", key, "-www"}, args...)...)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		lack(t, "openssl is missing: "+err.Error())
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	said := bufio.NewScanner(out)
	for said.Scan() {
		if m := regexp.MustCompile(`ACCEPT (127\.0\.0\.1:\d+)`).FindStringSubmatch(said.Text()); m != nil {
			go func() {
				for said.Scan() { // it must not wait for us
				}
			}()
			return m[1]
		}
	}
	t.Fatal("openssl s_server does not listen")
	return ""
}

// TestOpenSSL: what OpenSSL is made to offer has no flaw but what it is asked for.
func TestOpenSSL(t *testing.T) {
	const all = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
	for _, s := range []struct {
		name, has string
		args      []string
	}{
		{"as it comes", "", nil},
		{"TLS 1.0 with everything", "", []string{"-tls1", "-cipher", all}},
		{"TLS 1.1 with everything", "", []string{"-tls1_1", "-cipher", all}},
		{"TLS 1.2 with everything", "", []string{"-tls1_2", "-cipher", all}},
		{"RSA key exchange alone", "", []string{"-tls1_2", "-cipher", "kRSA:@SECLEVEL=0"}},
		{"CBC alone", "", []string{"-tls1_2", "-cipher", "AES128-SHA:ECDHE-RSA-AES128-SHA:@SECLEVEL=0"}},
		{"a client may renegotiate", pavise.ClientRenegotiation, []string{"-cipher", all, "-client_renegotiation"}},
		{"even insecurely", pavise.ClientRenegotiation, []string{"-cipher", all, "-client_renegotiation", "-legacy_renegotiation"}},
	} {
		t.Run(s.name, func(t *testing.T) { onlyHas(t, sServer(t, s.args...), s.has) })
	}
}

func onlyHas(t *testing.T, address, has string) {
	for _, which := range every {
		if r, _ := try(t, address, which); r.Has != (which == has) || r.Unknown != "" {
			t.Errorf("%s: %+v", which, r)
		}
	}
}

// TestNginx: nginx has none of the flaws, as it comes and with settings of long ago.
func TestNginx(t *testing.T) {
	path, err := exec.LookPath("nginx")
	if err != nil {
		path = "/usr/sbin/nginx"
	}
	for name, lines := range map[string]string{
		"as it comes":     "",
		"as long ago was": "ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0;",
	} {
		t.Run(name, func(t *testing.T) {
			cert, key := files(t)
			dir, port := t.TempDir(), free(t)
			conf := fmt.Sprintf("daemon off; master_process off; pid %[1]s/pid; error_log stderr crit; events {}\n"+
				"http { access_log off; client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;\n"+
				"server { listen %[2]s ssl; ssl_certificate %[3]s; ssl_certificate_key %[4]s; %[5]s return 200 weak; } }", dir, port, cert, key, lines)
			file := filepath.Join(dir, "nginx.conf")
			if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
				t.Fatal(err)
			}
			c := exec.Command(path, "-p", dir, "-c", file)
			var said strings.Builder
			c.Stderr = &said
			if err := c.Start(); err != nil {
				lack(t, "nginx is missing: "+err.Error())
			}
			t.Cleanup(func() { c.Process.Kill(); c.Wait() })
			for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
				if conn, err := net.Dial("tcp", port); err == nil {
					conn.Close()
					break
				}
				if time.Since(began) > 10*time.Second {
					t.Fatal("nginx does not listen: " + said.String())
				}
			}
			onlyHas(t, port, "")
		})
	}
}

// free is an address that nobody listens at.
func free(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
