package osv

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// apostrophe is the project of which both are timed.
const apostrophe = root + "/audit/lockfile/testdata/apostrophe"

// A run is one whole process.
type run struct {
	took   time.Duration
	memory int64 // bytes at its peak
}

// race has both look at the same project by the same data, in turn: pairs of runs, ours
// first.
func race(t *testing.T, ours, theirs string, known data) (pairs [][2]run) {
	lock, err := filepath.Abs(apostrophe)
	must(t, err)
	for range 6 {
		pairs = append(pairs, [2]run{
			timed(t, exec.CommandContext(t.Context(), ours, "audit", "--db", known.ours, "-o", filepath.Join(t.TempDir(), "a.json"), lock)),
			timed(t, exec.CommandContext(t.Context(), theirs, "scan", "--experimental-offline", "--format", "json",
				"--output", filepath.Join(t.TempDir(), "o.json"), "-L", filepath.Join(lock, "package-lock.json")), "OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY="+known.theirs),
		})
	}
	return pairs[1:] // the first brings files into memory
}

func timed(t *testing.T, c *exec.Cmd, env ...string) run {
	c.Env = append(os.Environ(), env...)
	began := time.Now()
	out, err := c.CombinedOutput()
	r := run{took: time.Since(began)}
	exit := (*exec.ExitError)(nil)
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) { // 1 is flaws there, and old data here
		t.Fatalf("%s: %v\n%s", c, err, out)
	}
	r.memory = c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	return r
}

// median is the middle one of the numbers that each pair gives.
func median(pairs [][2]run, number func(pair [2]run) float64) float64 {
	list := make([]float64, len(pairs))
	for i, p := range pairs {
		list[i] = number(p)
	}
	slices.Sort(list)
	return list[len(list)/2]
}
