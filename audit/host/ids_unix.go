//go:build unix

package host

import (
	"io/fs"
	"syscall"
)

// ids are the numbers of the user and group that a file belongs to.
func ids(info fs.FileInfo) (user, group uint32, ok bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return stat.Uid, stat.Gid, true
}
