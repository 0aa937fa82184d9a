package lockfile

import (
	"fmt"
	"net/url"
	pathpkg "path"
	"regexp"
	"strings"

	"pavise"
)

// Bounds of one project. The largest that people keep in one folder have some 20,000.
const (
	maxPackages = 100_000
	maxNeeds    = 1_000_000
	maxNeedsOne = 10_000 // of one package or module
	maxName     = 512    // bytes of a name
)

// A lock is what a lockfile says.
type lock struct {
	form     string
	packages []pavise.Package
	// members are the folders of the modules that it locks, below its own, where it names
	// them.
	members []string
	// answer is the key of the package that a module gets for what it asks for, "" where
	// there is none, and whether the lockfile was made for just that.
	answer func(dir string, need pavise.Need) (key string, instep bool)
}

// A tally counts what is read of a project against its bounds.
type tally struct{ packages, needs int }

func (n *tally) add(packages, needs int) string {
	n.packages += packages
	n.needs += needs
	switch {
	case n.packages > maxPackages:
		return fmt.Sprintf("there are more than %d packages", maxPackages)
	case n.needs > maxNeeds:
		return fmt.Sprintf("packages need one another more than %d times", maxNeeds)
	}
	return ""
}

// key names a package in a file.
func key(file, place string) string { return file + "#" + place }

// address is an address without user, password and fragment; the fragment of git is a
// commit, and stays.
func address(s string) string {
	head, tail, git := s, "", strings.HasPrefix(s, "git") || strings.Contains(s, ".git#")
	if i := strings.IndexByte(s, '#'); i >= 0 {
		if head = s[:i]; git {
			tail = s[i:]
		}
	}
	scheme, rest, ok := strings.Cut(head, "://")
	if !ok {
		return head + tail
	}
	authority, path, _ := strings.Cut(rest, "/")
	user, host, ok := cutLast(authority, "@")
	switch {
	case !ok:
		host = authority
	case user == "git": // the user of every ssh
		host = "git@" + host
	}
	if u, err := url.Parse("//" + host + "/" + path); err == nil && u.RawQuery != "" && !pinning.MatchString(u.RawQuery) {
		path, _, _ = strings.Cut(path, "?") // a token is not needed to know from where
	}
	return scheme + "://" + host + "/" + path + tail
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// masked is a range as it was asked for: what is secret of an address in it is left out.
func masked(s string) string {
	head, tail, ok := strings.Cut(s, "#")
	if !strings.Contains(head, "://") {
		return s
	}
	if ok {
		tail = "#" + tail
	}
	return address(head) + tail
}

// pinning is a question for a commit, as a forge has it.
var pinning = regexp.MustCompile(`^(ref|sha|at)=[0-9a-f]{7,64}$`)

// commit is what a dependency on git has to name to stay what it is.
var commit = regexp.MustCompile(`^[0-9a-f]{7,64}$`)

// hosted are the archives that forges make of a commit.
var hosted = []string{"https://codeload.github.com/", "https://gitlab.com/api/v4/projects/", "https://bitbucket.org/"}

// provenance tells from where npm, yarn and their like take what is written so: as an
// address, or in a range.
func provenance(s string) pavise.Provenance {
	lower := strings.ToLower(s)
	switch {
	case strings.HasPrefix(lower, "git+"), strings.HasPrefix(lower, "git:"), strings.HasPrefix(lower, "git@"), strings.HasPrefix(lower, "ssh:"),
		strings.HasPrefix(lower, "github:"), strings.HasPrefix(lower, "gitlab:"), strings.HasPrefix(lower, "bitbucket:"), strings.HasPrefix(lower, "gist:"):
		return pavise.FromGit
	case strings.HasPrefix(lower, "http:"), strings.HasPrefix(lower, "https:"):
		for _, h := range hosted {
			if strings.HasPrefix(lower, h) {
				return pavise.FromGit
			}
		}
		if path, _, _ := strings.Cut(lower, "#"); strings.HasSuffix(path, ".git") {
			return pavise.FromGit
		}
		return pavise.FromURL
	case strings.HasPrefix(lower, "workspace:"):
		return pavise.FromWorkspace
	case strings.HasPrefix(lower, "file:"), strings.HasPrefix(lower, "link:"), strings.HasPrefix(lower, "portal:"),
		strings.HasPrefix(lower, "."), strings.HasPrefix(lower, "/"), strings.HasPrefix(lower, "~/"):
		return pavise.FromFile
	case shorthand.MatchString(s):
		return pavise.FromGit
	}
	return pavise.FromRegistry
}

// shorthand is a repository of GitHub, as npm lets people write it.
var shorthand = regexp.MustCompile(`^[\w-]+/[\w.-]+(#.*)?$`)

// archived is where a package came from that has an address: that of the registry, unless
// whoever asked for it named another.
func archived(resolved string) pavise.Provenance {
	if from := provenance(resolved); from != pavise.FromURL {
		return from
	}
	return pavise.FromRegistry
}

// archive is how registries name what they serve: name-version.tgz.
var archive = regexp.MustCompile(`/-/[^/]*?-(\d+\.\d+\.\d+[^/]*)\.tgz$`)

// served is how an address of a registry names the package and the version of an archive.
var served = regexp.MustCompile(`/((?:@[^/]+/)?([^/]+))/-/(?:@[^/]+/)?([^/]+)\.tgz$`)

// otherArchive is the package that the archive of a package of npm is of, where the
// lockfile calls it another: then what is installed is not what the lockfile says.
func otherArchive(p pavise.Package) string {
	if p.Ecosystem != pavise.NPM || p.From != pavise.FromRegistry || p.Resolved == "" {
		return ""
	}
	u, err := url.Parse(p.Resolved)
	if err != nil {
		return p.Resolved
	}
	m := served.FindStringSubmatch(pathpkg.Clean(u.Path))
	if m == nil {
		return ""
	}
	version, ok := strings.CutPrefix(m[3], m[2]+"-")
	plain, _, _ := strings.Cut(p.Version, "+")
	archived, _, _ := strings.Cut(version, "+")
	if ok && m[1] == p.Name && strings.TrimLeft(plain, "v= ") == archived {
		return ""
	}
	return m[1] + " (" + m[3] + ")"
}

// archivedVersion is the version in the address of an archive; "" is that it names none.
func archivedVersion(resolved string) string {
	if m := archive.FindStringSubmatch(address(resolved)); m != nil {
		return m[1]
	}
	return ""
}
