package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// root is the module of Pavise as seen from here.
const root = "../.."

// A rig is what a run stands on: a folder, a certificate, programs, the apps, and
// every process that has been started.
type rig struct {
	dir     string
	roots   *x509.CertPool
	origin  string // where the app listens
	bulk    string // where the app for bodies of any size listens
	headers []header

	running []*process
	apps    []*http.Server
}

// newRig builds the programs and starts the apps.
func newRig(ctx context.Context) (*rig, error) {
	dir, err := os.MkdirTemp("", "pavise-bench-")
	if err != nil {
		return nil, err
	}
	r := &rig{dir: dir}
	if err := r.prepare(ctx); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *rig) prepare(ctx context.Context) error {
	if err := r.writePages(); err != nil {
		return err
	}
	if err := r.writeCertificate(); err != nil {
		return err
	}
	say("building Pavise and Caddy (the first time takes minutes)")
	if err := r.build(ctx, root, "pavise", "./cmd/pavise"); err != nil {
		return err
	}
	if err := r.build(ctx, ".", "caddy", caddyPackage+"/cmd/caddy"); err != nil {
		return err
	}
	app, err := r.launch(ctx, "origin", origin, "")
	if err != nil {
		return err
	}
	r.origin = app.address
	bulk, at, err := newBulk()
	if err != nil {
		return err
	}
	r.bulk = at
	r.apps = append(r.apps, bulk)
	return nil
}

func (r *rig) build(ctx context.Context, dir, name, pkg string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(r.dir, name), pkg)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return nil
}

// page is what every front must answer with, and what most of the load asks for.
const page, file = "/1k.html", "/1m.bin"

var pageText = "<!doctype html>" + strings.Repeat("pavise ", 144) + "\n"

func (r *rig) writePages() error {
	www := filepath.Join(r.dir, "www")
	return errors.Join(
		os.Mkdir(www, 0o755),
		os.WriteFile(filepath.Join(www, page), []byte(pageText), 0o644),
		os.WriteFile(filepath.Join(www, file), make([]byte, 1<<20), 0o644),
	)
}

// writeCertificate makes the one that all servers show, good for every site below
// localhost; it is its own authority.
func (r *rig) writeCertificate() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	sheet := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		DNSNames:     []string{host, "*.localhost"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, sheet, sheet, key.Public(), key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	r.roots = x509.NewCertPool()
	r.roots.AppendCertsFromPEM(cert)
	return errors.Join(
		os.WriteFile(filepath.Join(r.dir, "cert.pem"), cert, 0o600),
		os.WriteFile(filepath.Join(r.dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600),
	)
}

// close ends every process, the latest first, and removes the folder.
func (r *rig) close() {
	for i := len(r.running) - 1; i >= 0; i-- {
		r.running[i].stop()
	}
	for _, app := range r.apps {
		app.Close()
	}
	os.RemoveAll(r.dir)
}
