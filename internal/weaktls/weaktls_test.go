package weaktls

import (
	"bytes"
	"crypto/rsa"
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"os/exec"
	"pavise/test/servers"
	"pavise/test/tools"
	"strings"
	"testing"
	"time"
)

// serve starts a server with a page of several records, and returns its address.
func serve(t *testing.T, c Config) string {
	t.Helper()
	pair := servers.SelfSigned(t, servers.RSA)
	c.Certificate, c.Key = pair.Certificate[0], pair.PrivateKey.(*rsa.PrivateKey)
	if c.Versions == nil {
		c.Versions = []uint16{TLS10, TLS11, TLS12}
	}
	if c.Suites == nil {
		c.Suites = Suites()
	}
	inner := servers.Listen(t)
	page := func(w http.ResponseWriter, r *http.Request) { w.Write(bytes.Repeat([]byte("weak"), 10_000)) }
	server := &http.Server{Handler: http.HandlerFunc(page), ReadTimeout: 20 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go server.Serve(Listen(inner, c))
	t.Cleanup(func() { server.Close() })
	return inner.Addr().String()
}

// TestServesGoClients: every suite that crypto/tls has too leads to the page, in every
// version.
func TestServesGoClients(t *testing.T) {
	address := serve(t, Config{Groups: []uint16{29, 23, 24, 25}})
	for _, version := range []uint16{TLS10, TLS11, TLS12} {
		for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
			known, ok := suites[s.ID]
			if !ok || known.since > version {
				continue
			}
			client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{
				InsecureSkipVerify: true, MinVersion: version, MaxVersion: version, CipherSuites: []uint16{s.ID}}}}
			for range 2 { // on one connection
				res, err := client.Get("https://" + address)
				if err != nil {
					t.Errorf("%s %s: %v", tls.VersionName(version), s.Name, err)
					break
				}
				if body, err := io.ReadAll(res.Body); len(body) != 40_000 || err != nil {
					t.Errorf("%s %s: %d bytes, %v", tls.VersionName(version), s.Name, len(body), err)
				}
				res.Body.Close()
			}
			client.CloseIdleConnections()
		}
	}
}

// sClient asks openssl s_client, and returns what it says.
func sClient(t *testing.T, stdin, address string, args ...string) (string, error) {
	t.Helper()
	c := exec.Command(tools.Need(t, "openssl"), append([]string{"s_client", "-connect", address, "-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"}, args...)...)
	c.Stdin = strings.NewReader(stdin)
	c.WaitDelay = 5 * time.Second
	out, err := c.CombinedOutput()
	return string(out), err
}

// TestServesOpenSSL: another implementation than Go's shakes hands, renegotiates and
// resumes.
func TestServesOpenSSL(t *testing.T) {
	address := serve(t, Config{ClientRenegotiation: true, Tickets: true})
	for _, version := range []string{"-tls1", "-tls1_1", "-tls1_2"} {
		out, err := sClient(t, "R\n", address, version)
		if err != nil || !strings.Contains(out, "RENEGOTIATING") || strings.Contains(out, ":error:") ||
			!strings.Contains(out, "Secure Renegotiation IS supported") {
			t.Errorf("%s: %v %s", version, err, out)
		}
	}
	file := t.TempDir() + "/session"
	if out, err := sClient(t, "", address, "-tls1_2", "-sess_out", file); err != nil || !strings.Contains(out, "New, ") {
		t.Errorf("%v %s", err, out)
	}
	if out, err := sClient(t, "", address, "-tls1_2", "-sess_in", file); err != nil || !strings.Contains(out, "Reused, ") {
		t.Errorf("%v %s", err, out)
	}
	refusing := serve(t, Config{})
	if out, err := sClient(t, "R\n", refusing, "-tls1_2"); err == nil || !strings.Contains(out, "no renegotiation") {
		t.Errorf("%v %s", err, out)
	}
}

// TestOldRenegotiation: a server that does not speak RFC 5746 is told so.
func TestOldRenegotiation(t *testing.T) {
	out, _ := sClient(t, "", serve(t, Config{Insecure: true}), "-tls1_2", "-legacy_server_connect")
	if !strings.Contains(out, "Secure Renegotiation IS NOT supported") {
		t.Error(out)
	}
}
