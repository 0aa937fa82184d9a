package lockfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pavise"
)

// project writes files, as "-- name --" and their lines, and reads them.
func project(t testing.TB, text string) (*pavise.Project, []pavise.Unread) {
	t.Helper()
	dir := t.TempDir()
	for i, part := range strings.Split("\n"+text, "\n-- ") {
		name, body, _ := strings.Cut(part, " --\n")
		if i == 0 {
			continue
		}
		write(t, filepath.Join(dir, name), strings.TrimSuffix(body, "\n")+"\n")
	}
	return read(t, dir)
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestWhatIsRead holds small projects of every form to the lines that are wanted of each.
func TestWhatIsRead(t *testing.T) {
	for _, c := range []struct {
		name, files string
		want        []string
	}{
		{"package.json alone", `
-- package.json --
{"name": "app", "engines": {"node": "^18.2.0"},
 "dependencies": {"express": "^4.17.0", "old": "npm:qs@6.5.2", "@a/b": "github:a/b#main", "tar": "https://me:secret@example.com/t.tgz?token=1"},
 "devDependencies": {"mocha": "*"}}`, []string{
			"express ^4.17.0 prod registry (no hash) by 1: express", "qs 6.5.2 prod registry (no hash) old by 1: qs", "@a/b - prod git (no hash) by 1: @a/b",
			"mocha * dev registry (no hash) by 1: mocha", "runtime nodejs 18, package.json:1"}},
		{"what is installed", `
-- package.json --
{"name": "app", "dependencies": {"a": "^1.0.0"}, "devDependencies": {"d": "*"}}
-- node_modules/a/package.json --
{"name": "a", "version": "1.2.3", "dependencies": {"b": "2"}, "scripts": {"postinstall": "x"}}
-- node_modules/a/node_modules/b/package.json --
{"name": "b", "version": "2.0.0", "dependencies": {"@s/c": "*"}}
-- node_modules/@s/c/package.json --
{"name": "@s/c", "version": "3.0.0", "dependencies": {"a": "*"}}
-- node_modules/d/package.json --
{"name": "d", "version": "4.0.0"}`, []string{
			"a 1.2.3 prod registry (no hash) (script) by 1: a", "b 2.0.0 prod registry (no hash) by 1: a › b", "@s/c 3.0.0 prod registry (no hash) by 1: a › b › @s/c",
			"d 4.0.0 dev registry (no hash) by 1: d", "file node_modules: node_modules"}},
		{"npm 6 with an alias, git and a bundle", `
-- package.json --
{"dependencies": {"old-qs": "npm:qs@6.5.2", "g": "me/g", "n": "1"}}
-- package-lock.json --
{"lockfileVersion": 1, "dependencies": {
  "old-qs": {"version": "npm:qs@6.5.2", "resolved": "https://me:pw@r.example/qs/-/qs-6.5.2.tgz", "integrity": "sha512-x"},
  "g": {"version": "git+ssh://git@github.com/me/g.git#0123456789012345678901234567890123456789", "from": "git+ssh://git@github.com/me/g.git"},
  "n": {"version": "1.0.0", "integrity": "sha1-x", "requires": {"in": "1"}, "dependencies": {"in": {"version": "1.1.1", "bundled": true}}}}}`, []string{
			"qs 6.5.2 prod registry old-qs by 1: qs", "g - prod git (no hash) by 1: g", "in 1.1.1 prod registry by 1: n › in"}},
		{"a lockfile that is behind", `
-- package.json --
{"name": "app", "packageManager": "npm@10.0.0",
 "dependencies": {"a": "^2.0.0", "b": "1"}}
-- package-lock.json --
{"lockfileVersion": 3, "packages": {"": {"dependencies": {"a": "^1.0.0"}}, "node_modules/a": {"version": "1.0.0", "integrity": "x"}}}
-- yarn.lock --
a@^2.0.0:
  version "2.0.0"`, []string{
			"file package-lock.json: package-lock v3, behind a ^2.0.0 (package.json:2), behind b 1 (package.json:2)", "file yarn.lock: yarn.lock v1", "packages 1",
			"unread package.json:2: package-lock.json has no b, which it asks for"}},
		{"two lockfiles, nobody says which", `
-- package.json --
{"dependencies": {"a": "^1.0.0"}}
-- package-lock.json --
{"lockfileVersion": 3, "packages": {"": {"dependencies": {"a": "^1.0.0"}}, "node_modules/a": {"version": "1.0.0", "integrity": "x"}}}
-- yarn.lock --
a@^1.0.0:
  version "1.5.0"
  resolved "https://registry.yarnpkg.com/a/-/a-1.5.0.tgz#0123456789012345678901234567890123456789"`, []string{
			"a 1.0.0 prod registry by 1: a", "a 1.5.0 prod registry by 1: a"}},
		{"a lockfile without its manifest", `
-- yarn.lock --
"a@^1", a@1.0.0:
  version "1.0.0"
  dependencies:
    b "2"
b@2:
  version "2.0.0"`, []string{"a 1.0.0 prod registry (no hash) by 1: a", "b 2.0.0 prod registry (no hash) by 1: a › b"}},
		{"yarn 4 with a name that takes two lines", `
-- package.json --
{"dependencies": {"a": "^1"}}
-- yarn.lock --
__metadata:
  version: 8

? "a@npm:^1, a@npm:^1.0"
:
  version: 1.0.0
  resolution: "a@npm:1.0.0"
  checksum: 10c0/x
  languageName: node`, []string{"a 1.0.0 prod registry by 1: a", "file yarn.lock: yarn.lock of yarn 2 and later, v8"}},
		{"pnpm with git and a deprecated package", `
-- package.json --
{"dependencies": {"g": "github:me/g", "old": "1"}}
-- pnpm-lock.yaml --
lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      g: {specifier: github:me/g, version: https://codeload.github.com/me/g/tar.gz/0123456789012345678901234567890123456789}
      old: {specifier: '1', version: 1.0.0}
packages:
  g@https://codeload.github.com/me/g/tar.gz/0123456789012345678901234567890123456789:
    resolution: {tarball: https://codeload.github.com/me/g/tar.gz/0123456789012345678901234567890123456789}
    version: 1.2.3
  old@1.0.0:
    resolution: {integrity: sha512-x}
    deprecated: >-
      use the
      new one
snapshots:
  g@https://codeload.github.com/me/g/tar.gz/0123456789012345678901234567890123456789: {}
  old@1.0.0: {}`, []string{"g 1.2.3 prod git (no hash) by 1: g", "old 1.0.0 prod registry (deprecated) by 1: old"}},
		{"bun in binary", `
-- package.json --
{"dependencies": {"a": "1"}}
-- bun.lockb --
#!/usr/bin/env bun`, []string{"unread bun.lockb: it is binary, and only bun reads it; type: bun install --save-text-lockfile"}},
		{"go.mod", `
-- go.mod --
module example.com/app

go 1.22.1

toolchain go1.23.4

require (
	golang.org/x/net v0.20.0
	golang.org/x/text v0.14.0 // indirect
	example.com/forked v1.0.0
	example.com/local v0.0.0
)

replace example.com/forked => example.org/fork v1.1.0

replace example.com/local => ./local

exclude golang.org/x/net v0.19.0
-- go.sum --
golang.org/x/net v0.20.0 h1:x=
golang.org/x/net v0.20.0/go.mod h1:x=
example.org/fork v1.1.0/go.mod h1:x=`, []string{
			"stdlib 1.23.4 prod language by 1: stdlib", "golang.org/x/net 0.20.0 prod registry by 1: golang.org/x/net",
			"example.org/fork 1.1.0 prod registry example.com/forked by 1: example.org/fork", "example.com/local - prod file (no hash) by 1: example.com/local",
			"file go.mod: go.mod, behind golang.org/x/text v0.14.0 (go.mod:9, go.sum has no hash of it)", "runtime go 1.23.4, go.mod:5"}},
		{"composer", `
-- composer.json --
{"name": "me/app", "require": {"php": "~7.4.0", "ext-json": "*", "Monolog/monolog": "^2.0", "me/gone": "1"}, "require-dev": {"p/unit": "^9"}}
-- composer.lock --
{"packages": [{"name": "monolog/monolog", "version": "v2.3.0", "dist": {"type": "zip", "url": "https://api.github.com/x", "reference": "0123456789012345678901234567890123456789", "shasum": ""},
  "require": {"php": ">=7.2", "psr/log": "^1"}, "abandoned": "new/log"}, {"name": "psr/log3", "version": "1.1.4", "replace": {"psr/log": "*"}}],
 "packages-dev": [{"name": "p/unit", "version": "9.1.0"}]}`, []string{
			"monolog/monolog 2.3.0 prod registry (deprecated) by 1: monolog/monolog", "psr/log3 1.1.4 prod registry (no hash) by 1: monolog/monolog › psr/log3",
			"p/unit 9.1.0 dev registry (no hash) by 1: p/unit", "file composer.lock: composer.lock, behind me/gone 1 (composer.json:1)", "runtime php 7.4, composer.json:1"}},
		{"lists for pip that include one another", `
-- requirements.txt --
-r requirements/base.txt
Django_Rest.Framework==3.14.0 ; python_version > "3.7" --hash=sha256:aa \
    --hash=sha256:bb
flask[async]>=2,<3  # web
g @ git+https://me:pw@github.com/me/g.git@0123456789012345678901234567890123456789
-e .
-r gone.txt
-- requirements/base.txt --
requests === 2.31.0
-r ../requirements.txt
-- requirements-dev.txt --
pytest==8.0.0`, []string{
			"requests 2.31.0 prod registry (no hash) by 1: requests", "django-rest-framework 3.14.0 prod registry by 1: django-rest-framework",
			"flask >=2,<3 prod registry (no hash) by 1: flask", "g - prod git (no hash) by 1: g", "pytest 8.0.0 dev registry (no hash) by 1: pytest", "packages 5",
			`unread requirements.txt:7: "gone.txt" is not in the project`}},
		{"Poetry", `
-- pyproject.toml --
[tool.poetry]
name = "app"
[tool.poetry.dependencies]
python = "^3.11"
Flask = "^2.0"
gone = "1"
[tool.poetry.group.dev.dependencies]
pytest = {version = "^8"}
-- poetry.lock --
[[package]]
name = "flask"
version = "2.3.0"
files = [{file = "f.whl", hash = "sha256:x"}]

[package.dependencies]
Werkzeug = {version = ">=2", optional = false}

[[package]]
name = "werkzeug"
version = "2.3.1"
files = []

[[package]]
name = "pytest"
version = "8.0.0"
optional = false
files = [{file = "f.whl", hash = "sha256:x"}]
[package.source]
type = "git"
url = "https://me:pw@github.com/p/p.git"
resolved_reference = "0123456789012345678901234567890123456789"
`, []string{
			"flask 2.3.0 prod registry by 1: flask", "werkzeug 2.3.1 prod registry (no hash) by 1: flask › werkzeug", "pytest 8.0.0 dev git by 1: pytest",
			"file poetry.lock: poetry.lock, behind gone 1 (pyproject.toml:6)"}},
		{"uv", `
-- pyproject.toml --
[project]
name = "app"
dependencies = ["httpx>=0.27", 'anyio ; python_version > "3"']
[dependency-groups]
dev = ["ruff"]
-- uv.lock --
version = 1
[[package]]
name = "app"
source = { virtual = "." }
dependencies = [{ name = "httpx" }, { name = "anyio" }]
[package.dev-dependencies]
dev = [{ name = "ruff" }]
[[package]]
name = "httpx"
version = "0.27.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "anyio", marker = "x" }]
sdist = { url = "https://files.pythonhosted.org/h.tar.gz", hash = "sha256:x" }
[[package]]
name = "anyio"
version = "4.0.0"
wheels = [{ url = "https://files.pythonhosted.org/a.whl", hash = "sha256:x" }]
[[package]]
name = "ruff"
version = "0.5.0"
wheels = [{ url = "https://files.pythonhosted.org/a.whl", hash = "sha256:x" }]`, []string{
			"httpx 0.27.0 prod registry by 1: httpx", "anyio 4.0.0 prod registry by 2: anyio", "ruff 0.5.0 dev registry by 1: ruff"}},
		{"Bundler", `
-- Gemfile --
source "https://rubygems.org"
gem "rails", "~> 7.0"
gem 'gone'
group :development, :test do
  gem "rspec"
end
-- Gemfile.lock --
GIT
  remote: https://me:pw@github.com/r/rspec.git
  revision: 0123456789012345678901234567890123456789
  specs:
    rspec (3.0.0)

GEM
  remote: https://rubygems.org/
  specs:
    nokogiri (1.15.0-x86_64-linux)
    rails (7.0.1)
      nokogiri (>= 1.6)

PLATFORMS
  ruby

DEPENDENCIES
  rails (~> 7.0)
  rspec!

CHECKSUMS
  rails (7.0.1) sha256=x
`, []string{
			"rails 7.0.1 prod registry by 1: rails", "nokogiri 1.15.0 prod registry (no hash) by 1: rails › nokogiri", "rspec 3.0.0 dev git (no hash) by 1: rspec",
			"file Gemfile.lock: Gemfile.lock, behind gone (Gemfile:3)"}},
		{"releases", `
-- .nvmrc --
v18.17.0
-- .tool-versions --
golang 1.20.1
python 3.8
-- Dockerfile --
ARG NODE=16
FROM --platform=linux/amd64 node:${NODE}-alpine AS build
FROM docker.io/library/php:7.4-apache@sha256:aa
FROM build
FROM golang
-- composer.json --
{"require": {"php": ">=5.6"}}`, []string{
			"runtime nodejs 18.17.0, .nvmrc:1", "runtime go 1.20.1, .tool-versions:1", "runtime python 3.8, .tool-versions:2", "runtime nodejs 16, Dockerfile:2", "runtime php 7.4, Dockerfile:3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, unread := project(t, c.files)
			got := string(listed(p))
			for _, u := range unread {
				got += fmt.Sprintf("unread %s: %s\n", u.What, u.Why)
			}
			for _, want := range c.want {
				if !slices.Contains(strings.Split(got, "\n"), want) {
					t.Errorf("%q is missing", want)
				}
			}
			if t.Failed() || strings.Contains(fmt.Sprint(p), ":pw@") || strings.Contains(fmt.Sprintf("%+v", p), "token=1") {
				t.Errorf("it is read as\n%s", got)
			}
			if len(unread) > 0 && !strings.Contains(strings.Join(c.want, "\n"), "unread ") {
				t.Errorf("unread: %v", unread)
			}
		})
	}
}

// TestFaults holds what is said of broken files to the line and the words.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{"package.json", "{\n  \"dependencies\": {\"a\" \"1\"}\n}", "package.json:2: a colon belongs after the name \"a\""},
		{"package.json", "{\n  \"a\": 1,\n}", "package.json:3: no comma belongs before \"}\""},
		{"package-lock.json", "{\n<<<<<<< HEAD\n", "package-lock.json:2: a merge was not finished: both sides stand there"},
		{"package-lock.json", `{"lockfileVersion": 9}`, `package-lock.json:1: lockfileVersion "9" is not known; 1, 2 and 3 are`},
		{"package-lock.json", `{"packages": ` + strings.Repeat("[", 1_000_000), "package-lock.json:1: values stand more than 200 deep in one another"},
		{"package-lock.json", `{"x": ` + strings.Repeat(`{"a":`, 1_000_000), "package-lock.json:1: values stand more than 200 deep in one another"},
		{"package-lock.json", `{"lockfileVersion": 1, "dependencies": ` + strings.Repeat(`{"a": {"dependencies": `, 100_000), "package-lock.json:1: \"node_modules/a/node_modules/a/node_modules/a/node_modules/a/…\": a place has at most 128 parts"},
		{"package-lock.json", `{"packages": {"` + strings.Repeat("node_modules/a/", 1000) + `": {}}}`, ""},
		{"yarn.lock", "a@1:\n  version \"1\nb", "yarn.lock:2: a value is not written as yarn has it"},
		{"yarn.lock", "  version 1", "yarn.lock:1: it is indented below nothing"},
		{"yarn.lock", "a@1:\n  version " + strings.Repeat("1", 100_000), "yarn.lock:2: the line is longer than any that yarn writes"},
		{"pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages:\n\t- x", ""},
		{"pnpm-lock.yaml", "lockfileVersion: '3.0'", "pnpm-lock.yaml:1: lockfileVersion \"3.0\" is not known; 5 to 9 are"},
		{"pnpm-lock.yaml", strings.Repeat("[", 1_000_000), ""},
		{"pnpm-lock.yaml", strings.Repeat("[a,", 1_000_000), "pnpm-lock.yaml: it has more than 1000000 values"},
		{"bun.lock", "{ // c\n \"packages\": {\"a\": [,]}}", "bun.lock:2: a value is missing"},
		{"go.mod", "module x\nrequire a\n", "go.mod:2: require has a path and a version"},
		{"go.mod", "module x\nrequire (\n", "go.mod:2: the block require ( has no end"},
		{"composer.lock", "{\"packages\": [{}]}", "composer.lock:1: a package has no name, or a longer one than any"},
		{"poetry.lock", "[[package]]\nname = 1", ""},
		{"uv.lock", "a = " + strings.Repeat("[", 500_000), "uv.lock:1: values stand more than 200 deep in one another"},
		{"uv.lock", strings.Repeat("a.", 100_000) + "b = 1", "uv.lock:1: values stand more than 200 deep in one another"},
		{"Gemfile.lock", "GEM\n<<<<<<< HEAD", "Gemfile.lock:2: a merge was not finished: both sides stand there"},
		{"requirements.txt", strings.Repeat("a", 100_000), "requirements.txt:1: the line is longer, or there are more of them, than in any list for pip"},
	} {
		_, unread := project(t, "-- "+c.file+" --\n"+c.text)
		if len(unread) != 1 {
			t.Errorf("%s %.40q: unread is %v", c.file, c.text, unread)
			continue
		}
		got := unread[0].What + ": " + unread[0].Why
		if c.want != "" && got != c.want || len(got) > 300 || !slices.Contains(unread[0].For, "project.dependencies") {
			t.Errorf("%s %.40q: %s, for %v; want %s", c.file, c.text, got, unread[0].For, c.want)
		}
	}
}

