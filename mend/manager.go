package mend

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"pavise"
)

// managerTime bounds one run of a package manager.
const managerTime = 5 * time.Minute

// A manager brings a lockfile of the copy up to what the manifests ask for, and runs
// nothing of any package.
type manager struct {
	name  string
	lock  string // the lockfile
	renew func(ctx context.Context, u *unit, steps []Step) error
}

// managers by their lockfiles, the first of which counts where there are several.
var managers = []manager{
	{"npm", "npm-shrinkwrap.json", npmLock},
	{"npm", "package-lock.json", npmLock},
	{"pnpm", "pnpm-lock.yaml", pnpmLock},
	{"yarn", "yarn.lock", yarnLock},
	{"go", "go.sum", goLock},
	{"go", "go.mod", goLock},
}

// A unit is the folder of a lockfile, and of the modules that it is for.
type unit struct {
	manager
	*scratch
	dir     string // below the root
	environ []string
}

// tool runs the manager in the copy.
func (u *unit) tool(more ...string) tool {
	return tool{dir: u.path(u.dir), env: append(guarded(u.environ), more...), time: managerTime}
}

func (u *unit) file(name string) string { return path.Join(u.dir, name) }

// unitOf is the unit of a manifest: that of the nearest lockfile at or above it.
func (w *Work) unitOf(s Step) (*unit, error) {
	for dir := path.Dir(s.File); ; dir = path.Dir(dir) {
		for _, m := range managers {
			if (m.name == "go") != (s.Ecosystem == pavise.GoModules) {
				continue
			}
			if data, err := w.copy.read(path.Join(dir, m.lock)); err == nil && data != nil {
				return &unit{m, w.copy, dir, w.opt.Environ}, nil
			}
		}
		for _, other := range []string{"bun.lock", "bun.lockb"} {
			if data, _ := w.copy.read(path.Join(dir, other)); data != nil && s.Ecosystem == pavise.NPM {
				return nil, fmt.Errorf("bun's lockfile %s is not changed by pavise: bun update %s", path.Join(dir, other), s.Name)
			}
		}
		if dir == "." || dir == "/" {
			return nil, nil // there is only a manifest
		}
	}
}

// names are those of the steps of a deed.
func names(steps []Step, do Deed) []string {
	var list []string
	for _, s := range steps {
		if s.Do == do && !slices.Contains(list, s.Name) && !strings.HasPrefix(s.Name, "-") {
			list = append(list, s.Name)
		}
	}
	slices.Sort(list)
	return list
}

var lockVersion = regexp.MustCompile(`"lockfileVersion"\s*:\s*([123])`)

func npmLock(ctx context.Context, u *unit, steps []Step) error {
	args := []string{"install"}
	if renew := names(steps, Renew); len(renew) > 0 {
		args = append([]string{"update"}, renew...)
	}
	args = append(args, "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error")
	text, err := u.read(u.file(u.lock))
	if err != nil {
		return err
	}
	if m := lockVersion.FindSubmatch(text); m != nil { // npm would raise the first form
		args = append(args, "--lockfile-version="+string(m[1]))
	}
	if err := u.unlock(steps, text); err != nil {
		return err
	}
	_, err = u.tool().run(ctx, "npm", args...)
	return err
}

// unlock takes out of a lockfile what an override is about: npm else holds on to it.
func (u *unit) unlock(steps []Step, text []byte) error {
	over := names(steps, Overrule)
	if len(over) == 0 {
		return nil
	}
	d, err := readJSON(text)
	if err != nil {
		return fmt.Errorf("%s: %w", u.lock, err)
	}
	packages, _ := d.find([]string{"packages"})
	for _, m := range packages.members {
		for _, name := range over {
			if strings.HasSuffix("/"+m.key, "/node_modules/"+name) {
				if _, err := d.remove("packages", m.key); err != nil {
					return err
				}
			}
		}
	}
	return u.write(u.file(u.lock), d.text)
}

