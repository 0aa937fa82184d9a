package leaks

import (
	"net/http"

	"pavise"
)

// Files answers for files that are left in a web root and belong to nobody
// outside, as if they were not there.
type Files struct{}

// Doc describes the control.
func (Files) Doc() pavise.Doc {
	fix := func(nginx, apache, express string) pavise.Fix {
		return pavise.Fix{Pavise: pavise.OnByDefault, Nginx: nginx, Apache: "RewriteEngine on\n" + apache, Express: express}
	}
	return pavise.Doc{
		ID:       "leaks.files",
		Title:    "Files left behind",
		Why:      "A repository, a file of settings or a dump in the web root hands the source, the passwords or the customers to whoever asks; robots ask every site for them within minutes.",
		Enforces: "Answers 404 to paths of repositories, files of settings and keys, backups, dumps and what editors leave, however the path is written.",
		Verifies: "Some two dozen such files are asked for, and judged by what they hold: a site that answers 200 to every path raises no alarm.",
		Refuses:  true,
		Rules: []pavise.Rule{
			{ID: ruleRepository, Title: "No repository is served", Severity: pavise.High,
				CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
				References: []string{"ASVS 5.0 13.4.1", "CWE-527", "CWE-538"},
				Fix: fix(`location ~* /\.(git|svn|hg|bzr)(/|$) { return 404; }`,
					`RewriteRule "/\.(git|svn|hg|bzr)(/|$)" - [NC,R=404]`,
					`app.use((req, res, next) => /\/\.(git|svn|hg|bzr)(\/|$)/i.test(req.path) ? res.sendStatus(404) : next());`)},
			{ID: ruleEnvironment, Title: "No file of settings, passwords or keys is served", Severity: pavise.Critical,
				CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N",
				References: []string{"CWE-538", "CWE-552"},
				Fix: fix(`location ~* (/\.(?!well-known/)|/(id_(rsa|dsa|ecdsa|ed25519)|web\.config|database\.yml)$) { return 404; }`,
					`RewriteRule "(/\.(?!well-known/)|/(id_(rsa|dsa|ecdsa|ed25519)|web\.config|database\.yml)$)" - [NC,R=404]`,
					`app.use((req, res, next) => /\/\.(?!well-known\/)|\/(id_(rsa|dsa|ecdsa|ed25519)|web\.config|database\.yml)$/i.test(req.path) ? res.sendStatus(404) : next());`)},
			{ID: ruleBackup, Title: "No backup, dump or editor file is served", Severity: pavise.High,
				CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
				References: []string{"CWE-530", "CWE-552"},
				Fix: fix(`location ~* (\.(bak|old|orig|sw[op]|sql|dump)|~|/\.DS_Store|/\.idea/.*|/(backup|dump|database)\.(zip|tar|gz|tgz))$ { return 404; }`,
					`RewriteRule "(\.(bak|old|orig|sw[op]|sql|dump)|~|/\.DS_Store|/\.idea/.*|/(backup|dump|database)\.(zip|tar|gz|tgz))$" - [NC,R=404]`,
					`app.use((req, res, next) => /(\.(bak|old|orig|sw[op]|sql|dump)|~|\/\.DS_Store|\/\.idea\/.*|\/(backup|dump|database)\.(zip|tar|gz|tgz))$/i.test(req.path) ? res.sendStatus(404) : next());`)},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Files) Validate() error { return nil }

// Enforce refuses such paths. The refusal gives no reason of its own, so that it
// looks like any other missing page.
func (Files) Enforce(pavise.Env) (pavise.Hooks, error) {
	return pavise.Hooks{Admit: func(x *pavise.Exchange) error {
		if rule, segment := leftBehindTwice(x.Request.URL.Path); rule != "" {
			return &pavise.Refusal{Status: http.StatusNotFound, Rule: rule, Saw: "path segment " + pavise.Clip(segment, 80)}
		}
		return nil
	}}, nil
}

// Probes asks for what is left behind most often.
func (Files) Probes(e *pavise.Evidence) []pavise.Probe { return exposureProbes(e, exposures) }

// Check knows each file by what it holds.
func (Files) Check(e *pavise.Evidence) []pavise.Finding {
	var found []pavise.Finding
	for _, rule := range []string{ruleRepository, ruleEnvironment, ruleBackup} {
		found = append(found, checkExposed(e, exposures, rule))
	}
	return found
}
