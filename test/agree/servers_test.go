package agree

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pavise/internal/weaktls"
)

// A server is one configuration that is looked at.
type server struct{ name, address string }

// A configuration starts a server.
type configuration struct {
	name  string
	often string // what testssl.sh is asked in every test run; "" leaves it to make agree
	flaws string // that testssl.sh must find, too
	less  string // options of sslscan
	start func(*testing.T) string
}

// partly leaves out of sslscan what our flawed server leads astray: it needs whole
// handshakes, which that has not with every suite, and waits for long at each curve that
// that does not have.
const partly = "--no-ciphersuites --no-groups"

var configurations = []configuration{
	{"OpenSSL, as it is", "", "", "", openssl("rsa")},
	{"OpenSSL, TLS 1.2 alone, two suites", "-p", "", "", openssl("rsa", "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA", "-serverpref")},
	{"OpenSSL, TLS 1.3 alone", "", "", "", openssl("rsa", "-tls1_3", "-groups", "X25519:P-256")},
	{"OpenSSL, every suite it has", "", "", "", openssl("rsa", "-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0")},
	{"OpenSSL, DH of 1024 bits", "", "", "", openssl("rsa", "-tls1_2", "-cipher", "DHE-RSA-AES256-SHA:DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0", "-dhparam", "1024")},
	{"OpenSSL, ECDSA, two groups", "", "", "", openssl("ecdsa", "-groups", "P-256:P-384")},
	{"OpenSSL, TLS 1.0 alone", "", "", "", openssl("rsa", "-tls1", "-cipher", "AES128-SHA:ECDHE-RSA-AES256-SHA:@SECLEVEL=0")},
	{"OpenSSL, old renegotiation, no tickets", "", "", "", openssl("rsa", "-tls1_2", "-legacy_renegotiation", "-client_renegotiation", "-no_ticket", "-no_etm")},
	{"OpenSSL, rare suites, any order", "", "", "", openssl("rsa", "-no_tls1_3", "-no_etm", "-cipher", "CAMELLIA:ARIAGCM:AESCCM:@SECLEVEL=1")},
	{"nginx, as it is", "", "", "", nginx("")},
	{"nginx, by Mozilla's guideline", "", "", "", nginx("ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; ssl_session_tickets off; ssl_prefer_server_ciphers off;")},
	{"nginx, every version and suite", "", "", "", nginx("ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:!aNULL:@SECLEVEL=0; ssl_prefer_server_ciphers on;")},
	{"Go, as it is", "", "", "", goServer(&tls.Config{})},
	{"Go, every version and suite", "", "", "", goServer(everything())},
	{"Pavise", "", "", "", shielded},
	{"a server of ours with nearly every flaw", "-H -I -BB -C -O -D -F -J", "heartbleed ccs robot crime poodle drown freak logjam", partly, flawed(nearlyEvery)},
	{"a server of ours with Ticketbleed", "-T", "ticketbleed", partly, flawed(weaktls.Config{Versions: []uint16{weaktls.TLS12}, Tickets: true, Ticketbleed: true})},
}

func everything() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS10}
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		c.CipherSuites = append(c.CipherSuites, s.ID)
	}
	return c
}

// openssl is OpenSSL's own server with more arguments.
func openssl(kind string, more ...string) func(*testing.T) string {
	return func(t *testing.T) string {
		cert, key := certificate(t, kind)
		port := freePort(t)
		args := []string{"s_server", "-accept", "127.0.0.1:" + port, "-cert", cert, "-key", key, "-www", "-quiet"}
		for i, arg := range more {
			if i > 0 && more[i-1] == "-dhparam" {
				arg = dhParameters(t, arg)
			}
			args = append(args, arg)
		}
		run(t, exec.Command("openssl", args...), port)
		return "127.0.0.1:" + port
	}
}

func dhParameters(t *testing.T, bits string) string {
	file := filepath.Join(t.TempDir(), "dh.pem")
	if out, err := exec.CommandContext(t.Context(), "openssl", "dhparam", "-dsaparam", "-out", file, bits).CombinedOutput(); err != nil {
		t.Fatalf("openssl dhparam: %v: %s", err, out)
	}
	return file
}

// nginx is Debian's nginx with more lines.
func nginx(lines string) func(*testing.T) string {
	return func(t *testing.T) string {
		cert, key := certificate(t, "rsa")
		port, dir := freePort(t), t.TempDir()
		conf := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log stderr; events {}
http { access_log off; client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
server { listen 127.0.0.1:%[2]s ssl; ssl_certificate %[3]s; ssl_certificate_key %[4]s; %[5]s location / { return 200 ok; } } }`, dir, port, cert, key, lines)
		file := filepath.Join(dir, "nginx.conf")
		if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, exec.Command("nginx", "-p", dir, "-c", file), port)
		return "127.0.0.1:" + port
	}
}

// goServer is net/http's server.
func goServer(c *tls.Config) func(*testing.T) string {
	return func(t *testing.T) string {
		cert, key := certificate(t, "rsa")
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		c := c.Clone()
		c.Certificates = []tls.Certificate{pair}
		l, err := tls.Listen("tcp", "127.0.0.1:0", c)
		if err != nil {
			t.Fatal(err)
		}
		return serve(t, l)
	}
}

// run starts a program and waits until its port answers.
func run(t *testing.T, c *exec.Cmd, port string) {
	t.Helper()
	var said strings.Builder
	c.Stderr, c.WaitDelay = &said, time.Second
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	for range 100 {
		if conn, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			conn.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s does not answer: %s", c.Path, said.String())
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// certificate writes a certificate for localhost and its key.
func certificate(t *testing.T, kind string) (cert, key string) {
	t.Helper()
	var private any
	var public any
	if kind == "ecdsa" {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(t, err)
		private, public = k, k.Public()
	} else {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		must(t, err)
		private, public = k, k.Public()
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	must(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	must(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600))
	return cert, key
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
