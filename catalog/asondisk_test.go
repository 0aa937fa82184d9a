package catalog_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// asOnDisk is the folder of a fixture. Where it has a file FIXTURE, it is a copy in which
// the lines of that are done, for what a repository does not keep:
//
//	mode 0644 etc/ssl/private/shop.key
//	name dot-git .git
func asOnDisk(t *testing.T, dir string) string {
	t.Helper()
	list, err := os.Open(filepath.Join(dir, "FIXTURE"))
	if err != nil {
		return dir
	}
	defer list.Close()
	at := t.TempDir()
	if err := os.CopyFS(at, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(list); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) != 3 {
			t.Fatalf("%s/FIXTURE: %q is no line of it", dir, lines.Text())
		}
		var err error
		switch f[0] {
		case "mode":
			mode, bad := strconv.ParseUint(f[1], 8, 9)
			if bad != nil {
				t.Fatalf("%s/FIXTURE: %v", dir, bad)
			}
			err = os.Chmod(filepath.Join(at, f[2]), os.FileMode(mode))
		case "name":
			err = os.Rename(filepath.Join(at, f[1]), filepath.Join(at, f[2]))
		default:
			t.Fatalf("%s/FIXTURE: %q is none of mode and name", dir, f[0])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return at
}
