package project_test

import (
	"testing"

	"pavise"
	"pavise/controls/project"
)

func TestSecrets(t *testing.T) {
	for _, c := range []struct {
		name    string
		secret  pavise.Secret
		rule    string
		outcome pavise.Outcome
	}{
		{"in source that git has", pavise.Secret{File: "app.js", Tracked: pavise.Pass}, "source", pavise.Fail},
		{"in source, and there is no git", pavise.Secret{File: "app.js", Tracked: pavise.Unknown}, "source", pavise.Fail},
		{".env that git has", pavise.Secret{File: ".env", Tracked: pavise.Pass}, "tracked", pavise.Fail},
		{".env that git has not", pavise.Secret{File: ".env", Tracked: pavise.Fail}, "tracked", pavise.Pass},
		{".env, and there is no git", pavise.Secret{File: ".env", Tracked: pavise.Unknown}, "tracked", pavise.Unknown},
		{"one that everybody tries", pavise.Secret{File: "app.js", Tracked: pavise.Pass, Usual: true}, "usual", pavise.Fail},
		{"in a test", pavise.Secret{File: "test/app.js", Tracked: pavise.Pass, Mild: "it is in a test"}, "source", pavise.Pass},
		{"in a test, for information", pavise.Secret{File: "test/app.js", Tracked: pavise.Pass, Mild: "it is in a test"}, "mild", pavise.Fail},
	} {
		c.secret.Line, c.secret.Kind, c.secret.Mask = 3, "token", "ghp_… (40)"
		for _, f := range (project.Secrets{}).Check(&pavise.Evidence{Project: &pavise.Project{Secrets: []pavise.Secret{c.secret}}}) {
			if f.Rule == "project.secrets."+c.rule && f.Outcome != c.outcome {
				t.Errorf("%s: %v, want %v", c.name, f.Outcome, c.outcome)
			}
		}
	}
	unread := &pavise.Project{Unread: []pavise.Unread{{What: "big.sql", Why: "it is longer than 16384 kB", For: []string{"project.secrets"}}}}
	for _, f := range (project.Secrets{}).Check(&pavise.Evidence{Project: unread}) {
		if f.Outcome != pavise.Unknown {
			t.Errorf("%s: %v, and a file was not read", f.Rule, f.Outcome)
		}
	}
}
