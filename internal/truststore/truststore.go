// Package truststore puts a certificate authority into the trust stores of this
// machine's user, and takes it out again, by the tools that own the stores.
package truststore

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"pavise"
)

// An entry is one certificate and how stores name it. Its fingerprint is in the
// name, so that nobody's authority is taken for another's.
type entry struct {
	file        string // PEM
	nickname    string
	fingerprint string // SHA-1, in hex: what the stores of macOS and Windows find it by
}

func newEntry(cert *x509.Certificate, file string) entry {
	strong, weak := sha256.Sum256(cert.Raw), sha1.Sum(cert.Raw)
	return entry{file: file, nickname: fmt.Sprintf("%s %x", pavise.LocalAuthority, strong[:4]), fingerprint: fmt.Sprintf("%X", weak)}
}

// A Store is one place where trust is kept.
type Store struct {
	Name        string
	add, remove [][]string
}

// commandTime bounds each command: some wait for a password.
const commandTime = 2 * time.Minute

// Find returns the stores of this machine's user in which trust in the
// certificate can be changed; it also lies in the PEM file.
func Find(cert *x509.Certificate, file string) []Store {
	e := newEntry(cert, file)
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	switch runtime.GOOS {
	case "darwin":
		chain := filepath.Join(home, "Library/Keychains/login.keychain-db")
		return append(nss(home, e), Store{Name: "login keychain",
			add:    [][]string{{"security", "add-trusted-cert", "-r", "trustRoot", "-k", chain, file}},
			remove: [][]string{{"security", "delete-certificate", "-Z", e.fingerprint, chain}}})
	case "windows":
		return []Store{{Name: "Windows root store of this user",
			add:    [][]string{{"certutil", "-user", "-addstore", "Root", file}},
			remove: [][]string{{"certutil", "-user", "-delstore", "Root", e.fingerprint}}}}
	}
	return append(system(e), nss(home, e)...)
}

// system is the store of the whole machine; only root can change it.
func system(e entry) []Store {
	if os.Geteuid() != 0 {
		return nil
	}
	for _, s := range []struct {
		dir           string
		update, fresh []string
	}{
		// without --fresh Debian keeps the link to what is gone
		{"/usr/local/share/ca-certificates", []string{"update-ca-certificates"}, []string{"update-ca-certificates", "--fresh"}},
		{"/etc/pki/ca-trust/source/anchors", []string{"update-ca-trust"}, []string{"update-ca-trust"}},
	} {
		if _, err := exec.LookPath(s.update[0]); err != nil {
			continue
		}
		file := filepath.Join(s.dir, strings.ReplaceAll(strings.ToLower(e.nickname), " ", "-")+".crt")
		return []Store{{Name: "system store (" + s.dir + ")",
			add:    [][]string{{"install", "-D", "-m", "0644", e.file, file}, s.update},
			remove: [][]string{{"rm", "-f", file}, s.fresh}}}
	}
	return nil
}

// LeavesSystem reports whether there is a store of the whole machine that this
// user may not change.
func LeavesSystem() bool { return runtime.GOOS == "linux" && os.Geteuid() != 0 }

// nss are the stores of Chromium on Linux and of Firefox.
func nss(home string, e entry) []Store {
	if _, err := exec.LookPath("certutil"); err != nil {
		return nil
	}
	var dirs []string
	if runtime.GOOS == "linux" {
		dirs = append(dirs, filepath.Join(home, ".pki/nssdb"))
	}
	for _, pattern := range []string{".mozilla/firefox/*", "snap/firefox/common/.mozilla/firefox/*",
		"Library/Application Support/Firefox/Profiles/*"} {
		found, _ := filepath.Glob(filepath.Join(home, pattern, "cert9.db"))
		for _, file := range found {
			dirs = append(dirs, filepath.Dir(file))
		}
	}
	var stores []Store
	for _, dir := range dirs {
		db := "sql:" + dir
		s := Store{Name: "browser store (" + dir + ")",
			add:    [][]string{{"certutil", "-d", db, "-A", "-t", "C,,", "-n", e.nickname, "-i", e.file}},
			remove: [][]string{{"certutil", "-d", db, "-D", "-n", e.nickname}}}
		if _, err := os.Stat(filepath.Join(dir, "cert9.db")); err != nil {
			s.add = append([][]string{{"mkdir", "-p", dir}, {"certutil", "-d", db, "-N", "--empty-password"}}, s.add...)
			s.remove = nil
		}
		stores = append(stores, s)
	}
	return stores
}

// Advice says what is missing for more stores; it starts with a separator.
func Advice() string {
	if _, err := exec.LookPath("certutil"); err != nil && runtime.GOOS == "linux" {
		return "; for browsers install certutil (Debian: libnss3-tools) and try again"
	}
	return ""
}

// Add puts the certificate into the store.
func (s Store) Add(ctx context.Context) error { return runAll(ctx, s.add) }

// Remove takes the certificate out; that it is not there is no error.
func (s Store) Remove(ctx context.Context) error {
	err := runAll(ctx, s.remove)
	if err != nil && strings.Contains(err.Error(), "could not find") {
		return nil
	}
	return err
}

func runAll(ctx context.Context, commands [][]string) error {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	for _, args := range commands {
		out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput()
		if err != nil {
			said, _, _ := strings.Cut(string(bytes.TrimSpace(out)), "\n")
			return errors.Join(fmt.Errorf("%s: %w", args[0], err), errors.New(said))
		}
	}
	return nil
}
