package lockfile

import (
	"strings"
	"testing"

	"pavise"
)

// fuzzLock holds a reader to what every caller goes by: keys of its own, needs that lead
// somewhere, and an error that names a line.
func fuzzLock(f *testing.F, read func([]byte, string) (*lock, error), seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := read(data, "file")
		if err != nil {
			if len(err.Error()) > 400 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		keys := map[string]bool{}
		for _, p := range l.packages {
			if !strings.HasPrefix(p.Key, "file#") || p.File != "file" || p.Ecosystem == "" {
				t.Errorf("%+v is no package of the file", p)
			}
			keys[p.Key] = true
		}
		for _, p := range l.packages {
			for _, need := range p.Needs {
				if need.Key != "" && !keys[need.Key] {
					t.Errorf("%s needs %s, which is not there", p.Key, need.Key)
				}
			}
		}
		for _, dir := range append(l.members, "", "a/b") {
			if key, _ := l.answer(dir, pavise.Need{Name: "a", Range: "^1"}); key != "" && !keys[key] {
				t.Errorf("the answer %s is not there", key)
			}
		}
		setScopes(&pavise.Project{Packages: l.packages, Modules: []pavise.Module{{Needs: unneeded(l.packages)}}})
	})
}

func FuzzNPMLock(f *testing.F) {
	fuzzLock(f, npmLock, `{"lockfileVersion":3,"packages":{"":{"dependencies":{"a":"^1"}},"node_modules/a":{"version":"1.0.0","dependencies":{"b":"2"},"peerDependencies":{"c":"*"}},"node_modules/a/node_modules/b":{"link":true,"resolved":"p/b"},"p/b":{"version":"2.0.0"}}}`,
		`{"lockfileVersion":1,"dependencies":{"a":{"version":"npm:x@1","requires":{"b":"1"},"dependencies":{"b":{"version":"1","bundled":true}}}}}`)
}

func FuzzYarnLock(f *testing.F) {
	fuzzLock(f, yarnLock, "a@^1, \"b@npm:c@1\":\n  version \"1\"\n  dependencies:\n    b \"2\"\n", "__metadata:\n  version: 8\n\n? \"a@npm:^1\"\n:\n  version: 1\n  resolution: \"a@npm:1\"\n  dependencies:\n    a: \"npm:^1\"\n  dependenciesMeta:\n    a:\n      optional: true\n\"w@workspace:p\":\n  resolution: \"w@workspace:p\"\n")
}

func FuzzPNPMLock(f *testing.F) {
	fuzzLock(f, pnpmLock, "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a: {specifier: ^1, version: 1.0.0(b@2)}\n  p: {}\npackages:\n  a@1.0.0:\n    resolution: {integrity: x}\nsnapshots:\n  a@1.0.0(b@2):\n    dependencies: {p: 'link:p'}\n",
		"lockfileVersion: 5.4\nspecifiers: {a: ^1}\ndependencies: {a: 1.0.0_b@2}\npackages:\n  /a/1.0.0_b@2: {dev: true, dependencies: {a: 1.0.0}}\n", "lockfileVersion: '6.0'\na: &x [*x]\npackages: {/a@1: *x}")
}

func FuzzBunLock(f *testing.F) {
	fuzzLock(f, bunLock, `{"lockfileVersion":1,"workspaces":{"":{"dependencies":{"a":"^1"}},"p":{"name":"p"}},/* c */"packages":{"a":["a@1.0.0","",{"dependencies":{"p":"1"}},"sha512-x"],"p":["p@workspace:p"],"@s/x/a":["a@git+ssh://g#1",{},"x"],}}`)
}

func FuzzComposerLock(f *testing.F) {
	fuzzLock(f, composerLock, `{"packages":[{"name":"a/b","version":"v1","require":{"c/d":"1","php":"7"},"dist":{"url":"https://u:p@x/","reference":"0"},"abandoned":true}],"packages-dev":[{"name":"c/d","replace":{"e/f":"1"}}]}`)
}

func FuzzPythonLock(f *testing.F) {
	fuzzLock(f, pyLock, "[[package]]\nname=\"a\"\nversion=\"1\"\nfiles=[{hash=\"x\"}]\n[package.dependencies]\nb={version=\"1\",optional=true}\n[package.source]\ntype=\"git\"\n", "[[package]]\nname=\"a\"\nsource={virtual=\".\"}\ndependencies=[{name=\"a\"}]\n[package.dev-dependencies]\ndev=[{name=\"a\"}]\n")
}

func FuzzGemLock(f *testing.F) {
	fuzzLock(f, gemLock, "GEM\n  remote: https://u:p@x/\n  specs:\n    a (1-java)\n      b (>= 1)\n    b (2)\n\nDEPENDENCIES\n  a!\n\nCHECKSUMS\n  a (1) sha256=x\n")
}

// FuzzManifests reads the files that no lockfile is.
func FuzzManifests(f *testing.F) {
	for _, s := range []string{`{"name":"a","workspaces":["p/**","!p/x"],"dependencies":{"a":"https://u:p@x/y#z"},"engines":{"node":"^18 || 20 - 22"}}`,
		"module a\ngo 1.21\nrequire (\n\tb v1 // indirect\n)\nreplace b v1 => ../b\n", "[project]\ndependencies=['a[b]>=1; x']\n[tool.poetry.dependencies]\nb={version='1'}\n", "gem 'a', '~> 1', group: :test\ngroup :development do\n", `{"require":{"php":"~7.4.0","a/b":"*"}}`} {
		f.Add([]byte(s), "p/x/y")
	}
	f.Fuzz(func(t *testing.T, data []byte, dir string) {
		if m, err := readPackageJSON(data); err == nil {
			m.has(dir)
			bound(m.engine)
		}
		if m, err := readGoMod(data); err == nil {
			for _, need := range m.needs {
				m.required(need, "go.mod")
			}
		}
		if m := new(pyProject); readTOML(data, m) == nil {
			m.needs(data)
		}
		_, _ = readComposerJSON(data)
		gemNeeds(string(data))
		if p, ok := pipPackage(string(data), "requirements.txt", 1); ok && p.Name == "" {
			t.Errorf("%q has no name", data)
		}
	})
}

// TestTally counts over all files of a project.
func TestTally(t *testing.T) {
	var n tally
	if why := n.add(maxPackages, maxNeeds); why != "" {
		t.Error(why)
	}
	if why := n.add(0, 1); !strings.Contains(why, "need one another more than") {
		t.Errorf("a need too many: %q", why)
	}
	if why := n.add(1, 0); !strings.Contains(why, "more than 100000 packages") {
		t.Errorf("a package too many: %q", why)
	}
}
