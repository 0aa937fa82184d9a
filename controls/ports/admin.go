package ports

import "pavise"

// Admin keeps the doors of administrators from strangers.
type Admin struct{}

// Doc describes the control.
func (Admin) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "ports.admin",
		Title:    "Remote administration",
		Why:      "Who gets in where administrators do has the machine. Such doors belong behind a VPN; those that ask for no name at all belong on no network.",
		Verifies: "As for databases: SSH, RDP, VNC and the like are listed, so that they can be declared; a Docker API or a debugger that answers anybody fails.",
		Rules: []pavise.Rule{
			{ID: "ports.admin.remote", Title: "No remote access stands open to everybody", Severity: pavise.Info,
				Declare:    "remote access: justify the business need and confirm that it is secured, or that it has been disabled",
				References: []string{"PCI DSS 4.0.1 1.4.2", "PCI DSS 4.0.1 2.2.7", "CWE-668"}, Owner: true,
				Fix: firewall("let it listen at the address of the VPN alone (sshd_config: ListenAddress 10.0.0.1)")},
			{ID: "ports.admin.takeover", Title: "No service has strangers run their code", Severity: pavise.Critical,
				CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
				Automatic:  "a way in without any account, as a backdoor is",
				References: []string{"PCI DSS 4.0.1 2.2.4", "ASVS 5.0 13.4.2", "CWE-306", "CWE-489"}, Owner: true,
				Fix: pavise.Fix{Express: "node app.js  # never --inspect=0.0.0.0",
					Other: "Docker: no -H tcp://…; use ssh:// or --tlsverify"}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Admin) Validate() error { return nil }

// Probes asks for the sweep.
func (Admin) Probes(e *pavise.Evidence) []pavise.Probe { return probes(e) }

var administration = map[string]bool{
	"ssh": true, "rdp": true, "vnc": true, "telnet": true, "kubernetes": true, "docker": true, "node-inspector": true,
}

// Check looks for remote access among the open ports.
func (Admin) Check(e *pavise.Evidence) []pavise.Finding {
	s, none := swept(e, Admin{}.Doc())
	if s == nil {
		return none
	}
	found := each(e, s, "ports.admin.remote", "no door for administrators, or one that is declared", func(s pavise.Service) string {
		if administration[s.Name] {
			return s.Name + " answers"
		}
		return ""
	})
	return append(found, each(e, s, "ports.admin.takeover", "no service that does what anybody tells it", func(s pavise.Service) string {
		switch {
		case s.Name == "docker" && !s.Secure: // by TLS it may ask for a certificate
			return "the Docker API answers anybody: who asks it may start a container as root"
		case s.Name == "node-inspector":
			return "the debugger of Node.js answers anybody: who asks it runs code in the app"
		}
		return ""
	})...)
}
