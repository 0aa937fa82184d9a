// Package tools finds what a test needs beside Go, and tells what is missing.
package tools

import (
	"cmp"
	"os"
	"os/exec"
	"testing"
)

// commands are what packages of Debian are looked for by, where the name of the
// package is none.
var commands = map[string]string{"nodejs": "node", "libnss3-tools": "certutil", "php-cli": "php", "systemd": "systemd-sysusers", "testssl.sh": "testssl"}

// Lack skips the test for want of something; where PAVISE_TEST_NO_SKIP is 1 it
// fails instead.
func Lack(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("PAVISE_TEST_NO_SKIP") == "1" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Need returns where the command of a package of Debian is, and skips the test where
// it is missing.
func Need(t testing.TB, debian string) string {
	t.Helper()
	command := cmp.Or(commands[debian], debian)
	for _, at := range []string{command, "/usr/sbin/" + command} { // where a user of Debian has nginx
		if path, err := exec.LookPath(at); err == nil {
			return path
		}
	}
	Lack(t, "%s is missing: run .ci/deps, or apt-get install %[1]s", debian)
	return ""
}
