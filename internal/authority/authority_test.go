package authority

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func accept(*x509.Certificate, time.Time) error { return nil }

func TestLeafIsTrustedForItsHosts(t *testing.T) {
	a, err := Open(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	hosts := []string{"shop.localhost", "127.0.0.1", "::1"}
	cert, err := a.Leaf(hosts).Certificate(time.Now(), accept)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range hosts {
		if _, err := cert.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: a.Pool()}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := cert.Leaf.Verify(x509.VerifyOptions{DNSName: "evil.test", Roots: a.Pool()}); err == nil {
		t.Error("good for any host")
	}
}

func TestKeysAreForTheOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	a, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Leaf([]string{"a.test"}).Certificate(time.Now(), accept); err != nil {
		t.Fatal(err)
	}
	filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		data, _ := os.ReadFile(path)
		if strings.Contains(string(data), "PRIVATE KEY") && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", path, info.Mode().Perm())
		}
		return nil
	})
	if err := os.Chmod(filepath.Join(dir, keyFile), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "others can read the key") {
		t.Errorf("an open key was taken: %v", err)
	}
}

func TestSeveralProcessesShareOneAuthority(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	var wait sync.WaitGroup
	var mu sync.Mutex
	serials := map[string]bool{}
	for range 16 {
		wait.Go(func() {
			a, err := Open(dir)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			serials[a.Certificate().SerialNumber.String()] = true
		})
	}
	wait.Wait()
	if len(serials) != 1 {
		t.Errorf("%d authorities", len(serials))
	}
	left, _ := filepath.Glob(filepath.Join(dir, ".new-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestLeafIsKeptAndRenewed(t *testing.T) {
	a, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	serial := func(l *Leaf, at time.Time) string {
		t.Helper()
		cert, err := l.Certificate(at, accept)
		if err != nil {
			t.Fatal(err)
		}
		return cert.Leaf.SerialNumber.String()
	}
	first := a.Leaf([]string{"a.test"})
	one := serial(first, now)
	if serial(a.Leaf([]string{"a.test"}), now) != one {
		t.Error("another instance made another certificate")
	}
	if serial(a.Leaf([]string{"a.test", "b.test"}), now) == one {
		t.Error("other hosts got the same certificate")
	}
	if serial(first, now.Add(leafLife/2)) != one {
		t.Error("renewed too early")
	}
	if serial(first, now.Add(leafLife*3/4)) == one {
		t.Error("not renewed at two thirds of its life")
	}
}

func TestCheckIsAsked(t *testing.T) {
	a, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	no := errors.New("no")
	if _, err := a.Leaf([]string{"a.test"}).Certificate(time.Now(), func(*x509.Certificate, time.Time) error { return no }); !errors.Is(err, no) {
		t.Error(err)
	}
}

func TestBrokenFilesAreNamed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, keyFile)
	os.WriteFile(path, []byte("nonsense"), 0o600)
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
}

func TestNewAuthorityIsPublished(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, keyFile)); err != nil {
		t.Fatal(err)
	}
	a, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(a.CertificateFile())
	if err != nil {
		t.Fatal(err)
	}
	if block, _ := pem.Decode(data); block == nil || !bytes.Equal(block.Bytes, a.Certificate().Raw) {
		t.Error("the certificate of the authority that was deleted is still there to be trusted")
	}
}

// A full disk must not take the site down: what cannot be kept is shown all the same.
func TestLeafIsRenewedWhereItCannotBeKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	a, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	leaf, now := a.Leaf([]string{"a.test"}), time.Now()
	first, err := leaf.Certificate(now, accept)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "certificates")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "certificates"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	said := 0
	leaf.Failed = func(error) { said++ }
	late := first.Leaf.NotAfter.Add(-2 * time.Hour)
	second, err := leaf.Certificate(late, accept)
	if err != nil || second == first {
		t.Errorf("it is not renewed: %v", err)
	}
	if again, err := leaf.Certificate(late.Add(time.Hour), accept); err != nil || again != second || said != 1 {
		t.Errorf("renewed again, and said so %d times: %v", said, err)
	}
	if third, err := leaf.Certificate(second.Leaf.NotAfter.Add(time.Hour), accept); err != nil || third == second {
		t.Errorf("not renewed when it has ended: %v", err)
	}
	if a, err := OfThisRun(dir); err != nil || a.Certificate().Equal(first.Leaf) || a.Certificate().CheckSignatureFrom(a.Certificate()) != nil {
		t.Errorf("no authority of this run: %v", err)
	}
}

// TestClockWasAnother: a leaf that is valid later is made anew, and an authority of a
// machine that took the year for 1970 has not ended when the clock is right.
func TestClockWasAnother(t *testing.T) {
	a, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	now, leaf := time.Now(), a.Leaf([]string{"a.test"})
	for _, at := range []time.Time{now.AddDate(0, 0, 1), now, time.Unix(100, 0), now} {
		cert, err := leaf.Certificate(at, accept)
		if err != nil || at.Before(cert.Leaf.NotBefore) || at.After(cert.Leaf.NotAfter) {
			t.Errorf("at %s it is valid from %s to %s, %v", at, cert.Leaf.NotBefore, cert.Leaf.NotAfter, err)
		}
	}
	if end := rootEnds(time.Unix(100, 0)); end.Before(written.Add(rootLife)) {
		t.Errorf("an authority of 1970 ends %s", end)
	}
	if end := rootEnds(now); end.Before(now.Add(rootLife - time.Hour)) {
		t.Errorf("an authority of today ends %s", end)
	}
}
