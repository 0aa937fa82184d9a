package mend

import (
	"bytes"
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/test/tools"
)

// A project is one of the tests, with a lockfile that npm has made.
func project(t *testing.T, files map[string]string) (dir string, opt Options) {
	t.Helper()
	tools.Need(t, "nodejs")
	tools.Need(t, "npm")
	server := registry(t)
	dir = filepath.Join(t.TempDir(), "shop")
	for name, text := range files {
		at := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(at), 0o755)
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	environ := append(os.Environ(), "npm_config_registry="+server.URL+"/", "npm_config_cache="+filepath.Join(t.TempDir(), "cache"), "npm_config_update_notifier=false")
	tl := tool{dir: dir, env: environ, time: time.Minute}
	if _, err := tl.run(t.Context(), "npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"); err != nil {
		t.Fatal(err)
	}
	from := Registries{pavise.NPM: NPM(server.Client(), NPMRC{"registry": server.URL})}
	return dir, Options{Dir: dir, Environ: environ, Knowing: Knowing{from, known}, Audit: auditLock}
}

func begin(t *testing.T, dir string, opt Options) *Work {
	t.Helper()
	e, findings, err := auditLock(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Begin(t.Context(), opt, e, findings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func kinds(p *Problem) (list []string) {
	for i, c := range p.Choices {
		mark := ""
		if i == p.Default {
			mark = "*"
		}
		list = append(list, mark+string(c.Kind))
	}
	return list
}

func find(t *testing.T, list []*Problem, id string) *Problem {
	t.Helper()
	for _, p := range list {
		if p.ID() == id {
			return p
		}
	}
	t.Fatalf("no problem %s", id)
	return nil
}

const shopManifest = "{\r\n\t\"name\": \"shop\",\r\n\t\"dependencies\": {\r\n\t\t\"express\": \"3.21.2\",\r\n\t\t\"debug\": \"^3.1.0\",\r\n\t\t\"connect-stuck\": \"2.0.0\"\r\n\t},\r\n\t\"devDependencies\": {\"old\": \"~1.0.0\"},\r\n\t\"scripts\": {\"test\": \"node test.js\"}\r\n}"

// TestMend plans, chooses and does it with npm itself.
func TestMend(t *testing.T) {
	dir, opt := project(t, map[string]string{"package.json": shopManifest, "app.js": "require('express')\n",
		"test.js": "require('fs').writeFileSync('saw', ['express', 'qs', 'debug'].map(p => require(p + '/package.json').version).join(' '))\n"})
	lock := filepath.Join(dir, "package-lock.json")
	text, _ := os.ReadFile(lock)
	w := begin(t, dir, opt)
	plan := w.Plan(t.Context())
	for id, want := range map[string]struct{ kinds, blocks string }{
		"qs 4.0.0":       {"major override accept skip", "express 3.21.2 asks for qs 4.0.0; no express 3 asks for a safe qs: major to 4.21.2 or override qs"},
		"minimist 1.2.5": {"*override accept skip", "connect-stuck 2.0.0 asks for minimist 1.2.5; no connect-stuck 2 asks for a safe minimist: override minimist"},
		"minimist 0.0.8": {"major override accept skip", "mkdirp 0.5.1 asks for minimist 0.0.8, and express 3.21.2 asks for mkdirp 0.5.1; no express 3 asks for a safe mkdirp: major of express to 4.21.2 or override minimist"},
	} {
		p := find(t, plan, id)
		if got := strings.Join(kinds(p), " "); got != want.kinds || p.Blocks != want.blocks {
			t.Errorf("%s: %s, %q\nnot %s, %q", id, got, p.Blocks, want.kinds, want.blocks)
		}
	}
	var chosen []Chosen
	for _, p := range plan {
		if p.Default >= 0 {
			chosen = append(chosen, Chosen{p, p.Choices[p.Default]})
		}
	}
	if err := w.Do(t.Context(), chosen); err != nil {
		t.Fatal(err)
	}
	for _, o := range w.Done {
		if o.Failed != "" {
			t.Errorf("%s %s: %s", o.What, o.Kind, o.Failed)
		}
	}
	qs := find(t, w.Plan(t.Context()), "qs 4.0.0")
	i, _ := qs.Choice(Major)
	if err := w.Do(t.Context(), []Chosen{{qs, qs.Choices[i]}}); err != nil {
		t.Fatal(err)
	}
	if left := slices.Sorted(maps.Keys(harms(w.Findings))); len(left) > 0 {
		t.Errorf("left are %q, done %+v", left, w.Done)
	}
	if now, _ := os.ReadFile(lock); string(now) != string(text) {
		t.Error("the project itself was changed")
	}
	files, err := w.Files()
	if err != nil || len(files) != 2 {
		t.Fatalf("%v, %v", files, err)
	}
	want := strings.Replace(shopManifest, `"express": "3.21.2"`, `"express": "4.21.2"`, 1)
	want = strings.Replace(want, "{\"test\": \"node test.js\"}", "{\"test\": \"node test.js\"},\r\n\t\"overrides\": {\r\n\t\t\"connect-stuck\": {\r\n\t\t\t\"minimist\": \"1.2.8\"\r\n\t\t},\r\n\t\t\"old\": {\r\n\t\t\t\"debug\": \"3.2.7\"\r\n\t\t}\r\n\t}", 1)
	if got := string(files[1].After); got != want {
		t.Errorf("package.json became\n%s\nnot\n%s", got, want)
	}
	installs(t, dir, opt, files)
	if _, err := os.Stat("/tmp/pavise-was-run-by-npm"); err == nil {
		t.Error("a script of a package was run")
	}
}

// installs sees that npm ci takes the lockfile that came of it, and that the tests of the
// project run with what is installed.
func installs(t *testing.T, dir string, opt Options, files []File) {
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.After, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tl := tool{dir: dir, env: opt.Environ, time: time.Minute}
	for _, args := range [][]string{{"ci", "--ignore-scripts", "--no-audit", "--no-fund"}, {"test"}} {
		if _, err := tl.run(t.Context(), "npm", args...); err != nil {
			t.Fatal(err)
		}
	}
	if saw, _ := os.ReadFile(filepath.Join(dir, "saw")); string(saw) != "4.21.2 6.13.0 3.2.7" {
		t.Errorf("the tests of the project saw %q", saw)
	}
}

const stuckLock = `{"name": "shop", "lockfileVersion": 3, "packages": {
  "": {"dependencies": {"connect-stuck": "2.0.0"}},
  "node_modules/connect-stuck": {"version": "2.0.0", "dependencies": {"minimist": "1.2.5"}},
  "node_modules/minimist": {"version": "1.2.5"}
}}`

// broken is a project whose package manager is a script.
func broken(t *testing.T, script string) (*Work, []Chosen) {
	dir, bin := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"package.json": `{"dependencies": {"connect-stuck": "2.0.0"}}`, "package-lock.json": stuckLock} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	os.WriteFile(filepath.Join(bin, "npm"), []byte("#!/bin/sh\necho half > package-lock.json\n"+script), 0o755)
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	server := registry(t)
	from := Registries{pavise.NPM: NPM(server.Client(), NPMRC{"registry": server.URL})}
	w := begin(t, dir, Options{Dir: dir, Environ: os.Environ(), Knowing: Knowing{from, known}, Audit: auditLock})
	p := find(t, w.Plan(t.Context()), "minimist 1.2.5")
	return w, []Chosen{{p, p.Choices[p.Default]}}
}

// TestManagerDies takes everything back where the package manager fails.
func TestManagerDies(t *testing.T) {
	w, chosen := broken(t, "echo 'it broke \033[31mhere' >&2\nexit 7\n")
	if err := w.Do(t.Context(), chosen); err != nil {
		t.Fatal(err)
	}
	if why := w.Done[0].Failed; !strings.Contains(why, "exit status 7") || !strings.Contains(why, "it broke [31mhere") {
		t.Errorf("it said %q", why)
	}
	if files, err := w.Files(); err != nil || len(files) > 0 {
		t.Errorf("the copy differs in %v, %v", files, err)
	}
}

// TestRegistryAway: a package manager that reaches nobody is run once, and not for each
// part of what was chosen.
func TestRegistryAway(t *testing.T) {
	runs := filepath.Join(t.TempDir(), "runs")
	w, chosen := broken(t, "echo run >> '"+runs+"'\necho 'npm error code ECONNREFUSED' >&2\nexit 1\n")
	if err := w.Do(t.Context(), slices.Concat(chosen, chosen, chosen, chosen)); err != nil {
		t.Fatal(err)
	}
	if said, _ := os.ReadFile(runs); string(said) != "run\n" {
		t.Errorf("it was run %d times", bytes.Count(said, []byte("run")))
	}
	if len(w.Done) != 4 || !strings.Contains(w.Done[3].Failed, "cannot reach the registry") {
		t.Errorf("%+v", w.Done)
	}
}

func TestInterrupted(t *testing.T) {
	w, chosen := broken(t, "exec sleep 60\n")
	ctx, cancel := context.WithCancel(t.Context())
	w.opt.Say = func(string) { time.AfterFunc(50*time.Millisecond, cancel) }
	if err := w.Do(ctx, chosen); err != context.Canceled {
		t.Errorf("it said %v", err)
	}
	if files, err := w.Files(); err != nil || len(files) > 0 {
		t.Errorf("the copy differs in %v, %v", files, err)
	}
}

// TestGo raises a module by the go command, from a folder that is a proxy.
func TestGo(t *testing.T) {
	goProxy := t.TempDir()
	for _, v := range []string{"v1.0.0", "v1.1.0", "v1.2.0"} {
		at := filepath.Join(goProxy, "example.com/lib/@v")
		os.MkdirAll(at, 0o755)
		mod := "module example.com/lib\n\ngo 1.21\n"
		os.WriteFile(filepath.Join(at, v+".info"), []byte(`{"Version":"`+v+`","Time":"2026-01-01T00:00:00Z"}`), 0o644)
		os.WriteFile(filepath.Join(at, v+".mod"), []byte(mod), 0o644)
		zipModule(t, filepath.Join(at, v+".zip"), "example.com/lib@"+v, map[string]string{"go.mod": mod, "lib.go": "package lib\n"})
		list, _ := os.ReadFile(filepath.Join(at, "list"))
		os.WriteFile(filepath.Join(at, "list"), append(list, v+"\n"...), 0o644)
	}
	dir := filepath.Join(t.TempDir(), "app")
	os.MkdirAll(dir, 0o755)
	os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n\nimport _ \"example.com/lib\"\n\nfunc main() {}\n"), 0o644)
	os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module app\n\ngo 1.21\n\n// kept\nrequire example.com/lib v1.0.0\n"), 0o644)
	environ := append(os.Environ(), "GOPROXY=file://"+goProxy, "GONOSUMDB=*", "GOFLAGS=-mod=mod", "GOMODCACHE="+filepath.Join(t.TempDir(), "mod"), "GOTOOLCHAIN=local")
	t.Cleanup(func() { // whose folders nobody may write
		c := exec.Command("go", "clean", "-modcache")
		c.Env = environ
		c.Run()
	})
	audit := func(_ context.Context, dir string) (*pavise.Evidence, []pavise.Finding, error) {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		_, v, _ := strings.Cut(string(text), "example.com/lib v")
		v = strings.Fields(v)[0]
		e := &pavise.Evidence{Project: &pavise.Project{Root: dir, Manifests: []pavise.Manifest{{File: "go.mod"}},
			Modules:  []pavise.Module{{Dir: ".", Manifest: "go.mod", Needs: []pavise.Need{{Key: "lib"}}}},
			Packages: []pavise.Package{{Key: "lib", Ecosystem: pavise.GoModules, Name: "example.com/lib", Version: v, File: "go.mod"}}}}
		if v != "1.0.0" {
			return e, nil, err
		}
		return e, []pavise.Finding{{Outcome: pavise.Fail, Dependency: &pavise.Dependency{Key: "lib", Ecosystem: pavise.GoModules, Name: "example.com/lib", Version: v, Advisory: "GO-1", Fixed: "1.1.0"}}}, err
	}
	e, findings, err := audit(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{Dir: dir, Environ: environ, Audit: audit, Knowing: Knowing{From: Registries{pavise.GoModules: GoList(environ)}}}
	w, err := Begin(t.Context(), opt, e, findings)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	p := w.Plan(t.Context())[0]
	if got := strings.Join(kinds(p), " "); got != "*same accept skip" {
		t.Fatalf("%s: %s", got, p.Blocks)
	}
	if err := w.Do(t.Context(), []Chosen{{p, p.Choices[0]}}); err != nil || w.Done[0].Failed != "" {
		t.Fatalf("%v, %+v", err, w.Done)
	}
	files, err := w.Files()
	if err != nil || len(files) != 2 || files[1].Before != nil {
		t.Fatalf("%v, %v", files, err)
	}
	want := "--- a/go.mod\n+++ b/go.mod\n@@ -3,4 +3,4 @@\n go 1.21\n \n // kept\n-require example.com/lib v1.0.0\n+require example.com/lib v1.1.0\n"
	if got := Diff(files[0]); got != want {
		t.Errorf("the diff is\n%s", got)
	}
}
