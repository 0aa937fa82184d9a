package host

import (
	"context"
	"path"
	"regexp"
	"slices"
	"strings"

	"pavise"
	"pavise/audit/tree"
)

// installed reads what package managers have installed, which releases these are, and
// what newer ones there are.
func installed(ctx context.Context, t *tree.Tree, m *pavise.Machine) {
	debian, alpines := installedDebs(t), installedAlpines(t)
	apt(ctx, t, m, debian)
	apk(ctx, t, m, alpines)
	rpms := rpm(ctx, t, m)
	software(t, m, debian, alpines, rpms)
	restart(t, m)
	automatic(t, m, debian)
}

// restart reads what asks for the machine to be started anew.
func restart(t *tree.Tree, m *pavise.Machine) {
	for _, dir := range []string{"/run", "/var/run"} {
		if !t.Exists(path.Join(dir, "reboot-required")) {
			continue
		}
		text, _ := t.Read(path.Join(dir, "reboot-required.pkgs"), 64<<10) // it need not be there
		m.Restart = strings.Fields(string(text))
		m.Restart = m.Restart[:min(len(m.Restart), 50)]
		if len(m.Restart) == 0 {
			m.Restart = []string{""}
		}
		slices.Sort(m.Restart)
		m.Restart = slices.Compact(m.Restart)
		return
	}
}

var unattended = regexp.MustCompile(`(?m)^[ \t]*APT::Periodic::Unattended-Upgrade[ \t]+"([^"]*)"`)

// automatic finds the file that has updates installed by themselves.
func automatic(t *tree.Tree, m *pavise.Machine, debian map[string][]deb) {
	if debian["unattended-upgrades"] != nil {
		files, err := t.Glob("/etc/apt/apt.conf.d/*")
		if err != nil {
			t.Miss("/etc/apt/apt.conf.d", err.Error(), updates+".automatic")
		}
		for _, file := range files { // the last that says it counts
			text, err := t.Read(file, 1<<20)
			if err != nil {
				continue
			}
			for _, set := range unattended.FindAllSubmatch(text, -1) {
				m.Automatic = file
				if v := string(set[1]); v == "0" || v == "" {
					m.Automatic = ""
				}
			}
		}
	}
	const dnf = "/etc/dnf/automatic.conf"
	if text, err := t.Read(dnf, 1<<20); err == nil && dnfApplies.Match(text) {
		m.Automatic = dnf
	}
}

var dnfApplies = regexp.MustCompile(`(?m)^[ \t]*apply_updates[ \t]*=[ \t]*(?:yes|true|1)[ \t]*$`)
