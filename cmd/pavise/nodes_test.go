package main

import (
	"crypto/x509"
	"io"
	"path/filepath"
	"slices"
	"testing"

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
