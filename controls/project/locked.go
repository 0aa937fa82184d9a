package project

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// A view is what one rule saw: what fails it, of how many, or why there was nothing.
type view struct {
	failed           []pavise.Finding
	looked           int
	noun, none, want string
}

func (v *view) fail(rule, file string, at int, word, saw string) {
	v.failed = append(v.failed, pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: pavise.Line(file, at), Saw: saw, Want: v.want, Proof: show(file, at, word)})
}

// lockRules judge a project, a rule each.
var lockRules = map[string]func(*pavise.Project) view{
	ruleLocked: present, ruleInStep: inStep, ruleOne: one, ruleIntegrity: integrity, ruleFetched: encrypted, ruleCommit: pinned, ruleScripts: scripts,
}

// tried are folders of projects that nobody deploys.
var tried = []string{"testdata", "fixtures", "__fixtures__", "examples", "example"}

// locks are the files that name exact versions, and count.
func locks(p *pavise.Project) map[string]pavise.Manifest {
	list := map[string]pavise.Manifest{}
	for _, m := range p.Manifests {
		if m.Lock && m.Aside == "" {
			list[m.File] = m
		}
	}
	return list
}

// locked are the packages in lockfiles.
func locked(p *pavise.Project) []pavise.Package {
	files := locks(p)
	return slices.DeleteFunc(slices.Clone(p.Packages), func(pkg pavise.Package) bool { return files[pkg.File].File == "" })
}

func present(p *pavise.Project) view {
	v := view{noun: "project", none: "nothing here needs a package", want: "a lockfile beside the manifest, under version control"}
	files := locks(p)
	from := map[string]string{}
	for _, pkg := range p.Packages {
		from[pkg.Key] = pkg.File
	}
	for _, m := range p.Modules {
		if len(m.Needs) == 0 || slices.ContainsFunc(tried, func(d string) bool { return slices.Contains(strings.Split(m.Dir, "/"), d) }) {
			continue
		}
		v.looked++
		held := files[m.Manifest].File != "" || slices.ContainsFunc(m.Needs, func(n pavise.Need) bool { return files[from[n.Key]].File != "" })
		for _, f := range files {
			held = held || f.Ecosystem == m.Ecosystem && path.Dir(f.File) == m.Dir
		}
		if !held && !brokenBeside(p, m.Dir) {
			v.fail(ruleLocked, m.Manifest, m.Needs[0].Line, m.Needs[0].Name, pavise.Plural(len(m.Needs), "package")+" by range alone: "+some(asked(m.Needs), 5))
		}
	}
	return v
}

// lockNames are files that are lockfiles by their names alone.
var lockNames = regexp.MustCompile(`^(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|composer\.lock|poetry\.lock|uv\.lock|pylock\.toml|Pipfile\.lock|Gemfile\.lock|go\.sum)$`)

// brokenBeside reports whether a lockfile lies in the folder or above it that could not be
// read: it is there, and nobody knows what it holds.
func brokenBeside(p *pavise.Project, dir string) bool {
	return slices.ContainsFunc(p.Unread, func(u pavise.Unread) bool {
		file, _, _ := strings.Cut(u.What, ":")
		at := path.Dir(file)
		return lockNames.MatchString(path.Base(file)) && (at == "." || at == dir || strings.HasPrefix(dir, at+"/"))
	})
}

func asked(needs []pavise.Need) []string {
	list := make([]string, len(needs))
	for i, n := range needs {
		list[i] = strings.TrimSpace(n.Name + " " + n.Range)
	}
	return list
}

func inStep(p *pavise.Project) view {
	v := view{noun: "lockfile", none: "there is no lockfile", want: "what the manifest asks for"}
	for _, m := range p.Manifests {
		if !m.Lock || m.Aside != "" {
			continue
		}
		v.looked++
		if len(m.Behind) > 0 {
			v.fail(ruleInStep, m.File, 0, strings.Fields(m.Behind[0] + " .")[0], "it was not made for "+some(m.Behind, 5))
		}
	}
	return v
}

