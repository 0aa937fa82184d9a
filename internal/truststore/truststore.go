// Package truststore puts a certificate authority into the trust stores of this
// machine's user, and takes it out again, by the tools that own the stores.
package truststore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// nickname is the name of our authority in a store.
const nickname = "Pavise local authority"

// A Store is one place where trust is kept. Its commands have FILE in place of
// the certificate's path.
type Store struct {
	Name        string
	add, remove [][]string
}

// commandTime bounds each command: some wait for a password.
const commandTime = 2 * time.Minute

// Find returns the stores of this machine's user that can be changed.
func Find() []Store {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	switch runtime.GOOS {
	case "darwin":
		chain := filepath.Join(home, "Library/Keychains/login.keychain-db")
		return append(nss(home), Store{Name: "login keychain",
			add:    [][]string{{"security", "add-trusted-cert", "-r", "trustRoot", "-k", chain, "FILE"}},
			remove: [][]string{{"security", "delete-certificate", "-c", nickname, chain}}})
	case "windows":
		return []Store{{Name: "Windows root store of this user",
			add:    [][]string{{"certutil", "-user", "-addstore", "Root", "FILE"}},
			remove: [][]string{{"certutil", "-user", "-delstore", "Root", nickname}}}}
	}
	return append(system(), nss(home)...)
}

// system is the store of the whole machine; only root can change it.
func system() []Store {
	if os.Geteuid() != 0 {
		return nil
	}
	for _, s := range []struct{ dir, update string }{
		{"/usr/local/share/ca-certificates", "update-ca-certificates"},
		{"/etc/pki/ca-trust/source/anchors", "update-ca-trust"},
	} {
		if _, err := exec.LookPath(s.update); err != nil {
			continue
		}
		file := filepath.Join(s.dir, "pavise-local-authority.crt")
		return []Store{{Name: "system store (" + s.dir + ")",
			add:    [][]string{{"install", "-D", "-m", "0644", "FILE", file}, {s.update}},
			remove: [][]string{{"rm", "-f", file}, {s.update}}}}
	}
	return nil
}

// nss are the stores of Chromium on Linux and of Firefox.
func nss(home string) []Store {
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
			add:    [][]string{{"certutil", "-d", db, "-A", "-t", "C,,", "-n", nickname, "-i", "FILE"}},
			remove: [][]string{{"certutil", "-d", db, "-D", "-n", nickname}}}
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

// Add puts the certificate in the PEM file into the store.
func (s Store) Add(ctx context.Context, file string) error { return runAll(ctx, s.add, file) }

// Remove takes our certificate out; that it is not there is no error.
func (s Store) Remove(ctx context.Context, file string) error {
	err := runAll(ctx, s.remove, file)
	if err != nil && strings.Contains(err.Error(), "could not find") {
		return nil
	}
	return err
}

func runAll(ctx context.Context, commands [][]string, file string) error {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	for _, command := range commands {
		args := make([]string, len(command))
		for i, a := range command {
			args[i] = strings.ReplaceAll(a, "FILE", file)
		}
		out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput()
		if err != nil {
			said, _, _ := strings.Cut(string(bytes.TrimSpace(out)), "\n")
			return errors.Join(fmt.Errorf("%s: %w", args[0], err), errors.New(said))
		}
	}
	return nil
}
