package examine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
)

// unopened says why a folder could not be looked at, and what to type in place of it.
func unopened(command, dir string, err error) error {
	info, missed := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return cli.Usage(command+" DIR, with a folder that is there", "there is no folder %s", dir)
	case missed == nil && !info.IsDir():
		return cli.Usage(command+" "+pavise.Quote(filepath.Dir(dir)), "%s is a file, and not a folder", dir)
	case errors.Is(err, fs.ErrPermission):
		return cli.Failed("as somebody who may read it: sudo "+command+" "+pavise.Quote(dir), "%w", err)
	}
	return cli.Usage(command+" DIR", "%w", err)
}

// locksOfRoots are lockfiles that hold all parts of a workspace, from its root.
var locksOfRoots = []string{"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "uv.lock"}

// maxAbove is how many folders up the root of a workspace is looked for.
const maxAbove = 6

// above tells where the lockfile may be that is missing here: a part of a workspace has
// none of its own. "" is that there is none, or that one was found.
func above(dir string, p *pavise.Project) string {
	for _, m := range p.Manifests {
		if m.Lock {
			return ""
		}
	}
	at, err := filepath.Abs(dir)
	if err != nil || len(p.Manifests) == 0 || len(p.Unread) > 0 {
		return ""
	}
	for range maxAbove {
		if at = filepath.Dir(at); at == filepath.Dir(at) {
			return ""
		}
		for _, name := range locksOfRoots {
			if info, err := os.Lstat(filepath.Join(at, name)); err == nil && info.Mode().IsRegular() {
				return fmt.Sprintf("there is no lockfile in %s, but a %s in %s: if this is a part of that, pavise audit %s judges the versions in it", dir, name, at, pavise.Quote(at))
			}
		}
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			return ""
		}
	}
	return ""
}
