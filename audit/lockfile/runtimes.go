package lockfile

import (
	"path"
	"regexp"
	"strings"

	"pavise"
)

// Bounds of the small files that name a release.
const (
	maxRuntimeFile = 256 << 10
	maxRuntimes    = 500
)

var (
	release  = regexp.MustCompile(`^v?(\d+(?:\.\d+){0,3})(?:[-.](?:x|\*))*`)
	fromLine = regexp.MustCompile(`(?i)^\s*FROM\s+(?:--platform=\S+\s+)?(\S+)`)
	argLine  = regexp.MustCompile(`(?i)^\s*ARG\s+(\w+)=["']?([^"'\s]+)`)
	variable = regexp.MustCompile(`\$\{?(\w+)(?::?-([^}]*))?\}?`)
)

// images are the products in the official images, as the ends of life name them.
var images = map[string]string{"node": "nodejs", "golang": "go", "php": "php", "python": "python", "ruby": "ruby", "nginx": "nginx", "httpd": "apache-http-server",
	"debian": "debian", "ubuntu": "ubuntu", "alpine": "alpine", "redis": "redis", "mongo": "mongodb", "postgres": "postgresql", "mysql": "mysql", "mariadb": "mariadb"}

// bound is the release that a range keeps to, as far as it is told: "18" of ^18.2 or 18.x,
// the highest of several. A range that is open above asks for none in particular: "".
func bound(asked string) string {
	best := ""
	for _, part := range strings.Split(asked, "|") {
		part = strings.TrimSpace(part)
		if _, to, ok := strings.Cut(part, " - "); ok {
			part = strings.TrimSpace(to)
		}
		if part == "" {
			continue
		}
		m := release.FindStringSubmatch(strings.TrimLeft(part, "^~= "))
		if m == nil || strings.Contains(part, ">") {
			return ""
		}
		best = m[1]
		if part[0] == '^' {
			best, _, _ = strings.Cut(best, ".")
		} else if part[0] == '~' && strings.Count(best, ".") > 1 {
			best = best[:strings.LastIndexByte(best, '.')]
		}
	}
	return best
}

// runtimes reads the files that name a release to be run on.
func (r *reader) runtimes() {
	for _, file := range r.tree.Files() {
		if len(r.project.Runtimes) > maxRuntimes {
			return
		}
		base := path.Base(file)
		switch {
		case base == ".nvmrc" || base == ".node-version":
			r.versionFile(file, "nodejs")
		case base == ".python-version":
			r.versionFile(file, "python")
		case base == ".ruby-version":
			r.versionFile(file, "ruby")
		case base == ".tool-versions":
			r.toolVersions(file)
		case base == "Dockerfile", base == "Containerfile", strings.HasPrefix(base, "Dockerfile."), strings.HasSuffix(base, ".Dockerfile"):
			r.dockerfile(file)
		}
	}
}

func (r *reader) ran(product, version, file string, line int) {
	if version != "" {
		r.project.Runtimes = append(r.project.Runtimes, pavise.Runtime{Product: product, Version: version, File: file, Line: line})
	}
}

// small returns a file that names releases; one that cannot be read is noted.
func (r *reader) small(file string) string {
	data, err := r.tree.Read(file, maxRuntimeFile)
	if err != nil {
		r.tree.Miss(file, err.Error(), "project.runtime")
	}
	return string(data)
}

// versionFile reads a file that is one version.
func (r *reader) versionFile(file, product string) {
	if m := release.FindStringSubmatch(strings.TrimSpace(r.small(file))); m != nil {
		r.ran(product, m[1], file, 1)
	}
}

// toolVersions reads the file of asdf and mise: a name and its versions on each line.
func (r *reader) toolVersions(file string) {
	line := 0
	for s := range strings.Lines(r.small(file)) {
		line++
		words := strings.Fields(s)
		if len(words) < 2 {
			continue
		}
		product := words[0]
		if product == "golang" || product == "node" {
			product = images[product]
		}
		if m := release.FindStringSubmatch(words[1]); m != nil {
			r.ran(product, m[1], file, line)
		}
	}
}

// dockerfile reads the images that a Dockerfile starts from, with the arguments before
// the first filled in.
func (r *reader) dockerfile(file string) {
	args := map[string]string{}
	line := 0
	for s := range strings.Lines(r.small(file)) {
		line++
		if m := argLine.FindStringSubmatch(s); m != nil && len(args) < 100 && len(m[2]) < 200 {
			args[m[1]] = m[2]
		}
		m := fromLine.FindStringSubmatch(s)
		if m == nil || len(m[1]) > 500 {
			continue
		}
		image := variable.ReplaceAllStringFunc(m[1], func(v string) string {
			parts := variable.FindStringSubmatch(v)
			if value, ok := args[parts[1]]; ok {
				return value
			}
			return parts[2]
		})
		image, _, _ = strings.Cut(image, "@")
		name, tag, _ := cutLast(image, ":")
		product := images[strings.TrimPrefix(strings.TrimPrefix(name, "docker.io/"), "library/")]
		if v := release.FindStringSubmatch(tag); v != nil && product != "" {
			r.ran(product, v[1], file, line)
		}
	}
}
