package mend

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// A journal says what a change does to which files, and how far it came.
type journal struct {
	ID    string    `json:"id"`
	Title string    `json:"title"`
	Made  time.Time `json:"made"`
	State state     `json:"state"`
	Files []entry   `json:"files"`
}

type state string

// The states of a change. Whoever finds another than done puts everything back.
const (
	placing state = "placing"
	done    state = "done"
	undoing state = "undoing"
)

// An entry is one file of a change: the digests of what stands in it, "" where there is
// none.
type entry struct {
	Name   string      `json:"name"`
	Before string      `json:"before,omitempty"`
	After  string      `json:"after,omitempty"`
	Mode   fs.FileMode `json:"mode,omitempty"`
}

func newJournal(title string, files []File) *journal {
	j := &journal{ID: strings.ToLower(rand.Text()[:12]), Title: title, Made: time.Now().UTC()}
	for _, f := range files {
		j.Files = append(j.Files, entry{Name: path.Clean(f.Name), Before: digest(f.Before), After: digest(f.After)})
	}
	return j
}

func digest(data []byte) string {
	if data == nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (k *Keeper) at(j *journal) string          { return path.Join(k.keep, j.ID) }
func (k *Keeper) kept(j *journal, i int) string { return path.Join(k.at(j), strconv.Itoa(i)) }

// beside is the name under which a file is written before it comes into its place.
func (j *journal) beside(i int) string {
	dir, base := path.Split(j.Files[i].Name)
	return dir + "." + base + "." + j.ID
}

// write brings the journal to the disk in a new state.
func (k *Keeper) write(j *journal, s state) error {
	if err := k.step("journal " + string(s)); err != nil {
		return err
	}
	j.State = s
	data, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return err
	}
	name := path.Join(k.at(j), "journal.json")
	k.root.Remove(name + ".new")
	if err := k.fill(name+".new", data, entry{}); err != nil {
		return err
	}
	return errors.Join(k.root.Rename(name+".new", name), k.sync(k.at(j)), k.sync(k.keep))
}

const (
	maxJournals = 100
	maxJournal  = 1 << 20
)

// journals are those of all changes that are kept. One that was never written has no
// state.
func (k *Keeper) journals() ([]*journal, error) {
	dir, err := k.root.Open(k.keep)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.ReadDir(maxJournals)
	if err != nil && len(names) == 0 {
		return nil, err
	}
	var list []*journal
	for _, n := range names {
		if !n.IsDir() {
			continue
		}
		j, err := k.journal(n.Name())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path.Join(k.root.Name(), k.keep, n.Name(), "journal.json"), err)
		}
		list = append(list, j)
	}
	return list, nil
}

func (k *Keeper) journal(id string) (*journal, error) {
	j := &journal{ID: id}
	name := path.Join(k.keep, id, "journal.json")
	info, err := k.root.Lstat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return j, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no regular file")
	case info.Size() > maxJournal:
		return nil, fmt.Errorf("it is longer than %d kB", maxJournal>>10)
	}
	data, err := k.root.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, j); err != nil {
		return nil, err
	}
	if j.ID != id {
		return nil, fmt.Errorf("it is that of %q", j.ID)
	}
	for _, e := range j.Files {
		if !ours(e) {
			return nil, fmt.Errorf("%q is no file that pavise would have changed", e.Name)
		}
	}
	return j, nil
}

// ours reports whether an entry may be of a journal that we have written. A project may
// have brought one: then hooks of git (CWE-829) are not ours to put back.
func ours(e entry) bool {
	return filepath.IsLocal(filepath.FromSlash(e.Name)) && path.Clean(e.Name) == e.Name && e.Mode == e.Mode.Perm() && !strings.ContainsFunc(e.Name, unicode.IsControl) &&
		!slices.ContainsFunc(strings.Split(e.Name, "/"), func(part string) bool { return slices.Contains(leftOut, strings.ToLower(part)) })
}
