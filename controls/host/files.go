package host

import (
	"fmt"

	"pavise"
)

// Files looks for files that others may read or write and must not.
type Files struct{}

const (
	files        = "host.files"
	ruleServed   = files + ".served"
	ruleReadable = files + ".readable"
	ruleWritable = files + ".writable"
)

// Doc describes the control.
func (Files) Doc() pavise.Doc {
	move := "# out of what is served:\nmv .env backup.sql /srv/private/"
	return pavise.Doc{
		ID:       files,
		Title:    "Files that others may read",
		Why:      "What lies in a folder that is served is one request away: robots ask for .env, .git and backup.sql everywhere, all day. What all accounts of the machine may read or write is theirs as soon as one of them falls.",
		Verifies: "The folders that nginx and Apache serve, and those that the apps' units run in, are looked through for environment files, private keys, passwords, copies, dumps, histories of shells and repositories, by their names and by who may read and write them. Links are not followed. Access by ACLs is not seen.",
		Rules: []pavise.Rule{
			{ID: ruleServed, Title: "Nothing secret lies in a folder that is served", Severity: pavise.High, CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
				References: []string{"PCI DSS 4.0.1 6.2.4", "PCI DSS 4.0.1 2.2.6", "ASVS 5.0 13.4.1", "CWE-538", "CWE-552"}, Owner: true,
				Fix: pavise.Fix{Other: move, Nginx: "location ~ /\\.(?!well-known) { deny all; }\nlocation ~ \\.(sql|bak|old|dump|pem|key)$ { deny all; }",
					Apache: "<FilesMatch \"(^\\.(?!well-known)|\\.(sql|bak|old|dump|pem|key)$)\">\n  Require all denied\n</FilesMatch>"}},
			{ID: ruleReadable, Title: "What is secret of an app is not for all accounts to read", Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N",
				References: []string{"PCI DSS 4.0.1 2.2.6", "PCI DSS 4.0.1 8.6.2", "CWE-732"}, Owner: true, Fix: pavise.Fix{Other: "chown shop:shop .env && chmod 0600 .env"}},
			{ID: ruleWritable, Title: "Nothing that is served is for all accounts to write", Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:H/A:N",
				References: []string{"PCI DSS 4.0.1 2.2.6", "CWE-732"}, Owner: true, Fix: pavise.Fix{Other: "chmod -R o-w /var/www"}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Files) Validate() error { return nil }

// Check judges the files by where they lie and who may have them.
func (Files) Check(e *pavise.Evidence) []pavise.Finding {
	m := e.Machine
	if m == nil {
		return nil
	}
	failed := map[string][]pavise.Finding{}
	for _, f := range m.Files {
		rule, want := "", ""
		switch {
		case f.Kind == "writable":
			if !f.Sheltered {
				rule, want = ruleWritable, "a mode without the last 2, such as 0644 or 0755"
			}
		case f.Served != "":
			rule, want = ruleServed, "nothing of the kind below "+f.Served
		case f.Kind != "private key" && openTo(f): // keys are judged with their certificates
			rule, want = ruleReadable, "mode 0600"
		}
		if rule != "" {
			failed[rule] = append(failed[rule], pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: f.File, Want: want,
				Saw: described(f), Proof: pavise.Proof{Command: "ls -ld " + pavise.Quote(f.File)}})
		}
	}
	missing := m.Unread.Of(files).String()
	var found []pavise.Finding
	for _, rule := range []string{ruleServed, ruleReadable, ruleWritable} {
		if failed[rule] == nil && missing == "" && len(m.Configs) == 0 && len(m.Units) == 0 {
			found = append(found, pavise.Skipped(rule, m.Root, "neither a web server's folder nor an app's is known here"))
			continue
		}
		found = append(found, judged(rule, failed[rule], len(m.Files), missing, m.Root, "nothing of the kind in the folders of web servers and apps", "nothing of the kind"))
	}
	return found
}

// described says what a file is, and whose.
func described(f pavise.DiskFile) string {
	what := "a file of the kind: " + f.Kind
	if f.Kind == "writable" {
		what = "everybody may write it"
	}
	if f.Served != "" {
		what += ", below " + f.Served + ", which is served"
	}
	return fmt.Sprintf("%s; mode %04o, of %s:%s", what, f.Mode, f.Owner, f.Group)
}
