package agree

import (
	"crypto/tls"
	"os/exec"
	"path/filepath"
	"testing"

	"pavise/internal/weaktls"
	"pavise/test/servers"
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
	{"OpenSSL, as it is", "", "", "", openssl(servers.RSA)},
	{"OpenSSL, TLS 1.2 alone, two suites", "-p", "", "", openssl(servers.RSA, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA", "-serverpref")},
	{"OpenSSL, TLS 1.3 alone", "", "", "", openssl(servers.RSA, "-tls1_3", "-groups", "X25519:P-256")},
	{"OpenSSL, every suite it has", "", "", "", openssl(servers.RSA, "-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0")},
	{"OpenSSL, DH of 1024 bits", "", "", "", openssl(servers.RSA, "-tls1_2", "-cipher", "DHE-RSA-AES256-SHA:DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0", "-dhparam", "1024")},
	{"OpenSSL, ECDSA, two groups", "", "", "", openssl(servers.ECDSA, "-groups", "P-256:P-384")},
	{"OpenSSL, TLS 1.0 alone", "", "", "", openssl(servers.RSA, "-tls1", "-cipher", "AES128-SHA:ECDHE-RSA-AES256-SHA:@SECLEVEL=0")},
	{"OpenSSL, old renegotiation, no tickets", "", "", "", openssl(servers.RSA, "-tls1_2", "-legacy_renegotiation", "-client_renegotiation", "-no_ticket", "-no_etm")},
	{"OpenSSL, rare suites, any order", "", "", "", openssl(servers.RSA, "-no_tls1_3", "-no_etm", "-cipher", "CAMELLIA:ARIAGCM:AESCCM:@SECLEVEL=1")},
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
		args := []string{"-www"}
		for i, arg := range more {
			if i > 0 && more[i-1] == "-dhparam" {
				arg = dhParameters(t, arg)
			}
			args = append(args, arg)
		}
		return servers.OpenSSL(t, kind, args...)
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
	return func(t *testing.T) string { return servers.Nginx(t, lines) }
}

// goServer is net/http's server.
func goServer(c *tls.Config) func(*testing.T) string {
	return func(t *testing.T) string {
		c := c.Clone()
		c.Certificates = []tls.Certificate{servers.SelfSigned(t, servers.RSA)}
		return serve(t, tls.NewListener(servers.Listen(t), c))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
