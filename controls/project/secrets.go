package project

import (
	"path"
	"slices"

	"pavise"
)

// Secrets looks for keys, tokens and passwords in files where they must not stand.
type Secrets struct{}

const (
	secrets            = "project.secrets"
	ruleSecretsSource  = secrets + ".source"
	ruleSecretsTracked = secrets + ".tracked"
	ruleSecretsUsual   = secrets + ".usual"
	ruleSecretsMild    = secrets + ".mild"
)

// Doc describes the control.
func (Secrets) Doc() pavise.Doc {
	references := []string{"PCI DSS 4.0.1 8.6.2", "ASVS 5.0 13.3.1", "CWE-798", "CWE-540"}
	move := pavise.Fix{
		Express: "const secret = process.env.SESSION_SECRET  // and make a new one: openssl rand -hex 32",
		Other:   "# make a new one at whoever gave it and revoke the old: it stays in the history\n# systemd: EnvironmentFile=/etc/shop/env  # mode 0600\nexport SESSION_SECRET=…",
	}
	untrack := pavise.Fix{Other: "git rm --cached .env && echo .env >> .gitignore\n# and make each of them new: they stay in the history"}
	return pavise.Doc{
		ID:       secrets,
		Title:    "Secrets in files",
		Why:      "Whoever has the source has the keys in it: every developer of today and of before, every backup, every machine that builds it, and everybody once it leaks. Keys in public repositories are tried within minutes.",
		Verifies: "Text files are searched for keys and tokens whose form is known, by their checksum where they have one, for private keys that can be read, for passwords in addresses of services elsewhere and for the values in .env and .npmrc. Stand-ins and the keys of documentation do not count; what stands in tests and examples, and keys that are encrypted, are told for information. The index of git says what is under version control. No secret is kept or shown.",
		Rules: []pavise.Rule{
			{ID: ruleSecretsSource, Title: "No secret is written into the source", Severity: pavise.High, CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N",
				References: references, Owner: true, Fix: move},
			{ID: ruleSecretsTracked, Title: "No file with secrets is under version control", Severity: pavise.High, CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N",
				References: references, Owner: true, Fix: untrack},
			{ID: ruleSecretsUsual, Title: "No password of a service is one that everybody tries", Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N",
				References: []string{"PCI DSS 4.0.1 2.2.2", "PCI DSS 4.0.1 8.3.6", "CWE-1392", "CWE-521"}, Owner: true,
				Fix: pavise.Fix{Other: "openssl rand -base64 24  # a password of its own, set at the service and read from the environment"}},
			{ID: ruleSecretsMild, Title: "No key that may do no harm stands in a file", Severity: pavise.Info,
				References: []string{"CWE-540"}, Owner: true, Fix: pavise.Fix{Other: "# look whether it is in use anywhere; restrict keys for browsers to one's own site"}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Secrets) Validate() error { return nil }

// Check judges what was found, by where it stands.
func (Secrets) Check(e *pavise.Evidence) []pavise.Finding {
	if e.Project == nil {
		return nil
	}
	failed := map[string][]pavise.Finding{}
	unknown := ""
	for _, s := range e.Project.Secrets {
		rule := ""
		switch inSource := slices.Contains(sourceEndings, path.Ext(s.File)); {
		case s.Mild != "":
			rule = ruleSecretsMild
		case !inSource && s.Tracked == pavise.Fail: // that is where it belongs
		case !inSource && s.Tracked != pavise.Pass:
			unknown = s.File + ": nobody can tell whether it is under version control"
		case s.Usual:
			rule = ruleSecretsUsual
		case inSource:
			rule = ruleSecretsSource
		default:
			rule = ruleSecretsTracked
		}
		if rule != "" {
			failed[rule] = append(failed[rule], secretAt(rule, s))
		}
	}
	found := make([]pavise.Finding, 0, 4)
	for _, rule := range []string{ruleSecretsSource, ruleSecretsTracked, ruleSecretsUsual, ruleSecretsMild} {
		missing := e.Project.Unread.Of(secrets, rule).String()
		if rule == ruleSecretsTracked && missing == "" {
			missing = unknown
		}
		switch {
		case failed[rule] != nil:
			found = append(found, pavise.Gather(failed[rule], len(e.Project.Secrets)))
		case missing != "":
			found = append(found, pavise.Unlooked(rule, ".", missing))
		default:
			found = append(found, pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: ".", Saw: "none was found", Want: wantNoSecret})
		}
	}
	return found
}

const wantNoSecret = "a secret comes from the environment, or from a file outside of version control"

// sourceEndings are those of programs and of what is built of them.
var sourceEndings = []string{".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".go", ".py", ".rb", ".php", ".java", ".kt", ".cs", ".rs", ".c", ".cpp", ".swift", ".sh",
	".html", ".ejs", ".hbs", ".pug", ".vue", ".svelte", ".css", ".sql", ".lua", ".pl", ".ex", ".exs", ".scala"}

func secretAt(rule string, s pavise.Secret) pavise.Finding {
	saw := s.Kind + ": " + s.Mask
	if s.Mild != "" {
		saw += ", " + s.Mild
	}
	if s.Usual {
		saw += ", one that everybody tries"
	}
	if s.Tracked == pavise.Pass {
		saw += ", under version control"
	}
	return pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: pavise.Line(s.File, s.Line), Saw: saw, Want: wantNoSecret,
		Proof: pavise.Proof{Command: pavise.ShowLine(s.File, s.Line)}}
}
