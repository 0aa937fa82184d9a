package host

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/audit/tree"
)

// issued is a certificate and its key.
func issued(t testing.TB) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"shop.example.com"}, NotBefore: time.Unix(1e9, 0), NotAfter: time.Unix(2e9, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}))
}

func TestCertificates(t *testing.T) {
	cert, key := issued(t)
	_, other := issued(t)
	root := written(t, map[string]string{
		"etc/letsencrypt/live/shop/fullchain.pem": cert, "etc/letsencrypt/live/shop/privkey.pem": key,
		"etc/ssl/a.pem": "# first a comment\n" + key + cert, "etc/ssl/b.key": other, "etc/ssl/private/c.key": other, "etc/ssl/broken.pem": "nothing", "etc/ssl/sealed.key": "nothing",
	})
	d := func(line int, name, value string) pavise.Directive {
		return pavise.Directive{File: "/etc/nginx/nginx.conf", Line: line, Name: name, Args: []string{value}}
	}
	m := &pavise.Machine{Configs: []pavise.Config{{Service: "nginx", File: "/etc/nginx/nginx.conf", Directives: []pavise.Directive{
		{Name: "http", Block: []pavise.Directive{
			{Name: "server", Block: []pavise.Directive{d(3, "ssl_certificate", "/etc/ssl/a.pem"), d(4, "ssl_certificate_key", "../ssl/b.key")}},
			{Name: "server", Block: []pavise.Directive{d(5, "ssl_certificate", "/etc/ssl/broken.pem"), d(6, "ssl_certificate", "/etc/ssl/$host.pem"), d(7, "ssl_certificate", "/etc/ssl/none.pem")}},
		}}}}}}
	onDisk(t.Context(), root, m, newOwner(root))
	if len(m.Certificates) != 2 {
		t.Fatalf("%+v", m.Certificates)
	}
	a, live := m.Certificates[0], m.Certificates[1]
	if a.By != "/etc/nginx/nginx.conf:3" || a.Key != "/etc/ssl/b.key" || !a.Foreign || a.Line < 5 || !a.Ends.Equal(time.Unix(2e9, 0)) {
		t.Errorf("%+v", a)
	}
	if live.Foreign || live.Key != "/etc/letsencrypt/live/shop/privkey.pem" {
		t.Errorf("%+v", live)
	}
	if un := root.Unread(); len(un) != 3 {
		t.Errorf("not said: %+v", un)
	}
	if len(m.Files) != 3 || m.Files[0].Kind != "private key" || m.Files[0].Mode != 0o644 {
		t.Errorf("%+v", m.Files)
	}
}

func TestFiles(t *testing.T) {
	_, key := issued(t)
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{
		"srv/shop/.env": 0o600, "srv/shop/.env.example": 0o644, "srv/shop/node_modules/a/.env": 0o644, "srv/shop/.git/config": 0o644,
		"srv/shop/public/.env": 0o644, "srv/shop/public/a/backup.sql.gz": 0o644, "srv/shop/public/download.zip": 0o644, "srv/shop/public/open.html": 0o666,
		"srv/shop/public/.git/HEAD": 0o644, "srv/shop/public/cert.pem": 0o644, "srv/shop/public/tls.pem": 0o644, "srv/shop/public/index.php~": 0o644,
	} {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		text := "-----BEGIN CERTIFICATE-----"
		if strings.HasSuffix(name, "tls.pem") {
			text = key
		}
		if err := os.WriteFile(at, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(at, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/srv", filepath.Join(dir, "srv/shop/public/loop")); err != nil {
		t.Fatal(err)
	}
	root, err := tree.OpenHost(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	m := &pavise.Machine{
		Configs: []pavise.Config{{Service: "nginx", File: "/etc/nginx/nginx.conf", Directives: []pavise.Directive{{Name: "server", Block: []pavise.Directive{{Name: "root", Args: []string{"/srv/shop/public"}}}}}}},
		Units:   []pavise.Unit{{App: true, Settings: []pavise.Directive{{Name: "WorkingDirectory", Args: []string{"/srv/shop"}}}}},
	}
	files(t.Context(), root, m, newOwner(root))
	got := map[string]string{}
	for _, f := range m.Files {
		got[strings.TrimPrefix(f.File, "/srv/shop/")] = f.Kind
		if (f.Served != "") != strings.Contains(f.File, "/public/") {
			t.Errorf("%+v", f)
		}
	}
	want := map[string]string{".env": "environment", "public/.env": "environment", "public/a/backup.sql.gz": "database dump", "public/open.html": "writable",
		"public/.git": "repository", "public/tls.pem": "private key", "public/index.php~": "backup"}
	for name, kind := range want {
		if got[name] != kind {
			t.Errorf("%s: %q, want %q", name, got[name], kind)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("too much: %v", got)
	}
	if err := os.Chmod(filepath.Join(dir, "srv/shop"), 0o750); err != nil {
		t.Fatal(err)
	}
	if !sheltered(root, "/srv/shop/.env") {
		t.Error("a folder that keeps others out is not seen")
	}
}

func TestFoldersAreWalkedWithinABound(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "srv", strings.Repeat("a/", maxLevels+3))
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	root, err := tree.OpenHost(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	m := &pavise.Machine{}
	w := &walker{ctx: t.Context(), tree: root, machine: m, own: newOwner(root), left: maxEntries, done: map[string]bool{}}
	w.walk("/srv", "/srv", 0)
	if un := root.Unread(); len(un) != 1 {
		t.Errorf("%+v", un)
	}
	w.left, w.done = 2, map[string]bool{}
	w.walk("/srv", "/srv", 0)
	if un := root.Unread(); len(un) < 2 {
		t.Errorf("%+v", un)
	}
}

func FuzzCertificates(f *testing.F) {
	cert, key := issued(f)
	f.Add([]byte(cert), []byte(key))
	f.Add([]byte("-----BEGIN CERTIFICATE-----"), []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"))
	f.Fuzz(func(t *testing.T, cert, key []byte) {
		leaf, line, err := firstCertificate(cert)
		if err != nil {
			return
		}
		if line < 1 {
			t.Errorf("line %d", line)
		}
		_, _ = foreign(leaf, key)
	})
}
