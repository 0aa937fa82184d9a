// Package lockfile reads manifests and lockfiles: what a project needs and what it has taken.
package lockfile

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"pavise"
	"pavise/audit/tree"
)

// wanted are the controls that go by what is read here.
var wanted = []string{"project.dependencies", "project.lockfile"}

// Read adds what it finds to the project.
func Read(ctx context.Context, t *tree.Tree, p *pavise.Project) {
	r := &reader{ctx: ctx, tree: t, project: p, byName: map[string][]string{}, ours: map[string]bool{}, workspaces: map[string]int{}}
	for _, f := range t.Files() {
		r.byName[path.Base(f)] = append(r.byName[path.Base(f)], f)
	}
	r.links()
	r.node()
	r.golang()
	r.composer()
	r.python()
	r.gems()
	r.runtimes()
	slices.SortStableFunc(p.Modules, func(a, b pavise.Module) int {
		return cmp.Or(cmp.Compare(depth(a.Dir), depth(b.Dir)), strings.Compare(a.Dir, b.Dir))
	})
	setScopes(p)
}

// known are the names of files in which packages stand.
var known = []string{"package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "go.mod", "go.sum",
	"composer.json", "composer.lock", "requirements.txt", "poetry.lock", "uv.lock", "Gemfile.lock"}

// maxLinked bounds the folders that are looked through for links.
const maxLinked = 1000

// links notes the links, pipes and devices that bear such a name: package managers read
// what stands there, and nobody here does.
func (r *reader) links() {
	folders := []string{"."}
	for _, name := range known {
		for _, file := range r.byName[name] {
			if dir := path.Dir(file); len(folders) < maxLinked && !slices.Contains(folders, dir) {
				folders = append(folders, dir)
			}
		}
	}
	for _, dir := range folders {
		list, _ := r.tree.List(dir)
		for _, e := range list {
			if !e.Type().IsRegular() && !e.IsDir() && slices.Contains(known, e.Name()) {
				r.miss(path.Join(dir, e.Name()), errors.New("it is a link or no file, and is not followed"))
			}
		}
	}
}

// depth is how far a folder is below the root.
func depth(dir string) int {
	if dir == "." {
		return 0
	}
	return strings.Count(dir, "/") + 1
}

// A reader reads the files of one project.
type reader struct {
	ctx        context.Context
	tree       *tree.Tree
	project    *pavise.Project
	byName     map[string][]string // the files, by their last part
	ours       map[string]bool     // the names of the modules of Node
	workspaces map[string]int      // the keys of modules that others need, to their place in Project.Packages
	tally      tally
}

// read returns a file, and notes where it cannot be read.
func (r *reader) read(file string) ([]byte, bool) {
	if err := r.ctx.Err(); err != nil {
		r.miss(file, errors.New("the time was over"))
		return nil, false
	}
	data, err := r.tree.Read(file, 0)
	if err != nil {
		r.miss(file, err)
		return nil, false
	}
	return data, true
}

// miss notes that a file could not be read, and at which line.
func (r *reader) miss(file string, err error) {
	var at *fault
	if errors.As(err, &at) && at.line > 0 {
		file = fmt.Sprintf("%s:%d", file, at.line)
	}
	r.tree.Miss(file, err.Error(), wanted...)
}

// manifest adds a file to those of the project, and returns its place.
func (r *reader) manifest(file, form, ecosystem string, locks bool, data []byte) int {
	sum := sha256.Sum256(data)
	r.project.Manifests = append(r.project.Manifests,
		pavise.Manifest{File: file, Form: form, Ecosystem: ecosystem, Lock: locks, SHA256: hex.EncodeToString(sum[:])})
	return len(r.project.Manifests) - 1
}

// npmName is what a package of a registry may be called, those of old included. What only
// looks like the name of another one is none.
var npmName = regexp.MustCompile(`^(@[\w!~*'().-]+/)?[\w!~*'()-][\w!~*'().-]*$`)

// take adds packages to the project, unless they are more than any project has.
func (r *reader) take(file string, packages []pavise.Package) bool {
	needs := 0
	for _, p := range packages {
		needs += len(p.Needs)
	}
	if why := r.tally.add(len(packages), needs); why != "" {
		r.miss(file, errors.New(why+" in all"))
		return false
	}
	for i, p := range packages {
		if other := otherArchive(p); other != "" {
			r.miss(file, &fault{p.Line, fmt.Sprintf("%q %q is taken from an archive of %s: nobody can tell which it is", clip(p.Name), clip(p.Version), clip(other))})
		}
		if p.Ecosystem == pavise.NPM && p.From == pavise.FromRegistry && !npmName.MatchString(p.Name) {
			r.miss(file, &fault{p.Line, fmt.Sprintf("%q is no name of a package of npm", clip(p.Name))})
		}
		if p.From == pavise.FromWorkspace {
			r.workspaces[p.Key] = len(r.project.Packages) + i
		}
	}
	r.project.Packages = append(r.project.Packages, packages...)
	return true
}
