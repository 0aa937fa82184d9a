package secrets

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"pavise"
	"pavise/audit/tree"
)

// An index is the names of the files that git has, below the root of the repository.
// nil is that nobody can tell.
type index struct {
	names map[string]bool
	below string // where the project is in the repository, "" for all of it
}

// has reports whether a file of the project is under version control.
func (x *index) has(name string) pavise.Outcome {
	switch {
	case x == nil:
		return pavise.Unknown
	case x.names[path.Join(x.below, name)]:
		return pavise.Pass
	}
	return pavise.Fail
}

const maxIndex = 128 << 20

// openIndex reads the index of the repository that the folder is in, which may be that
// of a folder above it. Of a repository nothing else is read.
func openIndex(ctx context.Context, dir string) (x *index, why string) {
	for at, depth := dir, 0; depth < tree.MaxDepth; depth++ {
		info, err := os.Lstat(filepath.Join(at, ".git"))
		switch {
		case err == nil && info.IsDir():
			return indexIn(ctx, filepath.Join(at, ".git"), at, dir)
		case err == nil:
			git, err := pointed(ctx, at)
			if err != nil {
				return nil, ".git: " + err.Error()
			}
			return indexIn(ctx, git, at, dir)
		}
		above := filepath.Dir(at)
		if above == at {
			break
		}
		at = above
	}
	return nil, "there is no .git"
}

// indexIn reads the index for a project in a work tree.
func indexIn(ctx context.Context, git, work, dir string) (*index, string) {
	below, err := filepath.Rel(work, dir)
	if err != nil {
		return nil, err.Error()
	}
	x, err := readIndex(ctx, git)
	if err != nil {
		return nil, ".git/index: " + err.Error()
	}
	x.below = filepath.ToSlash(below)
	return x, ""
}

// pointed is the folder that the file .git of a further work tree or of a submodule
// names (gitrepository-layout(5)). It is followed only to where git has these.
func pointed(ctx context.Context, at string) (string, error) {
	t, err := tree.Open(ctx, at)
	if err != nil {
		return "", err
	}
	defer t.Close()
	text, err := t.Read(".git", 8<<10)
	if err != nil {
		return "", err
	}
	to, is := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir: ")
	if !filepath.IsAbs(to) {
		to = filepath.Join(at, to)
	}
	slashed := filepath.ToSlash(filepath.Clean(to))
	if !is || !strings.Contains(slashed, "/.git/worktrees/") && !strings.Contains(slashed, "/.git/modules/") {
		return "", errors.New("it names no work tree or submodule of git")
	}
	return to, nil
}

func readIndex(ctx context.Context, git string) (*index, error) {
	t, err := tree.Open(ctx, git)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	if !t.Exists("index") { // nothing was ever added
		return &index{}, nil
	}
	data, err := t.Read("index", maxIndex)
	if err != nil {
		return nil, err
	}
	names, err := parseIndex(data)
	return &index{names: names}, err
}

// Of gitformat-index(5): what stands before the name in an entry, less the hash, and
// bits of the flags.
const (
	statBytes    = 40
	flagExtended = 0x4000
	maxEntryName = 4096
)

// parseIndex lists the names in an index of git, version 2 to 4 (gitformat-index(5)).
func parseIndex(data []byte) (map[string]bool, error) {
	if len(data) < 12+sha1.Size || string(data[:4]) != "DIRC" {
		return nil, errors.New("it is no index")
	}
	version, count := binary.BigEndian.Uint32(data[4:]), binary.BigEndian.Uint32(data[8:])
	if version < 2 || version > 4 {
		return nil, fmt.Errorf("version %d is not known", version)
	}
	hash := hashOf(data)
	body := data[:len(data)-hash]
	if int64(count) > int64(len(body))/(statBytes+int64(hash)+2) {
		return nil, fmt.Errorf("%d entries are more than it has room for", count)
	}
	names := make(map[string]bool, count)
	at, last := 12, ""
	for range count {
		name, next, err := entry(body, at, hash, version, last)
		if err != nil {
			return nil, err
		}
		names[name] = true
		at, last = next, name
	}
	for at+8 <= len(body) { // what follows is extensions: their name and length
		if string(body[at:at+4]) == "link" {
			return nil, errors.New("it is split: git update-index --no-split-index")
		}
		at += 8 + int(binary.BigEndian.Uint32(body[at+4:]))
	}
	return names, nil
}

// hashOf is how long the hashes are: the last is that of all before it, or zero.
func hashOf(data []byte) int {
	if n := len(data) - sha256.Size; n >= 12 {
		if sum := sha256.Sum256(data[:n]); bytes.Equal(sum[:], data[n:]) {
			return sha256.Size
		}
	}
	return sha1.Size
}

// entry reads the name of one entry, and where the next begins.
func entry(body []byte, at, hash int, version uint32, last string) (name string, next int, err error) {
	cut := errors.New("it ends within an entry")
	start := at + statBytes + hash
	if start+2 > len(body) {
		return "", 0, cut
	}
	flags := binary.BigEndian.Uint16(body[start:])
	start += 2
	if version >= 3 && flags&flagExtended != 0 {
		start += 2
	}
	if start >= len(body) {
		return "", 0, cut
	}
	keep := 0
	if version == 4 { // the name is that of the one before, less so many bytes, and a rest
		drop, n := offset(body[start:])
		if n == 0 || drop > len(last) {
			return "", 0, errors.New("a name does not follow from the one before it")
		}
		start, keep = start+n, len(last)-drop
	}
	end := bytes.IndexByte(body[start:min(len(body), start+maxEntryName)], 0)
	if end < 0 || keep+end > maxEntryName {
		return "", 0, errors.New("a name has no end")
	}
	name, next = last[:keep]+string(body[start:start+end]), start+end+1
	if version < 4 { // filled with zeros to a multiple of eight
		next = at + (start+end-at+8)&^7
	}
	if next > len(body) {
		return "", 0, cut
	}
	return strings.TrimSuffix(name, "/"), next, nil
}

// offset reads a number as packs write offsets (gitformat-pack(5)), and how long it is.
func offset(b []byte) (value, n int) {
	for i, c := range b[:min(len(b), 4)] {
		if i > 0 {
			value++
		}
		if value = value<<7 | int(c&0x7f); c&0x80 == 0 {
			return value, i + 1
		}
	}
	return 0, 0
}
