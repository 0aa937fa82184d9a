//go:build unix && !solaris && !illumos && !aix

package mend

import (
	"io/fs"
	"os"
	"os/exec"
	"syscall"
)

// lock takes a file for as long as it is open, also where the process dies.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// own gives a file to the owner of another, where we may.
func own(root *os.Root, name string, like fs.FileInfo) {
	if s, ok := like.Sys().(*syscall.Stat_t); ok {
		root.Chown(name, int(s.Uid), int(s.Gid))
	}
}

func syncFolder(d *os.File) error { return d.Sync() }

// together has a tool and all that it starts end at once.
func together(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
