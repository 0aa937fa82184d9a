package project

import "pavise"

// Lockfile looks at whether what is installed tomorrow is what was tried today.
type Lockfile struct{}

const (
	ruleLocked    = "project.lockfile.present"
	ruleInStep    = "project.lockfile.in-step"
	ruleOne       = "project.lockfile.one"
	ruleIntegrity = "project.lockfile.integrity"
	ruleFetched   = "project.lockfile.encrypted"
	ruleCommit    = "project.lockfile.commit"
	ruleScripts   = "project.lockfile.scripts"
)

// Doc describes the control.
func (Lockfile) Doc() pavise.Doc {
	rule := func(id, title string, severity pavise.Severity, cvss string, fix pavise.Fix, references ...string) pavise.Rule {
		return pavise.Rule{ID: id, Title: title, Severity: severity, CVSS: cvss, Owner: true, References: references, Fix: fix}
	}
	install := pavise.Fix{Other: "npm: npm install --package-lock-only --ignore-scripts\nGo: go mod tidy\nPython: uv lock\nPHP: composer update --lock\nRuby: bundle lock"}
	return pavise.Doc{
		ID:    "project.lockfile",
		Title: "Packages held to what was tried",
		Why: "Without a lockfile every installation takes the newest version of everything, so also the one that was taken over last night. " +
			"Without a hash, over plain http or from a branch, whoever stands between decides what is run.",
		Verifies: "Every manifest is compared with its lockfile, and every package in the lockfile by where it comes from and what it is held to. " +
			"A lockfile of Composer has no hashes; there a commit counts.",
		Rules: []pavise.Rule{
			rule(ruleLocked, "Every project with packages has a lockfile", pavise.Low, "", install, "PCI DSS 4.0.1 6.3.2", "ASVS 5.0 15.1.2", "CWE-1357"),
			rule(ruleInStep, "The lockfile is in step with the manifest", pavise.Low, "", install, "PCI DSS 4.0.1 6.3.2", "CWE-1357"),
			rule(ruleOne, "One lockfile holds a project", pavise.Low, "",
				pavise.Fix{Express: "git rm yarn.lock  # keep that of the package manager you deploy with, and name it in package.json:\n\"packageManager\": \"npm@11.0.0\""}, "CWE-1357"),
			rule(ruleIntegrity, "What comes from a registry is held to a hash", pavise.Low, "",
				pavise.Fix{Other: "npm: rm package-lock.json && npm install --package-lock-only --ignore-scripts\nGo: go mod tidy\nPython: pip-compile --generate-hashes\nRuby: bundle lock --add-checksums"},
				"PCI DSS 4.0.1 6.3.2", "CWE-353", "CWE-494"),
			rule(ruleFetched, "Nothing is fetched over plain http", pavise.High, "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H",
				pavise.Fix{Express: "sed -i 's#http://registry.npmjs.org/#https://registry.npmjs.org/#' package-lock.json\nnpm config delete registry"}, "PCI DSS 4.0.1 4.2.1", "CWE-319", "CWE-494"),
			rule(ruleCommit, "What comes from git is pinned to a commit", pavise.Medium, "CVSS:3.1/AV:N/AC:H/PR:H/UI:N/S:U/C:H/I:H/A:H",
				pavise.Fix{Express: "\"dependency\": \"github:owner/name#<all 40 digits of the commit>\""}, "PCI DSS 4.0.1 6.3.2", "CWE-494", "CWE-829"),
			rule(ruleScripts, "No package runs something when it is installed", pavise.Info, "",
				pavise.Fix{Express: "npm config set ignore-scripts true --location=project\nnpm rebuild bcrypt  # for those that you trust"}, "CWE-829"),
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Lockfile) Validate() error { return nil }

// Check judges the lockfiles of a project, and what is in them.
func (c Lockfile) Check(e *pavise.Evidence) []pavise.Finding {
	if e.Project == nil {
		return nil
	}
	missed := e.Project.Unread.Of(c.Doc().ID)
	var found []pavise.Finding
	for _, r := range c.Doc().Rules {
		v := lockRules[r.ID](e.Project)
		switch {
		case v.failed != nil:
			found = append(found, pavise.Gather(v.failed, v.looked))
		case len(missed) > 0:
			found = append(found, pavise.Unlooked(r.ID, missed[0].What, missed[0].Why))
		case v.looked == 0:
			found = append(found, pavise.Skipped(r.ID, ".", v.none))
		default:
			found = append(found, pavise.Finding{Rule: r.ID, Outcome: pavise.Pass, Where: ".", Saw: pavise.Plural(v.looked, v.noun), Want: v.want})
		}
	}
	return found
}
