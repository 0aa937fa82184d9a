package main

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/authority"
	"pavise/site"
	"pavise/test/pebble"
	"pavise/test/redisserver"
)

// TestOneCertificate: two processes that share a Redis have one certificate, which the
// authority issues once. When Redis is gone the one that starts again has its copy.
func TestOneCertificate(t *testing.T) {
	t.Parallel()
	server := redisserver.Start(t, redisserver.Options{})
	a := pebble.Start(t, pebble.Options{})
	secret := filepath.Join(t.TempDir(), "secret")
	run([]string{"secret", "add", "--secret-file", secret}, io.Discard, io.Discard)
	front := guard(t, a, "--secret-file", secret, "--store", "redis://"+server.Address, "shop.test")
	other := *front // which the authority does not find
	other.log = filepath.Join(t.TempDir(), "log")
	other.authority = &pebble.Authority{TLS: pebble.Ports(t, 1)[0]}
	other.args = slices.Clone(front.args)
	for flag, value := range map[string]string{"--listen": other.authority.TLS, "--http": "off", "--state": t.TempDir()} {
		other.args[slices.Index(other.args, flag)+1] = value
	}
	other.begin()
	t.Cleanup(other.kill)
	roots := a.Roots()
	var shown [2]*x509.Certificate
	for i, g := range []*guarded{front, &other} {
		g.eventually("no certificate", func() (ok bool) { shown[i], ok = g.shown("shop.test", roots); return ok })
	}
	if !shown[0].Equal(shown[1]) || a.Orders() != 1 {
		t.Errorf("the same: %v, %d orders", shown[0].Equal(shown[1]), a.Orders())
	}
	server.Kill()
	other.kill()
	other.begin()
	if again, ok := other.shown("shop.test", roots); !ok || !again.Equal(shown[1]) {
		t.Errorf("without the store it shows one of %s", again.Issuer)
	}
}

// TestRollingRotation follows docs/nodes.md: at every step each node opens what any of
// the others has sealed, and all call things by the same names.
func TestRollingRotation(t *testing.T) {
	t.Parallel()
	server := redisserver.Start(t, redisserver.Options{})
	file := filepath.Join(t.TempDir(), "secret")
	change := func(line string) {
		t.Helper()
		if code := run(append(strings.Fields(line), "--secret-file", file), io.Discard, io.Discard); code != cli.ExitClean {
			t.Fatalf("pavise %s: exit %d", line, code)
		}
	}
	written := 0
	start := func() *ground { // with the file as it is now
		t.Helper()
		g, _ := remembering(t, &plan{file: &site.File{State: t.TempDir(), SecretFile: file, Store: site.Store{URL: "redis://" + server.Address}}})
		t.Cleanup(func() { g.kept.Close() })
		return g
	}
	agree := func(nodes ...*ground) {
		t.Helper()
		for _, writer := range nodes {
			written++
			key := fmt.Sprint("session ", written)
			if done, err := writer.kept.Store.Swap(t.Context(), key, []byte(key), 0, time.Hour); !done || err != nil {
				t.Fatal(done, err)
			}
			for i, reader := range nodes {
				if got, _, err := reader.kept.Store.Get(t.Context(), key); string(got) != key || err != nil {
					t.Errorf("node %d: %q %v", i, got, err)
				}
				if !bytes.Equal(oldest(reader), oldest(writer)) {
					t.Errorf("node %d calls things by another secret", i)
				}
			}
		}
	}
	change("secret add")
	one := start()
	change("secret add")
	two := start()
	agree(one, two)
	one = start()
	next := authority.Fingerprint(one.former[0])
	change("secret rotate " + next)
	two = start()
	agree(one, two)
	one = start()
	agree(one, two)
	if authority.Fingerprint(one.secret) != next {
		t.Error("it seals with the one before")
	}
}

// oldest is the secret by which a node calls things.
func oldest(g *ground) []byte {
	return append([][]byte{g.secret}, g.former...)[len(g.former)]
}
