// Package osv holds Pavise's audit against osv-scanner: of the same lockfiles, by the same
// records of OSV, both name the same packages and the same flaws, or the difference is
// explained, or a test fails.
package osv

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var (
	beside = flag.Bool("osv-scanner", false, "compare with osv-scanner, which is fetched and built")
	write  = flag.String("write", "", "replace the table between the marks of this file")
)

// scanner is what Pavise is compared with.
const scanner = "github.com/google/osv-scanner/cmd/osv-scanner@v1.9.2"

// root is that of the repository, and shared where the data lie.
const (
	root   = "../../.."
	shared = root + "/../shared/data"
)

// locks are the lockfiles that both read.
var locks = []struct {
	file string
	made bool // there are no real advisories of its ecosystem
}{
	{"audit/lockfile/testdata/oldshop/package-lock.json", false},
	{"audit/lockfile/testdata/express3/package-lock.json", false},
	{"audit/lockfile/testdata/express4/package-lock.json", false},
	{"audit/lockfile/testdata/express5/package-lock.json", false},
	{"audit/lockfile/testdata/apostrophe/package-lock.json", false},
	{"audit/lockfile/testdata/yarn1/yarn.lock", false},
	{"audit/lockfile/testdata/berry/yarn.lock", false},
	{"audit/lockfile/testdata/pnpm7/pnpm-lock.yaml", false},
	{"audit/lockfile/testdata/pnpm8/pnpm-lock.yaml", false},
	{"audit/lockfile/testdata/pnpm9/pnpm-lock.yaml", false},
	{"test/agree/osv/testdata/go/go.mod", false},
	{"test/agree/osv/testdata/composer/composer.lock", true},
	{"test/agree/osv/testdata/gems/Gemfile.lock", true},
	{"test/agree/osv/testdata/poetry/poetry.lock", true},
}

// A row is what came of one lockfile.
type row struct {
	lock       string
	packages   int
	real, made int         // flaws of packages that both know
	explained  map[int]int // how many differences, by the number of the explanation
}

func TestAgreement(t *testing.T) {
	if !*beside {
		t.Skip("make agree compares with osv-scanner")
	}
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("there are no advisories to compare by: %v", err)
	}
	theirs, ours := built(t)
	known := data{ours: filepath.Join(t.TempDir(), "advisories.db"), theirs: t.TempDir()}
	for ecosystem, file := range map[string]string{"npm": "osv-npm-nswg.zip", "Go": "osv-go.zip"} {
		known.add(t, ecosystem, filepath.Join(shared, file))
	}
	var rows []row
	for _, lock := range locks {
		t.Run(lock.file, func(t *testing.T) {
			r := row{lock: lock.file, explained: map[int]int{}}
			r.compare(t, theirs, known, lock.made)
			rows = append(rows, r)
		})
	}
	pairs := race(t, ours, theirs, known)
	if *write != "" && !t.Failed() {
		publish(t, *write, rows, pairs)
	}
}

// built are the program of each side, built anew.
func built(t *testing.T) (theirs, ours string) {
	dir := t.TempDir()
	install := exec.Command("go", "install", scanner)
	install.Dir, install.Env = dir, append(os.Environ(), "GOBIN="+dir, "GOFLAGS=")
	ours = filepath.Join(dir, "pavise")
	build := exec.Command("go", "build", "-o", ours, "./cmd/pavise")
	build.Dir = root
	for _, c := range []*exec.Cmd{install, build} {
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", c, err, out)
		}
	}
	return filepath.Join(dir, "osv-scanner"), ours
}

// compare asks both about one lockfile: by what is really known, and by flaws that are
// made around each of its versions.
func (r *row) compare(t *testing.T, program string, known data, without bool) {
	file, err := filepath.Abs(filepath.Join(root, r.lock))
	must(t, err)
	us := audited(t, filepath.Dir(file), known.ours)
	them := us
	if !without {
		them = scanned(t, program, file, known.theirs)
		r.real = r.judge(t, us, them)
	}
	made := data{ours: filepath.Join(t.TempDir(), "advisories.db"), theirs: t.TempDir()}
	for ecosystem, archive := range around(t, us, them) {
		made.add(t, ecosystem, archive)
	}
	us, them = audited(t, filepath.Dir(file), made.ours), scanned(t, program, file, made.theirs)
	r.packages, r.made = len(us), r.judge(t, us, them)
	if r.made < 3*r.packages {
		t.Errorf("%d flaws in %d packages: nothing is compared", r.made, r.packages)
	}
}

// judge counts the flaws that both know, and explains the others.
func (r *row) judge(t *testing.T, us, them view) (both int) {
	for _, d := range differences(us, them) {
		i := explain(r.lock, d)
		if i < 0 {
			t.Error(d)
			continue
		}
		r.explained[i]++
	}
	for p, flaws := range us {
		for _, f := range flaws {
			if slices.ContainsFunc(them[p], f.same) {
				both++
			}
		}
	}
	return both
}

// A pkg is one version of one package.
type pkg struct{ ecosystem, name, version string }

func (p pkg) String() string { return fmt.Sprintf("%s %s %s", p.ecosystem, p.name, p.version) }

// A flaw is every name of an advisory.
type flaw []string

func (f flaw) same(as flaw) bool {
	return slices.ContainsFunc(f, func(id string) bool { return slices.Contains(as, id) })
}

// A view is what one of them sees: packages, each with its flaws.
type view map[pkg][]flaw

// differences are what one sees and the other does not.
func differences(us, them view) (list []string) {
	for p := range merged(us, them) {
		ours, here := us[p]
		theirs, there := them[p]
		if !here || !there {
			list = append(list, fmt.Sprintf("%s: Pavise %s, they %s", p, yes(here), yes(there)))
			continue
		}
		for _, f := range ours {
			if !slices.ContainsFunc(theirs, f.same) {
				list = append(list, fmt.Sprintf("%s %s: Pavise yes, they no", p, strings.Join(f, " ")))
			}
		}
		for _, f := range theirs {
			if !slices.ContainsFunc(ours, f.same) {
				list = append(list, fmt.Sprintf("%s %s: Pavise no, they yes", p, strings.Join(f, " ")))
			}
		}
	}
	slices.Sort(list)
	return list
}

// merged are the packages that either sees.
func merged(us, them view) view {
	all := maps.Clone(us)
	maps.Copy(all, them)
	return all
}

// in are those of an ecosystem, in order.
func (v view) in(ecosystem string) (list []pkg) {
	for p := range v {
		if p.ecosystem == ecosystem {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b pkg) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.version, b.version))
	})
	return list
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
