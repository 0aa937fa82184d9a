package catalog_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// asOnDisk is the folder of a fixture. Where it has a file FIXTURE, it is a copy in which
// the lines of that are done, for what a repository does not keep:
//
//	mode 0644 etc/ssl/private/shop.key
//	name dot-git .git
//	cert 20 etc/ssl/shop.pem
//
// The last makes a certificate that ends in so many days, and its key, shop.key.
func asOnDisk(t *testing.T, dir string) string {
	t.Helper()
	list, err := os.Open(filepath.Join(dir, "FIXTURE"))
	if err != nil {
		return dir
	}
	defer list.Close()
	at := t.TempDir()
	if err := os.CopyFS(at, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(list); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) != 3 {
			t.Fatalf("%s/FIXTURE: %q is no line of it", dir, lines.Text())
		}
		var err error
		switch f[0] {
		case "mode":
			mode, bad := strconv.ParseUint(f[1], 8, 9)
			if bad != nil {
				t.Fatalf("%s/FIXTURE: %v", dir, bad)
			}
			err = os.Chmod(filepath.Join(at, f[2]), os.FileMode(mode))
		case "name":
			err = os.Rename(filepath.Join(at, f[1]), filepath.Join(at, f[2]))
		case "cert":
			certify(t, filepath.Join(at, f[2]), f[1])
		default:
			t.Fatalf("%s/FIXTURE: %q is none of mode, name and cert", dir, f[0])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return at
}

// certify makes a certificate that ends in so many days, and its key beside it.
func certify(t *testing.T, file, days string) {
	t.Helper()
	n, err := strconv.Atoi(days)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"shop.example.com"}, NotBefore: taken.AddDate(0, -3, 0), NotAfter: taken.AddDate(0, 0, n)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{file: {Type: "CERTIFICATE", Bytes: der}, strings.TrimSuffix(file, ".pem") + ".key": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
