package ports

import "pavise"

// Services leaves no service in the open that is unsafe or that nobody knows.
type Services struct{}

// Doc describes the control.
func (Services) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "ports.services",
		Title:    "Other services",
		Why:      "Each open port is a program that strangers can talk to. One that sends passwords in the clear gives them to whoever listens, and one that nobody can name nobody keeps up to date.",
		Verifies: "As for databases: services that speak in the clear are told by what they say, and those that say nothing known are listed, so that they can be declared.",
		Rules: []pavise.Rule{
			{ID: "ports.services.cleartext", Title: "No service takes passwords in the clear", Severity: pavise.Medium,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N",
				Declare:    "insecure service: justify the business need and confirm that it is secured, or that it has been disabled",
				References: []string{"PCI DSS 4.0.1 1.2.6", "PCI DSS 4.0.1 2.2.5", "PCI DSS 4.0.1 8.3.2", "CWE-319"}, Owner: true,
				Fix: firewall("SSH for telnet, SFTP for FTP, IMAP and POP3 with TLS alone")},
			{ID: "ports.services.unknown", Title: "Every open port has a service that is known", Severity: pavise.Info,
				Declare:    "unknown service: say what it is and justify the business need, or confirm that it has been disabled",
				References: []string{"PCI DSS 4.0.1 1.2.5", "PCI DSS 4.0.1 2.2.4", "CWE-1125"}, Owner: true,
				Fix: firewall("find it by ss -ltnp, and stop it if nobody needs it")},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Services) Validate() error { return nil }

// Probes asks for the sweep.
func (Services) Probes(e *pavise.Evidence) []pavise.Probe { return probes(e) }

var cleartext = map[string]string{
	"telnet": "telnet sends all that is typed in the clear",
	"ftp":    "FTP takes passwords in the clear",
	"rsync":  "rsync moves files in the clear",
	"smb":    "the file service of Windows is open to strangers",
}

// Check looks for what is unsafe or unknown among the open ports.
func (Services) Check(e *pavise.Evidence) []pavise.Finding {
	s, none := swept(e, Services{}.Doc())
	if s == nil {
		return none
	}
	found := each(e, s, "ports.services.cleartext", "no service in the clear that takes passwords", func(s pavise.Service) string {
		if s.Secure {
			return ""
		}
		return cleartext[s.Name]
	})
	return append(found, each(e, s, "ports.services.unknown", "a service that says what it is, or no open port", func(s pavise.Service) string {
		switch {
		case s.Name != "":
			return ""
		case len(s.Banner) == 0:
			return "something listens and says nothing"
		}
		return "something listens that is not known: " + said(s)
	})...)
}