// TestBounds reads more of everything than any project has.
func TestBounds(t *testing.T) {
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for _, c := range []struct{ file, text, want string }{
		{"package-lock.json", `{"packages": {` + many(100_001, `"node_modules/p%d": {},`) + `"": {}}}`, "there are more than 100000 packages"},
		{"package-lock.json", `{"packages": {"node_modules/a": {"dependencies": {` + many(10_001, `"p%d":"1",`) + `"a": "1"}}}}`, "it has more needs, or a longer name, than any package"},
		{"yarn.lock", "a@1:\n  dependencies:\n" + many(10_002, "    p%d \"1\"\n"), "a package needs more than any does"},
	} {
		_, unread := project(t, "-- "+c.file+" --\n"+c.text)
		if len(unread) != 1 || !strings.Contains(unread[0].Why, c.want) {
			t.Errorf("%s: unread is %v, want %s", c.file, unread, c.want)
		}
	}
	dir := t.TempDir()
	for _, name := range []string{"package-lock.json", "yarn.lock", "requirements.txt", "go.mod"} { // 200 MB each, of which nothing is written
		write(t, filepath.Join(dir, name), "")
		if err := os.Truncate(filepath.Join(dir, name), 200<<20); err != nil {
			t.Fatal(err)
		}
	}
	if _, unread := read(t, dir); len(unread) < 4 || !strings.Contains(unread[0].Why, "it is longer than") {
		t.Errorf("unread is %v", unread)
	}
}

// TestGoProgram reads what is built into this test itself.
func TestGoProgram(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "app"), data, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "data.exe"), "MZ"+strings.Repeat("x", 1<<17)) // a program of nobody
	p, unread := read(t, dir)
	if len(p.Packages) == 0 || p.Packages[0].Name != "stdlib" || "go"+p.Packages[0].Version != strings.Fields(runtime.Version())[0] || len(p.Modules) != 1 || unread != nil {
		t.Errorf("it is read as\n%s%v", listed(p), unread)
	}
}
