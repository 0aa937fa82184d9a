package main

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"pavise/cmd/pavise/internal/cli"
	"pavise/test/servers"
)

// TestBlockSurvives: who is locked out stays so after kill -9 of Pavise, and after its
// secret was rotated.
func TestBlockSurvives(t *testing.T) {
	t.Parallel()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer app.Close()
	pavise, state := binary(t), t.TempDir()
	address := "127.0.0.1:" + servers.FreePort(t)
	begin := func() *exec.Cmd {
		t.Helper()
		serve := exec.Command(pavise, "serve", "--to", app.URL, "--listen", address, "--http", "off", "--state", state)
		if err := serve.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { serve.Process.Kill() })
		happens(t, func() bool { return guess(address) != 0 })
		return serve
	}
	serve := begin()
	happens(t, func() bool { return guess(address) == http.StatusTooManyRequests })
	serve.Process.Kill()
	serve.Wait()
	serve = begin()
	if code := guess(address); code != http.StatusTooManyRequests {
		t.Errorf("after kill -9: %d", code)
	}
	serve.Process.Signal(syscall.SIGTERM)
	serve.Wait()
	if code := run([]string{"secret", "rotate", "--state", state}, io.Discard, io.Discard); code != cli.ExitClean {
		t.Fatal(code)
	}
	begin()
	if code := guess(address); code != http.StatusTooManyRequests {
		t.Errorf("with another secret: %d", code)
	}
}

// guess tries a password and returns the status, or 0 where nobody answers.
func guess(address string) int {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	res, err := client.PostForm("https://"+address+"/login", url.Values{"username": {"anna"}, "password": {"wrong"}})
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	return res.StatusCode
}
