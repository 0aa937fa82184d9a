package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// group returns the processes of the group that pid leads.
func group(pid int) ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, name := range stats {
		stat, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended meanwhile
		}
		p, leader, ok := parseStat(stat)
		if ok && leader == pid {
			pids = append(pids, p)
		}
	}
	if len(pids) == 0 {
		return nil, fmt.Errorf("nothing is left of process %d", pid)
	}
	return pids, nil
}

// parseStat reads the process and its group from /proc/PID/stat. The name of the
// command in it may hold spaces and parentheses (proc_pid_stat(5)).
func parseStat(stat []byte) (pid, group int, ok bool) {
	open, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return 0, 0, false
	}
	fields := bytes.Fields(stat[end+1:])
	if len(fields) < 3 {
		return 0, 0, false
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(stat[:open])))
	group, err2 := strconv.Atoi(string(fields[2]))
	return pid, group, err == nil && err2 == nil
}

// cpuOf returns the CPU time that the processes have used since they began, in user
// and kernel mode, all threads, to the nanosecond.
func cpuOf(pids []int) (time.Duration, error) {
	const scheduled = 2 // CPUCLOCK_SCHED: what the scheduler counts; ticks of 10 ms are too coarse
	var sum time.Duration
	for _, pid := range pids {
		var used unix.Timespec
		if err := unix.ClockGettime(int32(^pid<<3|scheduled), &used); err != nil {
			return 0, fmt.Errorf("CPU time of process %d: %w", pid, err)
		}
		sum += time.Duration(used.Nano())
	}
	return sum, nil
}

// rssOf returns the bytes of memory that the processes hold now.
func rssOf(pids []int) (int64, error) { return sumStatus(pids, "VmRSS") }

// peakOf returns the most that they held at once since forgetPeak, each by itself.
func peakOf(pids []int) (int64, error) { return sumStatus(pids, "VmHWM") }

// forgetPeak begins the peak anew (proc_pid_clear_refs(5)).
func forgetPeak(pids []int) error {
	for _, pid := range pids {
		if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0); err != nil {
			return err
		}
	}
	return nil
}

func sumStatus(pids []int, field string) (int64, error) {
	var sum int64
	for _, pid := range pids {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return 0, err
		}
		kilobytes, ok := parseStatus(status, field)
		if !ok {
			return 0, fmt.Errorf("no %s in the status of process %d", field, pid)
		}
		sum += kilobytes << 10
	}
	return sum, nil
}

// parseStatus reads a field in kB from /proc/PID/status.
func parseStatus(status []byte, field string) (kilobytes int64, ok bool) {
	for line := range bytes.Lines(status) {
		rest, found := bytes.CutPrefix(line, []byte(field+":"))
		if !found {
			continue
		}
		number, _ := bytes.CutSuffix(bytes.TrimSpace(rest), []byte(" kB"))
		kilobytes, err := strconv.ParseInt(string(number), 10, 64)
		return kilobytes, err == nil
	}
	return 0, false
}
