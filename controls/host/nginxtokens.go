package host

import "pavise"

// NginxTokens looks whether nginx tells its version.
type NginxTokens struct{}

const (
	nginxTokens     = "host.nginx-tokens"
	ruleNginxTokens = nginxTokens + ".version"
)

// Doc describes the control.
func (NginxTokens) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       nginxTokens,
		Title:    "The version that nginx tells",
		Why:      "With the version robots look up what is known against it, and need not try.",
		Verifies: "server_tokens is off for every server: of its own, or of http.",
		Rules: []pavise.Rule{
			{ID: ruleNginxTokens, Title: "nginx does not tell its version", Severity: pavise.Low,
				References: []string{"PCI DSS 4.0.1 2.2.6", "ASVS 5.0 13.4.6", "CWE-200"}, Owner: true, Fix: nginxFix("server_tokens off;  # in http { }")},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (NginxTokens) Validate() error { return nil }

// Check looks at http and at each server that says otherwise.
func (c NginxTokens) Check(e *pavise.Evidence) []pavise.Finding {
	return inspect(e, "nginx", c.Doc(), func(l *ledger) {
		http, ok := nginxHTTP(l.config)
		if !ok {
			return
		}
		scopes := nginxServers(l.config)
		if len(scopes) == 0 {
			scopes = []nginxScope{http}
		}
		told := false // http's own lack is told once
		for _, s := range scopes {
			d, says := s.find("server_tokens")
			switch {
			case says:
				l.judge(ruleNginxTokens, word(d, 0) == "off" || word(d, 0) == "", d, written(d), "server_tokens off;")
			case !told:
				told = true
				l.judge(ruleNginxTokens, false, http.here(), "no server_tokens: nginx tells its version of itself", "server_tokens off;")
			}
		}
	})
}
