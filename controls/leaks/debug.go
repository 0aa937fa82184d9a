package leaks

import (
	"pavise"
)

const (
	ruleStatus  = "leaks.debug.status"
	ruleConsole = "leaks.debug.console"
	ruleMetrics = "leaks.debug.metrics"
	ruleAPI     = "leaks.debug.api-description"
)

// Debug tells of addresses that are for those who run an app, and open to all.
type Debug struct{}

// endpoints are such addresses, by what only they hold.
var endpoints = []exposure{
	{ruleStatus, "/phpinfo.php", matches(`<title>(?:PHP [^<]* - )?phpinfo\(\)`)},
	{ruleStatus, "/info.php", matches(`<title>(?:PHP [^<]* - )?phpinfo\(\)`)},
	{ruleStatus, "/server-status", matches(`<title>Apache Status</title>`)},
	{ruleStatus, "/nginx_status", matches(`^Active connections: \d+ *\r?\nserver accepts handled requests`)},
	{ruleStatus, "/actuator", matches(`^\s*\{"_links":\{"self":`)},
	{ruleStatus, "/actuator/env", matches(`^\s*\{"activeProfiles":\[`)},
	{ruleStatus, "/debug/pprof/", matches(`<title>/debug/pprof/</title>`)},
	{ruleStatus, "/debug/vars", matches(`^\s*\{\s*"cmdline": ?\[`)},
	{ruleStatus, "/elmah.axd", matches(`<title>\s*Error log for`)},
	{ruleStatus, "/trace.axd", matches(`(?i)<h1>Application Trace</h1>`)},
	{ruleStatus, "/_profiler/", matches(`<title>Symfony Profiler</title>`)},
	{ruleConsole, "/console", matches(`(?i)<title>[^<]*// Werkzeug Debugger</title>|EVALEX(?:_TRUSTED)? ?=`)},
	{ruleMetrics, "/metrics", matches(`(?m)^# (?:HELP|TYPE) [a-zA-Z_:]`)},
	{ruleAPI, "/openapi.json", matches(`^\s*\{\s*"(?:openapi|swagger)":`)},
	{ruleAPI, "/v3/api-docs", matches(`^\s*\{\s*"(?:openapi|swagger)":`)},
}

// Doc describes the control.
func (Debug) Doc() pavise.Doc {
	fix := func(path, express string) pavise.Fix {
		return pavise.Fix{
			Nginx:   "location ~ ^/(" + path + ") { allow 127.0.0.1; deny all; }",
			Apache:  "<LocationMatch \"^/(" + path + ")\">\n\tRequire local\n</LocationMatch>",
			Express: express,
		}
	}
	local := `app.use("/PATH", (req, res, next) => req.socket.remoteAddress === "127.0.0.1" && !req.headers["x-forwarded-for"] ? next() : res.sendStatus(404));`
	return pavise.Doc{
		ID:       "leaks.debug",
		Title:    "Debug and status addresses",
		Why:      "What shows those who run an app its settings, its memory or its requests shows them to everybody, where nobody has closed it: PHP's settings, the environment of a Java app, the profile of a Go program, a console that runs code.",
		Verifies: "The addresses under which frameworks and servers have them are asked for, and known by what they hold.",
		Rules: []pavise.Rule{
			{ID: ruleConsole, Title: "No console that runs code is open", Severity: pavise.Critical,
				CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
				References: []string{"PCI DSS 4.0.1 2.2.4", "ASVS 5.0 13.4.2", "CWE-489", "CWE-94"},
				Fix:        fix("console", "// not a matter of Express: start Flask without debug=True, and Werkzeug without use_debugger\n"+local)},
			{ID: ruleStatus, Title: "No page for debugging or of the server's state is open", Severity: pavise.Medium,
				CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N",
				References: []string{"PCI DSS 4.0.1 2.2.4", "ASVS 5.0 13.4.2", "ASVS 5.0 13.4.5", "CWE-489", "CWE-497"},
				Fix:        fix("server-status|nginx_status|actuator|debug|_profiler|(php)?info\\.php|(elmah|trace)\\.axd", local)},
			{ID: ruleMetrics, Title: "No metrics are open", Severity: pavise.Low,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N",
				References: []string{"ASVS 5.0 13.4.5", "CWE-497"},
				Fix:        fix("metrics", local)},
			{ID: ruleAPI, Title: "No description of the API is open", Severity: pavise.Info,
				References: []string{"ASVS 5.0 13.4.5"},
				Fix:        fix("openapi\\.json|v3/api-docs", local)},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Debug) Validate() error { return nil }

// Probes asks for each address.
func (Debug) Probes(e *pavise.Evidence) []pavise.Probe { return exposureProbes(e, endpoints) }

// Check knows each by what it holds.
func (Debug) Check(e *pavise.Evidence) []pavise.Finding {
	var found []pavise.Finding
	for _, rule := range []string{ruleConsole, ruleStatus, ruleMetrics, ruleAPI} {
		found = append(found, checkExposed(e, endpoints, rule))
	}
	return found
}
