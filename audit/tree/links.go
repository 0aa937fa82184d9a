package tree

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Bounds of names.
const (
	MaxHops  = 40     // links followed for one name, as Linux does
	MaxNames = 10_000 // files that one pattern names
	maxParts = 256    // of one name, with those of its links
)

// OpenHost opens the root of a host. Its names may begin with a slash, and its links
// lead where they would if the folder were the root of the machine, as in a chroot: an
// absolute link, and ".." too many, begin again at the folder and never leave it.
func OpenHost(ctx context.Context, dir string) (*Tree, error) {
	t, err := Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	t.host = true
	return t, nil
}

// Resolve returns the name of what a name leads to on a host, without a link in it and
// with a slash before it. That file need not exist; the folders before it must.
func (t *Tree) Resolve(name string) (string, error) {
	todo := parts(name)
	done := "/"
	for hops, steps := 0, 0; len(todo) > 0; steps++ {
		if steps > maxParts {
			return "", errors.New("its name is too long")
		}
		part := todo[0]
		todo = todo[1:]
		at := path.Join(done, part) // ".." of the root is the root
		info, err := t.root.Lstat(below(at))
		switch {
		case errors.Is(err, fs.ErrNotExist) && len(todo) == 0:
			return at, nil
		case err != nil:
			return "", plain(err)
		case info.Mode()&fs.ModeSymlink == 0:
			done = at
			continue
		}
		if hops++; hops > MaxHops {
			return "", fmt.Errorf("it leads over more than %d links", MaxHops)
		}
		to, err := t.root.Readlink(below(at))
		if err != nil {
			return "", plain(err)
		}
		if path.IsAbs(to) {
			done = "/"
		}
		todo = append(parts(to), todo...)
	}
	return done, nil
}

// Link returns what a symbolic link says, as it stands there: that of a descriptor in
// /proc names no file.
func (t *Tree) Link(name string) (string, error) {
	at, err := t.at(path.Dir(path.Clean(name)))
	if err != nil {
		return "", err
	}
	to, err := t.root.Readlink(path.Join(at, path.Base(name)))
	return to, plain(err)
}

// at is how the root knows a name.
func (t *Tree) at(name string) (string, error) {
	if !t.host {
		return name, nil
	}
	name, err := t.Resolve(name)
	return below(name), err
}

func below(name string) string { return path.Join(".", strings.TrimPrefix(name, "/")) }

func parts(name string) []string {
	return slices.DeleteFunc(strings.Split(name, "/"), func(part string) bool { return part == "" || part == "." })
}

// Glob returns the names that a pattern of the shell stands for, sorted, as glob(3)
// does: a wildcard matches neither a slash nor a dot at the begin. A pattern without a
// wildcard stands for itself. What could not be listed on the way is the error, beside
// what was found.
func (t *Tree) Glob(pattern string) ([]string, error) {
	if !strings.ContainsAny(pattern, `*?[\`) {
		return []string{pattern}, nil
	}
	found := []string{"."}
	if path.IsAbs(pattern) {
		found = []string{"/"}
	}
	var missed []error
	for _, part := range parts(pattern) {
		var next []string
		for _, folder := range found {
			names, err := t.match(folder, part)
			missed = append(missed, err)
			if next = append(next, names...); len(next) > MaxNames {
				return nil, fmt.Errorf("it stands for more than %d files", MaxNames)
			}
		}
		found = next
	}
	slices.Sort(found)
	return found, errors.Join(missed...)
}

// match returns what in a folder one part of a pattern stands for.
func (t *Tree) match(folder, part string) ([]string, error) {
	if !strings.ContainsAny(part, `*?[\`) {
		if at := path.Join(folder, part); t.Exists(at) {
			return []string{at}, nil
		}
		return nil, nil
	}
	if info, err := t.Stat(folder); err == nil && !info.IsDir() || errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	list, err := t.List(folder)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	part = strings.ReplaceAll(part, "[!", "[^")
	var names []string
	for _, e := range list {
		if strings.HasPrefix(e.Name(), ".") && !strings.HasPrefix(part, ".") {
			continue
		}
		matches, err := path.Match(part, e.Name())
		if err != nil {
			return nil, fmt.Errorf("%q is no pattern", part)
		}
		if matches {
			names = append(names, path.Join(folder, e.Name()))
		}
	}
	return names, nil
}
