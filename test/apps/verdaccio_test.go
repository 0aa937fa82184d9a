package apps_test

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pavise/test/browser"
)

const verdaccioPassword = "pavise-at-the-gate"

func TestVerdaccio(t *testing.T) {
	browser.Need(t, "nodejs", "chromium", "libnss3-tools", "npm")
	app{page: "verdaccio.md", host: "npm.example.com", local: "localhost", journey: "verdaccio.mjs",
		start: startVerdaccio, before: publishAndInstall}.test(t)
}

func startVerdaccio(t *testing.T, port, _ string) {
	t.Helper()
	dir := t.TempDir()
	settings, err := os.ReadFile("verdaccio.yaml")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "config.yaml"), string(settings)) // the storage is beside it
	cmd := exec.Command("node", "node_modules/.bin/verdaccio", "--config", filepath.Join(dir, "config.yaml"), "--listen", "127.0.0.1:"+port)
	browser.Start(t, cmd, regexp.MustCompile(`(http address)`))
}

// publishAndInstall does what npm is for, with npm itself: a wrong login and a
// good one, a package of some megabytes there and back again.
func publishAndInstall(t *testing.T, base, authority string) {
	t.Helper()
	dir := t.TempDir()
	client := clientOf(t, authority)
	_, status := logIn(t, client, base, verdaccioPassword, false)
	if status != http.StatusCreated {
		t.Fatalf("adduser: status %d", status)
	}
	if _, status := logIn(t, client, base, "nobody-knows", true); status != http.StatusUnauthorized {
		t.Fatalf("wrong password: status %d", status)
	}
	token, status := logIn(t, client, base, verdaccioPassword, true)
	if status != http.StatusCreated || token == "" {
		t.Fatalf("login: status %d and token %t", status, token != "")
	}
	_, host, _ := strings.Cut(base, "://")
	write(t, filepath.Join(dir, "npmrc"), "registry="+base+"/\n//"+host+"/:_authToken="+token+"\nupdate-notifier=false\nfund=false\naudit=false\n")
	npm := func(folder string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "npm", args...)
		cmd.Dir = folder
		cmd.Env = append(os.Environ(), "npm_config_userconfig="+filepath.Join(dir, "npmrc"),
			"npm_config_cache="+filepath.Join(dir, "cache"), "npm_config_cafile="+authority)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, out)
		}
		return string(out)
	}

	ours := make([]byte, 4<<20)
	rand.Read(ours)
	source, consumer := filepath.Join(dir, "source"), filepath.Join(dir, "consumer")
	write(t, filepath.Join(source, "package.json"), `{"name": "@gate/shield", "version": "1.2.3", "description": "a tall shield", "license": "MIT"}`)
	write(t, filepath.Join(source, "README.md"), "# Shield\n\n<b>Tall</b> & `naïve`.\n")
	write(t, filepath.Join(source, "shield.bin"), string(ours))
	write(t, filepath.Join(consumer, "package.json"), `{"name": "consumer", "version": "1.0.0", "private": true}`)
	if who := npm(source, "whoami"); !strings.Contains(who, "ada") {
		t.Errorf("whoami: %s", who)
	}
	npm(source, "publish")
	npm(source, "version", "1.2.4", "--no-git-tag-version")
	npm(source, "publish")
	npm(source, "dist-tag", "add", "@gate/shield@1.2.3", "old") // PUT
	npm(source, "unpublish", "@gate/shield@1.2.4", "--force")   // PUT and DELETE
	npm(consumer, "install", "@gate/shield@old")                // the address of the tarball must be ours
	if theirs, err := os.ReadFile(filepath.Join(consumer, "node_modules/@gate/shield/shield.bin")); err != nil || !bytes.Equal(ours, theirs) {
		t.Errorf("the package came back with %d of %d bytes: %v", len(theirs), len(ours), err)
	}
	if at := npm(consumer, "view", "@gate/shield", "dist.tarball"); !strings.HasPrefix(at, base+"/") {
		t.Errorf("the tarball is at %s, and the registry at %s", at, base)
	}
	if found := npm(consumer, "search", "shield"); !strings.Contains(found, "@gate/shield") {
		t.Errorf("search: %s", found)
	}
}

// logIn is what npm login --auth-type=legacy sends: with the password in the
// Authorization header too where the account exists.
func logIn(t *testing.T, client *http.Client, base, password string, exists bool) (token string, status int) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"_id": "org.couchdb.user:ada", "name": "ada", "password": password, "type": "user", "roles": []string{}})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, base+"/-/user/org.couchdb.user:ada", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if exists {
		req.SetBasicAuth("ada", password)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct{ Token string }
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	json.Unmarshal(data, &answer) // an error says something else
	return answer.Token, res.StatusCode
}

// clientOf returns a client that believes an authority, if there is one.
func clientOf(t *testing.T, authority string) *http.Client {
	t.Helper()
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool()}}
	if authority != "" {
		pem, err := os.ReadFile(authority)
		if err != nil || !tr.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem) {
			t.Fatalf("authority %s: %v", authority, err)
		}
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 30 * time.Second}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
