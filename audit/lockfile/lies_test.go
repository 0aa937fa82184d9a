package lockfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pavise"
	"pavise/audit/tree"
)

// TestLockfilesThatLie: where a lockfile hides what is installed that is told, and no rule
// about flaws passes.
func TestLockfilesThatLie(t *testing.T) {
	npm := func(place, entry string) map[string]string {
		return map[string]string{"package-lock.json": `{"lockfileVersion": 3, "packages": {"": {"dependencies": {"express": "^3"}}, "` + place + `": ` + entry + `}}`}
	}
	const archive = `"resolved": "https://registry.npmjs.org/express/-/express-3.0.0.tgz", "integrity": "sha512-x"`
	const pnpm = "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      express: {specifier: ^3, version: 3.0.0}\n"
	for name, files := range map[string]map[string]string{
		"another version than its archive": npm("node_modules/express", `{"version": "4.99.0", `+archive+`}`),
		"another name than its archive":    npm("node_modules/express", `{"version": "3.0.0", "name": "harmless", `+archive+`}`),
		"a scope that the archive has not": npm("node_modules/express", `{"version": "3.0.0", "name": "@x/express", `+archive+`}`),
		"a way around in the address":      npm("node_modules/express", `{"version": "4.99.0", "resolved": "https://r.example/express/-/express-4.99.0.tgz/../express-3.0.0.tgz"}`),
		"a name that looks like it":        npm("node_modules/\u0435xpress", `{"version": "3.0.0"}`),
		"a name with an escape":            npm("node_modules/%65xpress", `{"version": "3.0.0"}`),
		"an alias of an alias":             {"package-lock.json": `{"lockfileVersion": 1, "dependencies": {"express": {"version": "npm:harmless@npm:express@3.0.0"}}}`},
		"nothing of what is asked for":     {"package-lock.json": `{"lockfileVersion": 3, "packages": {}}`},
		"pnpm without the package":         {"pnpm-lock.yaml": pnpm + "packages: {}\n"},
		"pnpm behind an alias":             {"pnpm-lock.yaml": "x: &x {}\n" + pnpm + "packages: *x\n"},
		"pnpm with another name inside":    {"pnpm-lock.yaml": pnpm + "packages:\n  express@3.0.0:\n    resolution: {integrity: x}\n    name: harmless\n    version: 99.0.0\n"},
		"yarn":                             {"yarn.lock": "express@^3:\n  version \"4.99.0\"\n  resolved \"https://registry.yarnpkg.com/express/-/express-3.0.0.tgz#abc\"\n"},
		"bun":                              {"bun.lock": `{"lockfileVersion": 1, "packages": {"express": ["express@4.99.0", "https://r.example/express/-/express-3.0.0.tgz", {}, "x"]}}`},
		"a lockfile that is a link":        {"other.json": `{"lockfileVersion": 3, "packages": {}}`, "package-lock.json": "-> other.json"},
		"a lockfile that is elsewhere":     {"yarn.lock": "-> /etc/hostname"},
		"a decoy of the same name":         {"decoy/package.json": `{"name": "express", "dependencies": {}}`, "package-lock.json": `{"lockfileVersion": 3, "packages": {}}`},
	} {
		p := readLies(t, files)
		seen := false
		for _, pkg := range p.Packages { // what is told as it is hides nothing
			seen = seen || pkg.Name == "express" && (pkg.Version == "3.0.0" || pkg.Range == "^3") && pkg.From == pavise.FromRegistry
		}
		if len(p.Unread) == 0 && !seen {
			t.Errorf("%s: nothing is said, %+v", name, p.Packages)
		}
	}
	for name, files := range map[string]map[string]string{
		"a registry of one's own": npm("node_modules/express", `{"version": "3.0.0", "resolved": "https://u:p@r.example/npm/express/-/express-3.0.0.tgz?x=1"}`),
		"an alias":                npm("node_modules/express", `{"version": "3.0.0", "name": "@x/y", "resolved": "https://r.example/@x%2fy/-/y-3.0.0.tgz"}`),
		"a build":                 npm("node_modules/express", `{"version": "3.0.0+b", "resolved": "https://r.example/express/-/express-3.0.0.tgz"}`),
		"a forge":                 npm("node_modules/express", `{"version": "3.0.0", "resolved": "https://npm.pkg.github.com/download/express/3.0.0/abc"}`),
	} {
		if p := readLies(t, files); len(p.Unread) > 0 {
			t.Errorf("%s: %+v", name, p.Unread)
		}
	}
}

// readLies reads a project that asks for express 3.
func readLies(t *testing.T, files map[string]string) *pavise.Project {
	t.Helper()
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"name": "x", "dependencies": {"express": "^3"}}`), 0o644)
	for name, text := range files {
		at := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(at), 0o755)
		if to, link := strings.CutPrefix(text, "-> "); link {
			if err := os.Symlink(to, at); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tr, err := tree.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	p := &pavise.Project{Root: dir}
	Read(t.Context(), tr, p)
	p.Unread = append(p.Unread, tr.Unread()...)
	return p
}
