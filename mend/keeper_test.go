package mend

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// before and after are the files of a change in all its kinds: changed, made, removed.
var (
	before  = map[string]string{"package.json": "{\r\n}", "sub/empty": "", "gone.txt": "gone\n", "other": "is not touched"}
	changes = []File{
		{Name: "package.json", Before: []byte("{\r\n}"), After: []byte("{\"a\": 1}\n")},
		{Name: "sub/empty", Before: []byte{}, After: []byte("full")},
		{Name: "gone.txt", Before: []byte("gone\n")},
		{Name: "pavise.audit.yaml", After: []byte("accept: []\n")},
	}
)

func folder(t *testing.T) string {
	dir := t.TempDir()
	for name, text := range before {
		at := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(at), 0o755)
		if err := os.WriteFile(at, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// standing is every file of a folder with its mode, without what is kept.
func standing(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == ".pavise" {
			return fs.SkipDir
		}
		if !d.IsDir() {
			info, _ := d.Info()
			data, err := os.ReadFile(at)
			if err != nil {
				return err
			}
			name, _ := filepath.Rel(dir, at)
			all[name] = info.Mode().String() + " " + string(data)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func hold(t *testing.T, dir string, step func(string) error) *Keeper {
	t.Helper()
	k, _, err := Hold(dir, ".pavise/mend", step)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Release() })
	return k
}

func TestPlaceAndUndo(t *testing.T) {
	dir := folder(t)
	was := standing(t, dir)
	k := hold(t, dir, nil)
	if err := k.Place("first", changes); err != nil {
		t.Fatal(err)
	}
	want := maps.Clone(was)
	want["package.json"], want["sub/empty"], want["pavise.audit.yaml"] = "-rw-r----- {\"a\": 1}\n", "-rw-r----- full", "-rw-r--r-- accept: []\n"
	delete(want, "gone.txt")
	if got := standing(t, dir); !reflect.DeepEqual(got, want) {
		t.Fatalf("after the change %q, not %q", got, want)
	}
	if title, _, files, err := k.Last(); err != nil || title != "first" || !reflect.DeepEqual(files, changes) {
		t.Errorf("the last change is %q of %v, %v", title, files, err)
	}
	if err := k.Undo(); err != nil {
		t.Fatal(err)
	}
	if got := standing(t, dir); !reflect.DeepEqual(got, was) {
		t.Errorf("after undo %q, not %q", got, was)
	}
	if title, _, _, _ := k.Last(); title != "" {
		t.Errorf("%q could be undone twice", title)
	}
}

func TestUndoLeavesWhatHasChangedSince(t *testing.T) {
	dir := folder(t)
	k := hold(t, dir, nil)
	if err := k.Place("first", changes); err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(dir, "sub/empty"), []byte("mine"), 0o640)
	was := standing(t, dir)
	if err := k.Undo(); err == nil || !strings.Contains(err.Error(), "sub/empty") {
		t.Errorf("undo said %v", err)
	}
	if got := standing(t, dir); !reflect.DeepEqual(got, was) {
		t.Errorf("undo changed %q", got)
	}
}

func TestPlaceRefuses(t *testing.T) {
	dir := folder(t)
	k := hold(t, dir, nil)
	os.Symlink("package.json", filepath.Join(dir, "link.json"))
	for name, c := range map[string]struct {
		file File
		want string
	}{
		"what has changed":    {File{"package.json", []byte("{}"), []byte("x")}, "has changed in the meantime"},
		"a link":              {File{"link.json", []byte("{\r\n}"), []byte("x")}, "no regular file"},
		"a way out":           {File{"../out", nil, []byte("x")}, "escapes"},
		"what has come since": {File{"other", nil, []byte("x")}, "has changed in the meantime"},
	} {
		t.Run(name, func(t *testing.T) {
			was := standing(t, dir)
			if err := k.Place("", []File{c.file}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("it said %v, not %q", err, c.want)
			}
			if got := standing(t, dir); !reflect.DeepEqual(got, was) {
				t.Errorf("it changed %q", got)
			}
		})
	}
}

func TestOneAtATime(t *testing.T) {
	dir := folder(t)
	hold(t, dir, nil)
	if _, _, err := Hold(dir, ".pavise/mend", nil); err == nil || !strings.Contains(err.Error(), "another pavise") {
		t.Errorf("a second one got %v", err)
	}
}

// TestBrokenOff breaks a change off at every step, as a full disk would: nothing of it
// stays.
func TestBrokenOff(t *testing.T) {
	for at := 1; ; at++ {
		dir := folder(t)
		was := standing(t, dir)
		n, broken := 0, ""
		k := hold(t, dir, func(what string) error {
			if n++; n == at {
				broken = what
				return syscall.ENOSPC
			}
			return nil
		})
		err := k.Place("broken off", changes)
		if broken == "" {
			if err != nil || at < 10 {
				t.Errorf("%d steps, and then %v", at-1, err)
			}
			return
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("broken off at %q it said %v", broken, err)
		}
		if got := standing(t, dir); !reflect.DeepEqual(got, was) {
			t.Errorf("broken off at %q: %q", broken, got)
		}
		k.Release()
	}
}

// TestKilled kills a process at every step of a change: the next one puts all back.
func TestKilled(t *testing.T) {
	if at := os.Getenv("PAVISE_KILLED_AT"); at != "" {
		die(t, at, os.Getenv("PAVISE_KILLED_IN"))
		return
	}
	for _, deed := range []string{"place", "undo"} {
		for at := 1; ; at++ {
			dir := folder(t)
			was := standing(t, dir)
			if deed == "undo" {
				k := hold(t, dir, nil)
				if err := k.Place("first", changes); err != nil {
					t.Fatal(err)
				}
				k.Release()
			}
			c := exec.Command(os.Args[0], "-test.run=^TestKilled$")
			c.Env = append(os.Environ(), fmt.Sprintf("PAVISE_KILLED_AT=%s %d", deed, at), "PAVISE_KILLED_IN="+dir)
			out, err := c.CombinedOutput()
			if err == nil { // it came through
				break
			}
			if !strings.Contains(err.Error(), "killed") {
				t.Fatalf("%v: %s", err, out)
			}
			k := hold(t, dir, nil)
			if deed == "undo" {
				if err := k.Undo(); err != nil {
					t.Fatal(err)
				}
			}
			if got := standing(t, dir); !reflect.DeepEqual(got, was) {
				t.Errorf("%s killed at step %d: %q", deed, at, got)
			}
			k.Release()
		}
	}
}

func die(t *testing.T, at, dir string) {
	deed, number, _ := strings.Cut(at, " ")
	steps, _ := strconv.Atoi(number)
	n := 0
	k := hold(t, dir, func(string) error {
		if n++; n == steps {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		return nil
	})
	var err error
	if deed == "place" {
		err = k.Place("killed", changes)
	} else {
		err = k.Undo()
	}
	if err != nil {
		t.Fatal(err)
	}
}
