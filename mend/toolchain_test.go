package mend

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pavise"
)

// TestToolchain raises Go itself, from a folder that is a proxy: to the lowest release that
// mends the one of the project, and not to another.
func TestToolchain(t *testing.T) {
	at := filepath.Join(t.TempDir(), "golang.org/toolchain/@v")
	os.MkdirAll(at, 0o755)
	var list strings.Builder
	for _, v := range []string{"1.21.3", "1.21.5", "1.21.8", "1.22.1", "1.23rc1"} {
		v = "v0.0.1-go" + v + ".linux-amd64"
		list.WriteString(v + "\n" + strings.Replace(v, "linux", "darwin", 1) + "\n")
		os.WriteFile(filepath.Join(at, v+".info"), []byte(`{"Version":"`+v+`","Time":"2026-01-01T00:00:00Z"}`), 0o644)
	}
	os.WriteFile(filepath.Join(at, "list"), []byte(list.String()), 0o644)
	proxy := strings.TrimSuffix(at, "/golang.org/toolchain/@v")
	dir := filepath.Join(t.TempDir(), "app")
	os.MkdirAll(dir, 0o755)
	os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n\nfunc main() {}\n"), 0o644)
	os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module app\n\ngo 1.21.0\n\ntoolchain go1.21.3\n"), 0o644)
	environ := append(os.Environ(), "GOPROXY=file://"+proxy, "GONOSUMDB=*", "GOFLAGS=-mod=mod", "GOMODCACHE="+filepath.Join(t.TempDir(), "mod"), "GOTOOLCHAIN=local")
	audit := func(_ context.Context, dir string) (*pavise.Evidence, []pavise.Finding, error) {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		_, v, _ := strings.Cut(string(text), "toolchain go")
		v = strings.TrimSpace(v)
		e := &pavise.Evidence{Project: &pavise.Project{Root: dir, Manifests: []pavise.Manifest{{File: "go.mod"}},
			Modules:  []pavise.Module{{Dir: ".", Manifest: "go.mod", Needs: []pavise.Need{{Key: "stdlib"}}}},
			Packages: []pavise.Package{{Key: "stdlib", Ecosystem: pavise.GoModules, Name: "stdlib", Version: v, File: "go.mod", From: pavise.FromLanguage}}}}
		if v != "1.21.3" {
			return e, nil, err
		}
		return e, []pavise.Finding{{Outcome: pavise.Fail, Dependency: &pavise.Dependency{Key: "stdlib", Ecosystem: pavise.GoModules, Name: "stdlib", Version: v, Advisory: "GO-1", Fixed: "1.21.5"}}}, err
	}
	e, findings, err := audit(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Begin(t.Context(), Options{Dir: dir, Environ: environ, Audit: audit, Knowing: Knowing{From: Registries{pavise.GoModules: GoList(environ)}}}, e, findings)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	p := w.Plan(t.Context())[0]
	if got := strings.Join(kinds(p), " "); got != "*same accept skip" || p.Choices[0].Text != "stdlib 1.21.3 → 1.21.5 in go.mod" {
		t.Fatalf("%s: %q, %s", got, p.Choices[0].Text, p.Blocks)
	}
	if err := w.Do(t.Context(), []Chosen{{p, p.Choices[0]}}); err != nil || w.Done[0].Failed != "" {
		t.Fatalf("%v, %+v", err, w.Done)
	}
	files, err := w.Files()
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	if got := Diff(files[0]); !strings.Contains(got, "-toolchain go1.21.3\n+toolchain go1.21.5\n") {
		t.Errorf("the diff is\n%s", got)
	}
}
