package source

import (
	"strings"

	"pavise"
)

// Server judges how long a Go server waits.
type Server struct{}

const (
	ruleHeaderTime = "source.server.header-time"
	ruleIdleTime   = "source.server.idle-time"
)

// Doc describes the control.
func (Server) Doc() pavise.Doc {
	fix := pavise.Fix{Pavise: pavise.OnByDefault,
		Other: "Go: &http.Server{ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}"}
	return pavise.Doc{
		ID:       "source.server",
		Title:    "Time-outs of Go servers",
		Why:      "A server without time-outs waits for ever. Whoever opens connections and sends one byte a minute takes them all (Slowloris).",
		Verifies: "The fields of http.Server, and http.ListenAndServe, which has none.",
		By:       "transport.patience",
		Rules: []pavise.Rule{
			{ID: ruleHeaderTime, Title: "The head of a request is waited for with an end", Severity: pavise.Low, Fix: fix,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L",
				References: []string{"CWE-400", "CWE-770", "PCI DSS 4.0.1 6.2.4"}},
			{ID: ruleIdleTime, Title: "An idle connection is closed", Severity: pavise.Low, Fix: fix,
				References: []string{"CWE-400"}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Server) Validate() error { return nil }

// bare are the functions of net/http that serve without any time-out.
var bare = []string{"net/http.ListenAndServe", "net/http.ListenAndServeTLS", "net/http.Serve", "net/http.ServeTLS"}

// Check judges every server.
func (c Server) Check(e *pavise.Evidence) []pavise.Finding {
	return judged(c, e, wants{
		ruleHeaderTime: "ReadHeaderTimeout: 10 * time.Second",
		ruleIdleTime:   "IdleTimeout: 2 * time.Minute",
	}, func(p program, v *verdicts) {
		for _, u := range p.of(bare...) {
			where := at(u, pavise.Value{})
			v.fail(ruleHeaderTime, where, "%s has no time-out", strings.TrimPrefix(u.Of, "net/"))
			v.fail(ruleIdleTime, where, "%s has no time-out", strings.TrimPrefix(u.Of, "net/"))
		}
		for _, u := range p.of("net/http.Server") {
			judgeTime(v, ruleHeaderTime, u, "ReadHeaderTimeout")
			judgeTime(v, ruleIdleTime, u, "IdleTimeout")
		}
	})
}

// judgeTime judges one of the times: what is not set is as ReadTimeout is, and without
// that endless.
func judgeTime(v *verdicts, rule string, u pavise.Use, name string) {
	for _, field := range []string{name, "ReadTimeout"} {
		value, told := option(u.Arg(0), field)
		switch n, counted := number(value); {
		case told == untold:
			v.unknown(rule, at(u, u.Arg(0)), "the fields are known only when it runs")
			return
		case told == yes && (!counted || n > 0):
			v.pass(rule, at(u, value), "%s is %s", field, shown(value))
			return
		}
	}
	v.fail(rule, at(u, pavise.Value{}), "neither %s nor ReadTimeout is set", name)
}
