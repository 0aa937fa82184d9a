// Package h2spec holds Pavise to h2spec, which tries the rules of RFC 7540 and RFC
// 7541 one by one. It is a module of its own, so that Pavise does not depend on it:
// make h2spec.
package h2spec

import (
	"encoding/xml"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/summerwind/h2spec"
	"github.com/summerwind/h2spec/config"
)

func TestAgrees(t *testing.T) {
	port := serve(t)
	report := filepath.Join(t.TempDir(), "junit.xml")
	_, err := h2spec.Run(&config.Config{Host: "localhost", Port: port, Path: "/", Timeout: 3 * time.Second,
		MaxHeaderLen: 4000, TLS: true, Insecure: true, JUnitReport: report})
	if err != nil {
		t.Fatal(err)
	}
	ran, failed := read(t, report)
	if ran < 140 {
		t.Errorf("only %d cases ran", ran)
	}
	if len(failed) > 0 {
		t.Errorf("of %d cases these fail: %q", ran, failed)
	}
}

// serve starts an app and, in front of it, the command as it is built from here.
func serve(t *testing.T) (port int) {
	binary := filepath.Join(t.TempDir(), "pavise")
	build := exec.Command("go", "build", "-o", binary, "./cmd/pavise")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, "hello")
	}))
	t.Cleanup(app.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().(*net.TCPAddr)
	l.Close()
	command := exec.Command(binary, "serve", "--to", app.URL, "--listen", at.String(), "--http", "off", "--state", t.TempDir())
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
	})
	for range 500 {
		if conn, err := net.Dial("tcp", at.String()); err == nil {
			conn.Close()
			return at.Port
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("nobody listens")
	return 0
}

// read counts the cases of a report, and names those that failed.
func read(t *testing.T, report string) (ran int, failed []string) {
	data, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var suites struct {
		Suites []struct {
			Cases []struct {
				Package string    `xml:"package,attr"`
				Name    string    `xml:"classname,attr"`
				Failure *struct{} `xml:"failure"`
				Error   *struct{} `xml:"error"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(data, &suites); err != nil {
		t.Fatal(err)
	}
	for _, s := range suites.Suites {
		for _, c := range s.Cases {
			ran++
			if c.Failure != nil || c.Error != nil {
				failed = append(failed, c.Package+": "+c.Name)
			}
		}
	}
	return ran, failed
}
