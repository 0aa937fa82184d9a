package host

import (
	"fmt"
	"strings"
	"time"

	"pavise"
)

// Certificates looks for certificates on disk that are over or soon will be, and for
// keys that are not theirs or that others may read.
type Certificates struct{}

const (
	certificates = "host.certificates"
	ruleEnded    = certificates + ".ended"
	ruleWeek     = certificates + ".week"
	ruleMonth    = certificates + ".month"
	ruleKey      = certificates + ".key"
	ruleMatch    = certificates + ".match"
	wantValid    = "a certificate that is valid for a month"
)

// Doc describes the control.
func (Certificates) Doc() pavise.Doc {
	renew := pavise.Fix{Other: "certbot renew && systemctl reload nginx  # and: systemctl enable --now certbot.timer"}
	return pavise.Doc{
		ID:       certificates,
		Title:    "Certificates on disk",
		Why:      "A certificate that is over turns visitors away, and teaches those who stay to click warnings off. Whoever has the key is the site.",
		Verifies: "The certificates that nginx, Apache and Postfix name, and those of certbot, acme.sh and Caddy, are read with their keys: until when they are valid, whether the key is theirs, and who may read it. Keys are compared and forgotten.",
		Rules: []pavise.Rule{
			{ID: ruleEnded, Title: "No certificate in use is over", Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:N",
				References: []string{"PCI DSS 4.0.1 4.2.1", "PCI DSS 4.0.1 4.2.1.1", "ASVS 5.0 12.2.2", "CWE-298"}, Owner: true, Fix: renew},
			{ID: ruleWeek, Title: "No certificate ends within a week", Severity: pavise.Low, References: []string{"PCI DSS 4.0.1 4.2.1.1", "CWE-298"}, Owner: true, Fix: renew},
			{ID: ruleMonth, Title: "No certificate ends within a month", Severity: pavise.Info, References: []string{"PCI DSS 4.0.1 4.2.1.1"}, Owner: true, Fix: renew},
			{ID: ruleKey, Title: "No private key can be read by others", Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N",
				References: []string{"PCI DSS 4.0.1 3.6.1", "PCI DSS 4.0.1 2.2.6", "CWE-732"}, Owner: true,
				Fix: pavise.Fix{Other: "chown root:root KEY && chmod 0600 KEY  # and a new key, for nobody knows who has read it"}},
			{ID: ruleMatch, Title: "Every key is that of its certificate", Severity: pavise.Low, References: []string{"PCI DSS 4.0.1 4.2.1", "CWE-295"}, Owner: true,
				Fix: pavise.Fix{Other: "# name the two that were made together, and try: nginx -t"}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Certificates) Validate() error { return nil }

// Check judges every certificate, and the keys beside them.
func (c Certificates) Check(e *pavise.Evidence) []pavise.Finding {
	m := e.Machine
	if m == nil {
		return nil
	}
	failed := map[string][]pavise.Finding{}
	fail := func(rule, where, saw, want, command string) {
		failed[rule] = append(failed[rule], pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: where, Saw: saw, Want: want, Proof: pavise.Proof{Command: command}})
	}
	for _, cert := range m.Certificates {
		where := pavise.Line(cert.File, max(cert.Line, 1))
		show := "openssl x509 -noout -subject -enddate -in " + pavise.Quote(cert.File)
		saw := fmt.Sprintf("%s ends %s%s", called(cert), cert.Ends.Format(time.DateOnly), by(cert))
		left := cert.Ends.Sub(e.Taken)
		const day = 24 * time.Hour
		switch {
		case left <= 0:
			fail(ruleEnded, where, strings.Replace(saw, " ends ", " ended ", 1), wantValid, show)
		case left < 7*day:
			fail(ruleWeek, where, saw, wantValid, show)
		case left < 30*day:
			fail(ruleMonth, where, saw, wantValid, show)
		}
		if cert.Foreign {
			fail(ruleMatch, cert.Key, "it is not the key of "+cert.File+by(cert), "the key that the certificate was made for",
				"openssl pkey -pubout -in "+pavise.Quote(cert.Key)+"; openssl x509 -pubkey -noout -in "+pavise.Quote(cert.File))
		}
	}
	keys := 0
	for _, f := range m.Files {
		if f.Kind != "private key" {
			continue
		}
		keys++
		if openTo(f) {
			fail(ruleKey, f.File, fmt.Sprintf("a private key of mode %04o, of %s:%s", f.Mode, f.Owner, f.Group), "mode 0600, or 0640 with a group of its own", "ls -lL "+pavise.Quote(f.File))
		}
	}
	return c.findings(m, failed, keys)
}

// findings makes one finding of each rule.
func (Certificates) findings(m *pavise.Machine, failed map[string][]pavise.Finding, keys int) []pavise.Finding {
	var found []pavise.Finding
	for _, rule := range []string{ruleEnded, ruleWeek, ruleMonth, ruleKey, ruleMatch} {
		missing, looked, saw := m.Unread.Of(certificates).String(), len(m.Certificates), fmt.Sprintf("none of %d certificates", len(m.Certificates))
		if missing == "" {
			missing = m.Unread.Of(rule).String()
		}
		if rule == ruleKey {
			looked, saw = keys, fmt.Sprintf("none of %d private keys", keys)
		}
		if failed[rule] == nil && missing == "" && looked == 0 {
			found = append(found, pavise.Skipped(rule, m.Root, "nothing names a certificate here"))
			continue
		}
		found = append(found, judged(rule, failed[rule], looked, missing, m.Root, saw, wantValid))
	}
	return found
}

// called is what a certificate is for.
func called(c pavise.DiskCertificate) string {
	switch {
	case len(c.Names) == 1:
		return c.Names[0]
	case len(c.Names) > 1:
		return fmt.Sprintf("%s and %d more", c.Names[0], len(c.Names)-1)
	}
	return c.Subject
}

// by names the line that has it in use.
func by(c pavise.DiskCertificate) string {
	if c.By == "" {
		return ""
	}
	return ", in use by " + c.By
}

// openTo reports whether others than the owner and the group may read a file.
func openTo(f pavise.DiskFile) bool { return f.Mode&0o004 != 0 && !f.Sheltered }
