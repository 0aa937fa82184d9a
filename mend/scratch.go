package mend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Bounds of what is copied of a project.
const (
	maxCopied     = 100_000 // files
	maxCopiedSize = 2 << 30 // bytes in all
)

// left out of a copy: what others wrote, and what package managers put there.
var leftOut = []string{"node_modules", "bower_components", ".git", ".hg", ".svn", ".pavise", ".pnpm-store", "__pycache__", ".venv", "venv"}

// A scratch is a copy of a project, in which package managers may write. Links are not
// copied, and of the settings of package managers only what runs nothing.
type scratch struct {
	top  string // is removed with all below it
	dir  string // the project
	from string
	root *os.Root // from
	// settings are those of the user: the hosts that may be sent what the environment has.
	settings NPMRC
	code     []codeFile
}

// maxUp is how many folders above the project a dependency in the file system may lie.
const maxUp = 4

func copyOf(ctx context.Context, dir string, host bool, environ []string) (*scratch, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	top, err := os.MkdirTemp("", "pavise-mend-")
	if err != nil {
		return nil, err
	}
	s := &scratch{top: top, from: dir, root: root, settings: userNPMRC(environ)}
	s.dir = filepath.Join(top, strings.Repeat("up/", maxUp), filepath.Base(dir))
	fill := s.fill
	if host {
		fill = s.fillHost
	}
	if err := fill(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(top))
	}
	return s, nil
}

func (s *scratch) close() error {
	filepath.WalkDir(s.top, func(at string, d fs.DirEntry, err error) error { // Go makes folders that nobody may write
		if err == nil && d.IsDir() {
			os.Chmod(at, 0o700)
		}
		return nil
	})
	return os.RemoveAll(s.top)
}

func (s *scratch) fill(ctx context.Context) error {
	files, size := 0, int64(0)
	return filepath.WalkDir(s.from, func(at string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(s.from, at)
		to := filepath.Join(s.dir, rel)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && rel == ".":
			return err
		case err != nil:
			return nil // what may not be read is not of the audit, either
		case d.IsDir() && rel != "." && slices.Contains(leftOut, d.Name()):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(to, 0o700)
		case !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		if files++; files > maxCopied {
			return fmt.Errorf("%s has more than %d files", s.from, maxCopied)
		}
		if size += info.Size(); size > maxCopiedSize {
			return fmt.Errorf("%s is more than %d MB", s.from, maxCopiedSize>>20)
		}
		return s.file(rel, to, info.Mode().Perm())
	})
}

// configured are the folders of a host whose settings are mended.
var configured = []string{"etc/nginx", "etc/postfix"}

// secret reports whether a file of a host is a key or holds passwords: it is not copied.
func secret(name string) bool {
	return strings.HasSuffix(name, ".key") || strings.Contains(filepath.Base(name), "passwd")
}

// fillHost copies what configures the services of a host. A link to a file that stays
// below the root is copied as what it leads to.
func (s *scratch) fillHost(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Join(s.dir, "etc"), 0o700); err != nil {
		return err
	}
	files := 0
	for _, dir := range configured {
		err := fs.WalkDir(s.root.FS(), dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || secret(name) {
				return ctx.Err()
			}
			if files++; files > maxCopied {
				return fmt.Errorf("%s has more than %d files", s.from, maxCopied)
			}
			real, ok := s.follow(name)
			if !ok {
				return nil
			}
			if err := os.MkdirAll(filepath.Dir(s.path(name)), 0o700); err != nil {
				return err
			}
			return s.file(real, s.path(name), 0o600)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

const maxLinks = 16

// follow is the regular file that a name below the root leads to. A link with an absolute
// target begins at the root again.
func (s *scratch) follow(name string) (string, bool) {
	for range maxLinks {
		info, err := os.Lstat(filepath.Join(s.from, name))
		if err != nil {
			return "", false
		}
		if info.Mode().IsRegular() {
			return name, info.Size() <= MaxKept
		}
		target, err := os.Readlink(filepath.Join(s.from, name))
		if err != nil {
			return "", false
		}
		if filepath.IsAbs(target) {
			name = strings.TrimPrefix(filepath.Clean(target), "/")
		} else {
			name = filepath.Join(filepath.Dir(name), target)
		}
		if !filepath.IsLocal(name) {
			return "", false
		}
	}
	return "", false
}

// file copies a regular file of the project. What became another one since it was listed
// is left out.
func (s *scratch) file(from, to string, mode fs.FileMode) error {
	in, err := s.root.OpenFile(from, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe by now is nothing to wait for
	if err != nil {
		return nil
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	if fenced(from) {
		data, err := io.ReadAll(io.LimitReader(in, maxSettings))
		if err != nil || len(data) == maxSettings {
			data = nil
		}
		return s.fence(from, to, data)
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode|0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, io.LimitReader(in, maxCopiedSize))
	return errors.Join(err, out.Close())
}

// path is where a file of the project stands in the copy.
func (s *scratch) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

// read returns a file of the copy, nil where there is none.
func (s *scratch) read(name string) ([]byte, error) {
	data, err := os.ReadFile(s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if data == nil && err == nil {
		data = []byte{}
	}
	return data, err
}

// write changes a file of the copy; nil removes it.
func (s *scratch) write(name string, data []byte) error {
	if data == nil {
		return os.Remove(s.path(name))
	}
	return os.WriteFile(s.path(name), data, 0o600)
}
