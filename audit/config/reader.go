package config

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"pavise"
	"pavise/audit/tree"
)

// Bounds of one service's configuration.
const (
	MaxBytes      = 16 << 20 // of all files, counted each time that one is included
	MaxReads      = 5000     // of files, and patterns for them
	MaxDirectives = 200_000
	MaxDepth      = 32 // blocks in one another, or files
	maxUnread     = 100
)

// A reader reads the files of one service.
type reader struct {
	ctx    context.Context
	tree   *tree.Tree
	config pavise.Config
	bytes  int
	reads  int
	count  int      // of directives
	within []string // the files that include one another, as they are resolved
	full   bool     // a bound was reached, and that is noted
}

// there reports whether a file stands there, or may: who must not look cannot tell.
func there(t *tree.Tree, file string) bool {
	_, err := t.Stat(file)
	return err == nil || !errors.Is(err, fs.ErrNotExist)
}

// miss notes what could not be read.
func (r *reader) miss(what, why string) {
	u := pavise.Unread{What: what, Why: why}
	known := func(other pavise.Unread) bool { return other.What == what && other.Why == why }
	if len(r.config.Unread) < maxUnread && !slices.ContainsFunc(r.config.Unread, known) {
		r.config.Unread = append(r.config.Unread, u)
	}
}

// stop notes the bound that was reached, and that no more is read.
func (r *reader) stop(file, why string) {
	if !r.full {
		r.full = true
		r.miss(file, why)
	}
}

// enter reads a file and gives its text to what understands it, which may enter others.
func (r *reader) enter(file string, parse func(text string)) {
	at, err := r.tree.Resolve(file)
	switch {
	case err != nil:
		r.miss(file, err.Error())
		return
	case slices.Contains(r.within, at):
		r.miss(file, "it includes itself")
		return
	case len(r.within) == MaxDepth:
		r.miss(file, fmt.Sprintf("more than %d files include one another", MaxDepth))
		return
	}
	text, ok := r.text(file)
	if !ok {
		return
	}
	if !slices.Contains(r.config.Files, file) {
		r.config.Files = append(r.config.Files, file)
	}
	r.within = append(r.within, at)
	parse(text)
	r.within = r.within[:len(r.within)-1]
}

// text is what stands in a file, within the bounds.
func (r *reader) text(file string) (string, bool) {
	if !r.look(file) {
		return "", false
	}
	data, err := r.tree.Read(file, MaxBytes)
	switch {
	case err != nil:
		r.miss(file, err.Error())
		return "", false
	case r.bytes+len(data) > MaxBytes:
		r.stop(file, fmt.Sprintf("the configuration is longer than %d kB", MaxBytes>>10))
		return "", false
	}
	r.bytes += len(data)
	return strings.ToValidUTF8(string(data), "\uFFFD"), true
}

// look reports whether one more file or pattern is looked at.
func (r *reader) look(file string) bool {
	switch {
	case r.full:
	case r.ctx.Err() != nil:
		r.stop(file, "the time was over")
	case r.reads == MaxReads:
		r.stop(file, fmt.Sprintf("more than %d files are included", MaxReads))
	default:
		r.reads++
		return true
	}
	return false
}

// more reports whether one more directive is kept.
func (r *reader) more(file string) bool {
	if r.full {
		return false
	}
	if r.count++; r.count > MaxDirectives {
		r.stop(file, fmt.Sprintf("there are more than %d directives", MaxDirectives))
		return false
	}
	return true
}

// glob is the files that a pattern stands for, which begins at a folder where it has no
// slash. Literal is set where it names one file, which has to be there.
func (r *reader) glob(pattern, folder string) (files []string, literal bool) {
	if !path.IsAbs(pattern) {
		pattern = path.Join(folder, pattern)
	}
	if !r.look(pattern) {
		return nil, false
	}
	files, err := r.tree.Glob(pattern)
	if err != nil {
		r.miss(pattern, err.Error())
	}
	return files, len(files) == 1 && files[0] == pattern
}

// at writes a place.
func at(file string, line int) string { return fmt.Sprintf("%s:%d", file, line) }
