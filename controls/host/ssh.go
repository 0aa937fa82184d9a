package host

import (
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// SSH looks at what OpenSSH lets in.
type SSH struct{}

const (
	ssh           = "host.ssh"
	ruleSSHRoot   = ssh + ".root"
	ruleSSHWords  = ssh + ".passwords"
	ruleSSHEmpty  = ssh + ".empty-passwords"
	ruleSSHWeak   = ssh + ".algorithms"
	ruleSSHOne    = ssh + ".protocol"
	ruleSSHX11    = ssh + ".forwarding"
	ruleSSHTries  = ssh + ".tries"
	mostTries     = 6
	pciRemote     = "PCI DSS 4.0.1 8.4.1"
	pciAdmin      = "PCI DSS 4.0.1 2.2.7"
	sshReload     = "\n# in /etc/ssh/sshd_config.d/10-pavise.conf; then sshd -t && systemctl reload ssh"
	takesOver     = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
	takesPart     = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N"
	decryptsSome  = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N"
	wantAlgorithm = "none of them: without the line OpenSSH takes only strong ones"
)

// Doc describes the control.
func (SSH) Doc() pavise.Doc {
	rule := func(id, title string, severity pavise.Severity, cvss, line string, references ...string) pavise.Rule {
		return pavise.Rule{ID: id, Title: title, Severity: severity, CVSS: cvss, References: references, Owner: true, Fix: pavise.Fix{Other: line + sshReload}}
	}
	return pavise.Doc{
		ID:       ssh,
		Title:    "OpenSSH",
		Why:      "Every address with an open port 22 is tried with lists of passwords, day and night. A key cannot be guessed, and without a login of root nobody knows half of the answer.",
		Verifies: "The first value of each name in sshd_config and what it includes, as sshd takes it; what stands behind a Match is judged as well. Where nothing stands, what OpenSSH has of itself.",
		Rules: []pavise.Rule{
			rule(ruleSSHRoot, "root does not log in by password", pavise.Low, "", "PermitRootLogin no", "PCI DSS 4.0.1 8.2.2", "ASVS 5.0 13.2.2", "CWE-250"),
			rule(ruleSSHWords, "SSH asks for a key, not for a password", pavise.Low, "", "PasswordAuthentication no\nKbdInteractiveAuthentication no", pciRemote, "PCI DSS 4.0.1 8.3.4", "CWE-308"),
			rule(ruleSSHEmpty, "No account without a password may log in", pavise.Critical, takesOver, "PermitEmptyPasswords no", "PCI DSS 4.0.1 8.3.1", "CWE-258"),
			rule(ruleSSHWeak, "SSH agrees to no weak algorithm", pavise.Low, decryptsSome, "# take the lines Ciphers, MACs, KexAlgorithms, HostKeyAlgorithms out", pciAdmin, "RFC 9142 4", "CWE-327"),
			rule(ruleSSHOne, "SSH speaks version 2 of its protocol alone", pavise.High, takesPart, "# take the line Protocol out", pciAdmin, "CWE-327"),
			rule(ruleSSHX11, "No display is forwarded", pavise.Info, "", "X11Forwarding no", "PCI DSS 4.0.1 2.2.4", "CWE-1188"),
			rule(ruleSSHTries, "A connection has few tries to log in", pavise.Info, "", "MaxAuthTries 4", "PCI DSS 4.0.1 8.3.4", "CWE-307"),
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (SSH) Validate() error { return nil }

// Check looks at sshd_config.
func (c SSH) Check(e *pavise.Evidence) []pavise.Finding {
	return inspect(e, "sshd", c.Doc(), func(l *ledger) {
		is := func(bad ...string) func(string) bool {
			return func(value string) bool { return !slices.Contains(bad, strings.ToLower(value)) }
		}
		sshSays(l, ruleSSHRoot, "permitrootlogin", "PermitRootLogin no", is("yes"))
		sshSays(l, ruleSSHWords, "passwordauthentication", "PasswordAuthentication no", is("yes"))
		sshSays(l, ruleSSHWords, "kbdinteractiveauthentication", "KbdInteractiveAuthentication no", is("yes"))
		sshSays(l, ruleSSHEmpty, "permitemptypasswords", "PermitEmptyPasswords no", is("yes"))
		sshSays(l, ruleSSHX11, "x11forwarding", "X11Forwarding no", is("yes"))
		sshSays(l, ruleSSHTries, "maxauthtries", "MaxAuthTries 4", func(v string) bool {
			n, err := strconv.Atoi(v)
			return err != nil || n <= mostTries
		})
		sshProtocol(l)
		for _, name := range []string{"ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms"} {
			sshSays(l, ruleSSHWeak, name, wantAlgorithm, func(v string) bool { return len(weakSSH(v)) == 0 })
		}
		if l.rules[ruleSSHWeak] == nil {
			l.judge(ruleSSHWeak, true, pavise.Directive{File: l.config.File, Name: "ciphers"}, "no algorithm is named: OpenSSH has only strong ones of itself", wantAlgorithm)
		}
	})
}

// sshSays judges the value that counts, and those behind each Match.
func sshSays(l *ledger, rule, name, want string, good func(string) bool) {
	if list := within(pavise.Directive{Block: l.config.Directives}, name); len(list) > 0 {
		d := list[0]
		saw := written(d)
		if d.Usual {
			saw = "no line says it, and OpenSSH has " + saw + " of itself"
		}
		l.judge(rule, good(word(d, 0)), d, saw, want)
	}
	for _, match := range within(pavise.Directive{Block: l.config.Directives}, "match") {
		if list := within(match, name); len(list) > 0 {
			l.judge(rule, good(word(list[0], 0)), list[0], written(list[0])+" for "+written(match), want)
		}
	}
}

// sshProtocol judges the name that OpenSSH 7.6 and newer overlook.
func sshProtocol(l *ledger) {
	const want = "no line Protocol, or Protocol 2"
	list := within(pavise.Directive{Block: l.config.Directives}, "protocol")
	if len(list) == 0 {
		l.judge(ruleSSHOne, true, pavise.Directive{File: l.config.File, Name: "protocol"}, "no line says otherwise", want)
		return
	}
	l.judge(ruleSSHOne, !strings.Contains(word(list[0], 0), "1"), list[0], written(list[0]), want)
}

var weakSSHWords = []string{"cbc", "arcfour", "3des", "blowfish", "cast128", "md5", "ripemd", "umac-64", "hmac-sha1", "group1-", "group14-sha1",
	"group-exchange-sha1", "ssh-dss", "none"}

// weakSSH are the algorithms of a list that are no more strong enough: those of RFC 9142
// that must not be, CBC, and SHA-1 in signatures. A list that takes some away has none.
func weakSSH(list string) []string {
	if strings.HasPrefix(list, "-") {
		return nil
	}
	return slices.DeleteFunc(strings.Split(strings.ToLower(strings.TrimLeft(list, "+^")), ","), func(name string) bool {
		weak := func(word string) bool { return strings.Contains(name, word) }
		return name != "ssh-rsa" && !strings.HasPrefix(name, "ssh-rsa-cert-v01") && !slices.ContainsFunc(weakSSHWords, weak)
	})
}
