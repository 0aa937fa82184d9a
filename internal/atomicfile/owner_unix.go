//go:build unix

package atomicfile

import (
	"io/fs"
	"os"
	"syscall"
)

// Own gives a file to the owner of another.
func Own(f *os.File, like fs.FileInfo) error {
	want, ok := like.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err == nil {
		if is, ok := info.Sys().(*syscall.Stat_t); ok && is.Uid == want.Uid && is.Gid == want.Gid {
			return nil
		}
	}
	return f.Chown(int(want.Uid), int(want.Gid))
}

// ownFolder gives a folder that was just made to the owner of the one it is in.
func ownFolder(path string, in fs.FileInfo) error {
	want, ok := in.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return os.Lchown(path, int(want.Uid), int(want.Gid))
}
