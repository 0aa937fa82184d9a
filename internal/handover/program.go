package handover

import (
	"os"
	"os/exec"
	"path/filepath"
)

// Program is the path by which the running program was started: what lies there now is
// its successor. It must be asked before the working directory changes. Where the name
// does not lead to what runs, the path is that of what runs: a symbolic link that was
// meanwhile set to another version is followed, for it is that by which we were called.
func Program() (string, error) {
	runs, err := os.Executable()
	if err != nil {
		return "", err
	}
	called, err := exec.LookPath(os.Args[0])
	if err != nil {
		return runs, nil
	}
	if called, err = filepath.Abs(called); err != nil {
		return runs, nil
	}
	real, err := filepath.EvalSymlinks(called)
	if same, _ := filepath.EvalSymlinks(runs); err != nil || real != same {
		return runs, nil
	}
	return called, nil
}