func pnpmLock(ctx context.Context, u *unit, steps []Step) error {
	if err := u.codeless(steps); err != nil {
		return err
	}
	quiet := []string{"--lockfile-only", "--ignore-scripts", "--reporter=append-only"}
	if _, err := u.tool().run(ctx, "pnpm", append([]string{"install", "--no-frozen-lockfile"}, quiet...)...); err != nil {
		return err
	}
	renew := names(steps, Renew)
	if len(renew) == 0 {
		return nil
	}
	args := append([]string{"update"}, renew...)
	_, err := u.tool().run(ctx, "pnpm", append(append(args, "--recursive", "--depth=Infinity", "--no-save"), quiet...)...)
	return err
}

func yarnLock(ctx context.Context, u *unit, steps []Step) error {
	if err := u.codeless(steps); err != nil {
		return err
	}
	text, err := u.read(u.file(u.lock))
	if err != nil {
		return err
	}
	text = withoutEntries(text, append(names(steps, Renew), names(steps, Overrule)...))
	if err := u.write(u.file(u.lock), text); err != nil {
		return err
	}
	// What yarnPath and plugins name is code of the project.
	env := []string{"YARN_IGNORE_PATH=1", "YARN_ENABLE_SCRIPTS=0", "YARN_ENABLE_TELEMETRY=0", "YARN_ENABLE_IMMUTABLE_INSTALLS=0"}
	if !berry(text) {
		_, err = u.tool(env...).run(ctx, "yarn", "install", "--ignore-scripts", "--non-interactive", "--no-progress", "--ignore-engines", "--no-bin-links")
		return err
	}
	_, err = u.tool(env...).run(ctx, "yarn", "install", "--mode=update-lockfile")
	return err
}

// override is where in package.json stands what an asker gets instead of what it asks for.
func (u *unit) override(by, name string) ([]string, error) {
	switch u.name {
	case "npm":
		return []string{"overrides", by, name}, nil
	case "pnpm":
		return []string{"pnpm", "overrides", by + ">" + name}, nil
	}
	text, err := u.read(u.file(u.lock))
	if berry(text) {
		return []string{"resolutions", by + "/" + name}, err
	}
	return []string{"resolutions", "**/" + by + "/" + name}, err
}

func berry(lock []byte) bool { return bytes.Contains(lock, []byte("\n__metadata:")) }

// withoutEntries takes entries out of a yarn.lock, so that they are resolved again.
func withoutEntries(text []byte, names []string) []byte {
	if len(names) == 0 {
		return text
	}
	var out []byte
	drop := false
	for line := range bytes.Lines(text) {
		if line[0] != ' ' && line[0] != '\t' && line[0] != '\n' && line[0] != '\r' {
			drop = slices.ContainsFunc(names, func(n string) bool { return entryOf(string(line), n) })
		}
		if !drop {
			out = append(out, line...)
		}
	}
	return out
}

// entryOf reports whether the head of an entry names a package: `"qs@npm:^6.5.0, qs@npm:6.x":`.
func entryOf(head, name string) bool {
	for part := range strings.SplitSeq(strings.Trim(strings.TrimRight(head, ":\r\n"), `"`), ",") {
		if strings.HasPrefix(strings.Trim(part, ` "`), name+"@") {
			return true
		}
	}
	return false
}

func goLock(ctx context.Context, u *unit, steps []Step) error {
	if data, _ := u.read(u.file("vendor/modules.txt")); data != nil {
		return fmt.Errorf("%s holds copies of modules, which pavise does not change: go get %s@v%s && go mod vendor", u.file("vendor"), steps[0].Name, steps[0].To)
	}
	args := []string{"get"}
	for _, s := range steps {
		name, to := s.Name, "v"+s.To
		if name == standardLibrary {
			name, to = "toolchain", "go"+s.To
		}
		args = append(args, name+"@"+to)
	}
	env := "GOFLAGS=-mod=mod"
	if _, err := u.tool(env).run(ctx, "go", args...); err != nil {
		return err
	}
	// The sums of all that the packages of the project need. Nothing is built.
	_, err := u.tool(env).run(ctx, "go", "list", "-e", "-deps", "./...")
	return err
}
