package host

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"pavise"
)

// Unit looks how far an app is kept apart from the rest of its machine.
type Unit struct{}

const (
	unit          = "host.unit"
	ruleUser      = unit + ".user"
	rulePrivilege = unit + ".privileges"
	ruleFiles     = unit + ".files"
	ruleHardening = unit + ".hardening"
	ruleSecrets   = unit + ".secrets"
	ruleRestart   = unit + ".restart"
	pciLeast      = "PCI DSS 4.0.1 7.2.5"
)

// Doc describes the control.
func (Unit) Doc() pavise.Doc {
	rule := func(id, title string, severity pavise.Severity, cvss, lines string, references ...string) pavise.Rule {
		return pavise.Rule{ID: id, Title: title, Severity: severity, CVSS: cvss, References: references, Owner: true,
			Fix: pavise.Fix{Other: "# systemctl edit shop, then systemctl restart shop\n[Service]\n" + lines}}
	}
	return pavise.Doc{
		ID:       unit,
		Title:    "The app's unit of systemd",
		Why:      "Whoever gets code to run in an app has what the app has. As root that is the machine; in a unit that is closed off it is the app's own folder.",
		Verifies: "The settings of [Service] with all drop-ins, for units that run an app: those in /etc/systemd/system that run Node, PHP, Python, Java and the like, or a program that no distribution brought, and such of a distribution that are enabled and listen. Secrets are told by the names of variables.",
		Rules: []pavise.Rule{
			rule(ruleUser, "The app does not run as root", pavise.Medium, "CVSS:3.1/AV:N/AC:H/PR:H/UI:N/S:U/C:H/I:H/A:H", "User=shop", pciLeast, "ASVS 5.0 13.2.2", "CWE-250"),
			rule(rulePrivilege, "The app cannot gain privileges", pavise.Low, "", "NoNewPrivileges=yes", pciLeast, "ASVS 5.0 13.2.2", "CWE-269"),
			rule(ruleFiles, "The app writes to no file of the system", pavise.Low, "", "ProtectSystem=strict\nReadWritePaths=/srv/shop/data", pciLeast, "ASVS 5.0 13.2.2", "CWE-732"),
			rule(ruleHardening, "The app is kept apart from homes, devices and other programs", pavise.Info, "",
				"PrivateTmp=yes\nProtectHome=yes\nPrivateDevices=yes\nCapabilityBoundingSet=\nRestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX\nProtectKernelTunables=yes\nProtectControlGroups=yes", pciLeast, "CWE-653"),
			rule(ruleSecrets, "No secret stands in a unit", pavise.Medium, "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N",
				"EnvironmentFile=/etc/shop/env  # owner root, mode 600; or LoadCredential=session:/etc/shop/session", "PCI DSS 4.0.1 8.6.2", "ASVS 5.0 13.3.1", "CWE-522"),
			rule(ruleRestart, "The app is started again when it ends", pavise.Info, "", "Restart=on-failure\nRestartSec=1", "CWE-703"),
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Unit) Validate() error { return nil }

// Check looks at every unit that runs an app.
func (c Unit) Check(e *pavise.Evidence) []pavise.Finding {
	if e.Machine == nil {
		return nil
	}
	unread := slices.DeleteFunc(slices.Clone(e.Machine.Unread), func(u pavise.Unread) bool { return !ofUnits(u) })
	l := &ledger{machine: e.Machine, config: pavise.Config{Unread: unread}, rules: map[string]*tally{}}
	for _, u := range e.Machine.Units {
		if u.App {
			appUnit{l, u}.check()
		}
	}
	if len(l.rules) == 0 && len(unread) == 0 {
		return c.Doc().All(pavise.Skipped, "systemd", "no unit of this host runs an app")
	}
	return l.findings(c.Doc(), "systemd", unread)
}

func ofUnits(u pavise.Unread) bool { return strings.Contains(u.What, "/systemd/system") }

// An appUnit is one that runs an app.
type appUnit struct {
	*ledger
	pavise.Unit
}

// get is the last value of a setting, and the line of it; else the unit itself.
func (s appUnit) get(name string) (pavise.Directive, string) {
	for _, d := range slices.Backward(s.Settings) {
		if d.Name == name {
			return d, strings.Join(d.Args, " ")
		}
	}
	return pavise.Directive{File: s.File, Name: name}, ""
}

func (s appUnit) on(name string) bool {
	_, value := s.get(name)
	return slices.Contains([]string{"yes", "true", "on", "1"}, strings.ToLower(value))
}

func (s appUnit) check() {
	dynamic := s.on("DynamicUser") // which brings the rest with it (systemd.exec(5))
	d, user := s.get("User")
	s.say(ruleUser, dynamic || user != "" && user != "root" && user != "0", d, "User", "User=shop")
	d, _ = s.get("NoNewPrivileges")
	s.say(rulePrivilege, dynamic || s.on("NoNewPrivileges"), d, "NoNewPrivileges", "NoNewPrivileges=yes")
	d, system := s.get("ProtectSystem")
	s.say(ruleFiles, dynamic || system == "strict" || system == "full", d, "ProtectSystem", "ProtectSystem=strict")
	d, restart := s.get("Restart")
	s.say(ruleRestart, restart != "" && restart != "no", d, "Restart", "Restart=on-failure")
	s.hardening(dynamic)
	s.secrets()
}

// say judges one setting.
func (s appUnit) say(rule string, holds bool, d pavise.Directive, name, want string) {
	saw := cmp.Or(strings.Join(d.Args, " "), "not set")
	if s.on("DynamicUser") && holds && len(d.Args) == 0 {
		saw = "set by DynamicUser"
	}
	if len(d.Args) == 0 && !holds && name == "User" {
		saw = "not set, and that is root"
	}
	s.judge(rule, holds, d, fmt.Sprintf("%s: %s is %s", s.Name, name, saw), want)
}

// hardening judges what else there is, together.
func (s appUnit) hardening(dynamic bool) {
	_, home := s.get("ProtectHome")
	caps, _ := s.get("CapabilityBoundingSet")
	_, families := s.get("RestrictAddressFamilies")
	var missing []string
	for _, one := range []struct {
		name string
		has  bool
	}{
		{"PrivateTmp", dynamic || s.on("PrivateTmp")},
		{"ProtectHome", dynamic || home != "" && home != "no" && home != "false"},
		{"PrivateDevices", s.on("PrivateDevices")},
		{"CapabilityBoundingSet", slices.ContainsFunc(s.Settings, func(d pavise.Directive) bool { return d.Name == caps.Name })},
		{"RestrictAddressFamilies", families != ""},
	} {
		if !one.has {
			missing = append(missing, one.name)
		}
	}
	saw := s.Name + ": all are set"
	if len(missing) > 0 {
		saw = s.Name + ": not set are " + strings.Join(missing, ", ")
	}
	s.judge(ruleHardening, len(missing) == 0, pavise.Directive{File: s.File, Name: "Protect"}, saw,
		"PrivateTmp=yes, ProtectHome=yes, PrivateDevices=yes, CapabilityBoundingSet= and RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX")
}

// secrets judges the environment and the commands: every account of the machine reads
// them, in the file and by systemctl show.
func (s appUnit) secrets() {
	none := true
	for _, d := range s.Settings {
		if d.Name != "Environment" && !strings.HasPrefix(d.Name, "Exec") {
			continue
		}
		found := slices.DeleteFunc(slices.Clone(d.Args), func(arg string) bool { return !pavise.Masked(arg) })
		if len(found) > 0 {
			none = false
			s.judge(ruleSecrets, false, d, fmt.Sprintf("%s: %s holds %s", s.Name, d.Name, pavise.Clip(strings.Join(found, ", "), 200)),
				"EnvironmentFile= or LoadCredential=, of a file that only root reads")
		}
	}
	if none {
		s.judge(ruleSecrets, true, pavise.Directive{File: s.File, Name: "Environment"}, s.Name+": none", "EnvironmentFile= or LoadCredential=")
	}
}
