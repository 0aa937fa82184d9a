package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// A machine is where and when a run was, and with what.
type machine struct {
	Date     string
	Revision string
	CPU      string
	Cores    int
	Kernel   string
	Load     string // of the system before the run
	Go       string
	Versions []string
	Plan     string
}

func thisMachine(p plan) machine {
	return machine{
		Date:     time.Now().UTC().Format("2006-01-02 15:04 MST"),
		Revision: output(root, "git", "describe", "--always", "--dirty"),
		CPU:      firstMatch(`(?m)^model name\s*: (.+)$`, read("/proc/cpuinfo")),
		Cores:    runtime.NumCPU(),
		Kernel:   read("/proc/sys/kernel/osrelease"),
		Load:     firstMatch(`^(\S+ \S+ \S+)`, read("/proc/loadavg")),
		Go:       output(root, "go", "env", "GOVERSION"),
		Versions: versions(),
		Plan:     fmt.Sprintf("%s, %d rounds", p.name, p.rounds),
	}
}

// programs are those that the numbers depend on, and how each says its version.
var programs = []struct {
	name    string
	command []string
}{
	{"nginx", []string{"nginx", "-v"}},
	{"HAProxy", []string{"haproxy", "-v"}},
	{"Caddy", []string{"go", "list", "-m", caddyPackage}},
	{"Node.js", []string{"node", "--version"}},
	{"Express", []string{"node", "-p", "require('./express/node_modules/express/package.json').version"}},
	{"Helmet", []string{"node", "-p", "require('./express/node_modules/helmet/package.json').version"}},
	{"h2load", []string{"h2load", "--version"}},
}

func versions() []string {
	var all []string
	number := regexp.MustCompile(`\d+\.\d+\.\d+\S*`)
	for _, p := range programs {
		all = append(all, p.name+" "+number.FindString(output(".", p.command...)))
	}
	return all
}

// output is what a command says, if it can be run.
func output(dir string, command ...string) string {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	out, _ := cmd.CombinedOutput()
	return strings.TrimSpace(string(out))
}

func read(path string) string {
	text, _ := os.ReadFile(path)
	return strings.TrimSpace(string(text))
}

func firstMatch(pattern, text string) string {
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		return "unknown"
	}
	return m[1]
}
