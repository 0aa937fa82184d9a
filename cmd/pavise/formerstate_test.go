package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/internal/authority"
	"pavise/store"
)

// formerState is a copy of the state directory that an earlier version has written.
func formerState(t *testing.T) string {
	t.Helper()
	const from = "testdata/formerstate"
	dir := t.TempDir()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		to := filepath.Join(dir, strings.TrimPrefix(path, from))
		if err != nil || d.IsDir() {
			return os.MkdirAll(to, 0o700)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestFormerState: what an earlier version has written is honoured: who was logged in
// stays so, who was locked out too, and browsers that trust the local authority still do.
func TestFormerState(t *testing.T) {
	dir := formerState(t)
	now := func() time.Time { return time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC) }
	before, _ := os.ReadFile(filepath.Join(dir, "authority.crt"))
	local, err := authority.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(local.CertificateFile()); len(before) == 0 || !bytes.Equal(before, after) {
		t.Error("the local authority is another")
	}
	secrets, err := authority.OpenSecrets(dir)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := store.Open(t.Context(), store.Options{URL: "file", Dir: dir, Secret: secrets[0], Former: secrets[1:],
		Breaker: store.BreakerOptions{Now: now}})
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusUnauthorized)
		}
		fmt.Fprint(w, r.Header.Get("Cookie"))
	})
	chain, err := pavise.Recommend(catalog.Controls()).Wrap(pavise.Env{Site: pavise.Site{Hosts: []string{"shop.test"}, HTTPS: 39302},
		Now: now, Store: kept.Store, Secret: secrets[0], Former: secrets[1:]}, app)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, path, cookie, form string) (int, string) {
		r := httptest.NewRequest(method, "https://shop.test:39302"+path, strings.NewReader(form))
		r.RemoteAddr = "127.0.0.1:5000"
		r.Header.Set("User-Agent", "curl")
		if form != "" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if cookie != "" {
			r.Header.Set("Cookie", cookie)
		}
		w := httptest.NewRecorder()
		chain.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	if code, saw := ask("GET", "/", "__Host-visit=yeUBBU70B-I6wEvVW7sUFv1uGYddEgqqJleiU0jFTpo", ""); code != http.StatusOK || saw != "connect.sid=app-session-of-anna-0123456789abcdef" {
		t.Errorf("anna: %d %q", code, saw)
	}
	for name, want := range map[string]int{"berta": http.StatusTooManyRequests, "clara": http.StatusUnauthorized} {
		if code, _ := ask("POST", "/login", "", url.Values{"username": {name}, "password": {"x"}}.Encode()); code != want {
			t.Errorf("%s: %d, want %d", name, code, want)
		}
	}
}
