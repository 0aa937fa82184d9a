package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pavise/cmd/pavise/internal/cli"
)

// TestServesNothingOfOurs: a folder for the public is none that has our own files in it.
func TestServesNothingOfOurs(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"public", "keys", "web/.state"} {
		if err := os.MkdirAll(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	os.Symlink(".", "here")
	for text, refused := range map[string]bool{
		"sites: [{hosts: [a.test], static: .}]":                                                 true,
		"sites: [{hosts: [a.test], static: here}]":                                              true,
		"sites: [{hosts: [a.test], to: 3000, paths: [{path: /x, static: ./public/..}]}]":        true,
		"state: public/state\nsites: [{hosts: [a.test], static: public}]":                       true,
		"state: public\nsites: [{hosts: [a.test], static: public}]":                             true,
		"log: public/access.log\nsites: [{hosts: [a.test], static: public}]":                    true,
		"state: public/.well-known/state\nsites: [{hosts: [a.test], static: public}]":           true,
		"state: public/.well-known/.state\nsites: [{hosts: [a.test], static: public}]":          false,
		"state: web/.state\nsites: [{hosts: [a.test], static: web}]":                            false,
		"state: keys\nlog: keys/access.log\nsites: [{hosts: [a.test], static: public}]":         false,
		"state: public-not/state\nsites: [{hosts: [a.test], static: {folder: public}}]":         false,
		"sites: [{hosts: [a.test], to: 3000, paths: [{path: /x, static: " + dir + "/public}]}]": false,
	} {
		if err := os.WriteFile(cli.ConfigFile, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := planFrom(serveFlags{config: cli.ConfigFile})
		if got := err != nil && strings.Contains(err.Error(), "is among them"); got != refused {
			t.Errorf("%s: %v", text, err)
		}
		if code, _, told := runs(t, "check"); (code == cli.ExitUsage && strings.Contains(told, "is among them")) != refused {
			t.Errorf("check %s: %d %s", text, code, told)
		}
	}
}

// TestServesNoSecret: whichever key names a file that is ours alone.
func TestServesNoSecret(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, key := range []string{
		"secret-file: public/x", "store: file:" + dir + "/public/x", "store: {url: 'redis://127.0.0.1', password-file: public/x}",
		"store: 'redis://127.0.0.1?password-file=public/x'", "store: 'redis://127.0.0.1?sentinel=one&sentinel-password-file=public/x'",
		"store: {url: 'rediss://127.0.0.1', cert: c.pem, key: public/x}", "store: 'rediss://127.0.0.1?cert=c.pem&key=public/x'",
		"acme: {eab-key-id: one, eab-key-file: public/x}", "dashboard: {expose: true, host: d.test, certificate: {cert: c.pem, key: public/x}}",
		"mail: {postmark: public/x}", "mail: {smart-host: {address: 'm.test:587', user: u, password-file: public/x}}", "mail: {postmark: t, queue: public/x}",
	} {
		write(t, cli.ConfigFile, key+"\nsites: [{hosts: [a.test], static: public}]\n")
		if _, err := planFrom(serveFlags{config: cli.ConfigFile}); err == nil || !strings.HasSuffix(err.Error(), filepath.Join("public", "x")+" is among them") {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// TestHostileFileMakesNoCommand: what pavise site list prints is run by a shell, and a file
// of a stranger must not say what that runs.
func TestHostileFileMakesNoCommand(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, text := range []string{
		"sites: [{hosts: [a.test], to: 3000, paths: [{path: /x, to: 4000, strip: '$(touch pwned)'}]}]",
		"sites: [{hosts: [a.test], name: '--config=/etc/other', to: 3000}]",
		"sites: [{hosts: [a.test], to: 3000, except: [{control: headers.csp, reason: \"é'; touch pwned; #\"}]}]",
		"state: \"é'; touch pwned; #\"\nsites: [{hosts: [a.test], to: 3000}]",
		"sites: [{hosts: [a.test], to: 3000, paths: [{path: \"/\\e[31m\", to: 1}]}]",
		"state: \"$(touch pwned)`touch pwned`\\ntouch pwned\"\nsites: [{hosts: [a.test], to: 3000}]",
	} {
		if err := os.WriteFile(cli.ConfigFile, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, _ := runs(t, "site", "list")
		if strings.Contains(text, "strip") || strings.Contains(text, "--config") {
			if code == cli.ExitClean || out != "" {
				t.Errorf("%s: a file with mistakes makes commands: %s", text, out)
			}
			continue
		}
		if code != cli.ExitClean || strings.Contains(out, "\x1b") {
			t.Errorf("%s: %d, %q", text, code, out)
		}
		for _, shell := range []string{"sh", "bash"} {
			if _, err := exec.LookPath(shell); err != nil {
				continue
			}
			exec.Command(shell, "-c", "pavise() { :; }\n"+out).Run()
			if _, err := os.Stat(filepath.Join(".", "pwned")); err == nil {
				t.Errorf("%s runs what the file says: %s", shell, out)
			}
		}
	}
}