// one looks for folders in which several package managers have left a lockfile each.
func one(p *pavise.Project) view {
	v := view{noun: "folder", none: "there is no lockfile", want: "the one that the deployment installs from"}
	sides := map[[2]string][]string{}
	var order [][2]string
	for _, m := range p.Manifests {
		if !m.Lock || m.Form == "Go program" || m.Form == "requirements.txt" {
			continue
		}
		at := [2]string{path.Dir(m.File), m.Ecosystem}
		if sides[at] == nil {
			order = append(order, at)
		}
		sides[at] = append(sides[at], path.Base(m.File))
	}
	v.looked = len(order)
	for _, at := range order {
		if list := sides[at]; len(list) > 1 {
			f := pavise.Finding{Rule: ruleOne, Outcome: pavise.Fail, Where: path.Join(at[0], list[0]), Saw: strings.Join(list, " and ") + " beside one another", Want: v.want}
			for _, name := range list {
				f.Proof.Command += " " + pavise.Quote(path.Join(at[0], name))
			}
			f.Proof.Command = "ls -l" + f.Proof.Command
			v.failed = append(v.failed, f)
		}
	}
	return v
}

func integrity(p *pavise.Project) view {
	v := view{noun: "package", none: "no lockfile has packages of a registry", want: "a hash beside every package"}
	for _, pkg := range locked(p) {
		if pkg.From != pavise.FromRegistry {
			continue
		}
		if v.looked++; !pkg.Integrity {
			v.fail(ruleIntegrity, pkg.File, pkg.Line, pkg.Name, pkg.Name+" "+release(pkg.Version, pkg.Range)+" without a hash")
		}
	}
	return v
}

// clear is an address at which nothing is encrypted, of another machine.
var clear = regexp.MustCompile(`^(git\+)?(http|git|ftp)://`)

var loopback = regexp.MustCompile(`://(localhost|127\.[0-9.]+|\[::1\])[:/]`)

func encrypted(p *pavise.Project) view {
	v := view{noun: "address", none: "no lockfile says from which address its packages come", want: "https"}
	for _, pkg := range p.Packages {
		if pkg.Resolved == "" {
			continue
		}
		if v.looked++; clear.MatchString(pkg.Resolved) && !loopback.MatchString(pkg.Resolved) {
			v.fail(ruleFetched, pkg.File, pkg.Line, pkg.Resolved, pkg.Name+" from "+pavise.Clip(pkg.Resolved, 200))
		}
	}
	return v
}

// atCommit ends the address of something that cannot become another.
var atCommit = regexp.MustCompile(`([#/]|[?&](ref|sha|at)=)[0-9a-f]{7,64}$`)

func pinned(p *pavise.Project) view {
	v := view{noun: "package", none: "nothing comes from git", want: "the hash of a commit"}
	for _, pkg := range p.Packages {
		if pkg.From != pavise.FromGit {
			continue
		}
		if v.looked++; !atCommit.MatchString(pkg.Resolved) && (pkg.Ecosystem != pavise.Packagist || !pkg.Integrity) {
			v.fail(ruleCommit, pkg.File, pkg.Line, pkg.Name, pkg.Name+" from "+pavise.Clip(pkg.Resolved, 200)+", whatever stands there on the day")
		}
	}
	return v
}

// tells is a form that says what is run at installation.
var tells = regexp.MustCompile(`^(package-lock v[23]|pnpm-lock v[56]|node_modules)`)

func scripts(p *pavise.Project) view {
	v := view{noun: "package", none: "no lockfile here tells what is run at installation", want: "only those that must be built, by name"}
	files := map[string]bool{}
	for _, m := range p.Manifests {
		files[m.File] = m.Aside == "" && tells.MatchString(m.Form)
	}
	for _, pkg := range p.Packages {
		if !files[pkg.File] {
			continue
		}
		if v.looked++; pkg.Script {
			v.fail(ruleScripts, pkg.File, pkg.Line, pkg.Name, pkg.Name+" "+pkg.Version+" runs something when it is installed")
		}
	}
	return v
}
