package project_test

import (
	"strings"
	"testing"

	"pavise"
	"pavise/controls/project"
)

// lockedShop is a project with nothing amiss: a lockfile, a package of the registry, one
// of git.
func lockedShop() *pavise.Project {
	return &pavise.Project{
		Modules: []pavise.Module{{Dir: ".", Ecosystem: pavise.NPM, Manifest: "package.json", Needs: []pavise.Need{{Key: "l#a", Name: "a", Range: "^1", Line: 3}}}},
		Manifests: []pavise.Manifest{{File: "package.json", Form: "package.json", Ecosystem: pavise.NPM},
			{File: "package-lock.json", Form: "package-lock v3", Ecosystem: pavise.NPM, Lock: true}},
		Packages: []pavise.Package{
			{Key: "l#a", Ecosystem: pavise.NPM, Name: "a", Version: "1.0.0", From: pavise.FromRegistry, Resolved: "https://registry.npmjs.org/a/-/a-1.0.0.tgz", Integrity: true, File: "package-lock.json", Line: 9},
			{Key: "l#g", Ecosystem: pavise.NPM, Name: "g", From: pavise.FromGit, Resolved: "git+ssh://git@github.com/me/g.git#0123456789012345678901234567890123456789", File: "package-lock.json", Line: 12},
		},
	}
}

func TestLockfile(t *testing.T) {
	for _, c := range []struct {
		name, rule string
		outcome    pavise.Outcome
		where, saw string
		change     func(*pavise.Project)
	}{
		{"as it should be", "", pavise.Pass, ".", "", func(*pavise.Project) {}},
		{"no lockfile", "present", pavise.Fail, "package.json:3", "1 package by range alone: a ^1", func(p *pavise.Project) { p.Manifests, p.Packages = p.Manifests[:1], nil }},
		{"no lockfile in a fixture", "present", pavise.Skip, ".", "nothing here needs a package", func(p *pavise.Project) {
			p.Manifests, p.Packages, p.Modules[0].Dir = p.Manifests[:1], nil, "test/fixtures/x"
		}},
		{"of a workspace", "present", pavise.Pass, ".", "2 projects", func(p *pavise.Project) {
			p.Modules = append(p.Modules, pavise.Module{Dir: "packages/web", Ecosystem: pavise.NPM, Manifest: "packages/web/package.json", Needs: p.Modules[0].Needs})
		}},
		{"out of step", "in-step", pavise.Fail, "package-lock.json", "b ^2 (package.json:4)", func(p *pavise.Project) { p.Manifests[1].Behind = []string{"b ^2 (package.json:4)"} }},
		{"two", "one", pavise.Fail, "package-lock.json", "package-lock.json and yarn.lock beside one another", func(p *pavise.Project) {
			p.Manifests = append(p.Manifests, pavise.Manifest{File: "yarn.lock", Form: "yarn.lock v1", Ecosystem: pavise.NPM, Lock: true, Aside: "packageManager in package.json is npm"})
		}},
		{"no hash", "integrity", pavise.Fail, "package-lock.json:9", "a 1.0.0 without a hash", func(p *pavise.Project) { p.Packages[0].Integrity = false }},
		{"plain http", "encrypted", pavise.Fail, "package-lock.json:9", "a from http://mirror.example/a.tgz", func(p *pavise.Project) { p.Packages[0].Resolved = "http://mirror.example/a.tgz" }},
		{"plain git", "encrypted", pavise.Fail, "package-lock.json:12", "git://", func(p *pavise.Project) {
			p.Packages[1].Resolved = "git://github.com/me/g.git#0123456789012345678901234567890123456789"
		}},
		{"a registry of one's own machine", "encrypted", pavise.Pass, ".", "2 address", func(p *pavise.Project) { p.Packages[0].Resolved = "http://localhost:4873/a.tgz" }},
		{"a branch", "commit", pavise.Fail, "package-lock.json:12", "whatever stands there", func(p *pavise.Project) { p.Packages[1].Resolved = "git+https://github.com/me/g.git#main" }},
		{"an archive of a commit", "commit", pavise.Pass, ".", "1 package", func(p *pavise.Project) {
			p.Packages[1].Resolved = "https://codeload.github.com/me/g/tar.gz/0123456789012345678901234567890123456789"
		}},
		{"a script", "scripts", pavise.Fail, "package-lock.json:9", "a 1.0.0 runs something", func(p *pavise.Project) { p.Packages[0].Script = true }},
		{"a form that does not tell of scripts", "scripts", pavise.Skip, ".", "no lockfile here tells", func(p *pavise.Project) { p.Manifests[1].Form = "yarn.lock v1" }},
		{"a lockfile that is there and cannot be read", "present", pavise.Unknown, "package-lock.json:3", "it is broken", func(p *pavise.Project) {
			p.Manifests, p.Packages = p.Manifests[:1], nil
			p.Unread = []pavise.Unread{{What: "package-lock.json:3", Why: "it is broken", For: []string{"project.lockfile"}}}
		}},
		{"a broken lockfile of another folder", "present", pavise.Fail, "package.json:3", "a ^1", func(p *pavise.Project) {
			p.Manifests, p.Packages = p.Manifests[:1], nil
			p.Unread = []pavise.Unread{{What: "tools/yarn.lock:3", Why: "it is broken", For: []string{"project.lockfile"}}}
		}},
		{"a lockfile that cannot be read", "integrity", pavise.Unknown, "yarn.lock:3", "it is broken", func(p *pavise.Project) {
			p.Unread = []pavise.Unread{{What: "yarn.lock:3", Why: "it is broken", For: []string{"project.lockfile"}}}
		}},
	} {
		p := lockedShop()
		c.change(p)
		found := project.Lockfile{}.Check(&pavise.Evidence{Project: p})
		if want := len(project.Lockfile{}.Doc().Rules); len(found) != want {
			t.Errorf("%s: %d findings, want %d", c.name, len(found), want)
		}
		for _, f := range found {
			if c.rule == "" && f.Outcome != pavise.Pass {
				t.Errorf("%s: %s is %s: %s", c.name, f.Rule, f.Outcome, f.Saw)
			}
			if f.Rule == "project.lockfile."+c.rule && (f.Outcome != c.outcome || f.Where != c.where || !strings.Contains(f.Saw, c.saw)) {
				t.Errorf("%s: %s is %s at %s: %s", c.name, f.Rule, f.Outcome, f.Where, f.Saw)
			}
		}
	}
	if found := (project.Lockfile{}).Check(&pavise.Evidence{}); found != nil {
		t.Errorf("without a project: %v", found)
	}
}
