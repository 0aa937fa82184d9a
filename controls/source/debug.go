package source

import (
	"slices"
	"strings"

	"pavise"
)

// Debug judges whether strangers reach what is meant for those who look for faults.
type Debug struct{}

const (
	ruleProfile = "source.debug.profile"
	ruleMonitor = "source.debug.monitor"
)

// Doc describes the control.
func (Debug) Doc() pavise.Doc {
	const tells = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N" // as leaks.debug
	return pavise.Doc{
		ID:       "source.debug",
		Title:    "Doors for debugging",
		Why:      "Profiles and state tell what runs, with which arguments and how much memory is left, and making a profile is work that anybody can ask for.",
		Verifies: "Imports of net/http/pprof and expvar beside a server of the default mux, and monitors in Express.",
		By:       "leaks.debug",
		Rules: []pavise.Rule{
			{ID: ruleProfile, Title: "Profiles are not on the public mux", Severity: pavise.Medium, CVSS: tells,
				References: []string{"PCI DSS 4.0.1 2.2.4", "ASVS 5.0 13.4.2", "CWE-489", "CWE-497"},
				Fix: pavise.Fix{Pavise: pavise.OnByDefault,
					Other: "Go: mux := http.NewServeMux(); serve the site from it, and http.ListenAndServe(\"127.0.0.1:6060\", nil) beside it"}},
			{ID: ruleMonitor, Title: "No monitor is open to strangers", Severity: pavise.Medium, CVSS: tells,
				References: []string{"PCI DSS 4.0.1 2.2.4", "ASVS 5.0 13.4.2", "CWE-497"},
				Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: `app.get("/status", requireAdmin, monitor.pageRoute);  // app.use(monitor.middleware), with path: ""`}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Debug) Validate() error { return nil }

// Check looks at what opens such a door.
func (c Debug) Check(e *pavise.Evidence) []pavise.Finding {
	return judged(c, e, wants{
		ruleProfile: "a mux of its own for the site, or the default one on loopback",
		ruleMonitor: "a route behind a login",
	}, func(p program, v *verdicts) {
		for _, u := range p.of("import net/http/pprof", "import expvar") {
			p.judgeProfile(v, u)
		}
		for _, u := range p.of("express-status-monitor") {
			if path, told := option(u.Arg(0), "path"); told == yes && path.Text == "" && path.Kind == pavise.StringValue {
				v.pass(ruleMonitor, at(u, path), "the monitor has no page of its own")
			} else if told == untold {
				v.unknown(ruleMonitor, at(u, path), "the options are known only when it runs")
			} else {
				v.fail(ruleMonitor, at(u, path), "%s answers whoever asks for its page", u.Of)
			}
		}
	})
}

// judgeProfile looks for a server of the default mux, to which the import adds its pages.
func (p program) judgeProfile(v *verdicts, door pavise.Use) {
	where, what := at(door, pavise.Value{}), strings.TrimPrefix(door.Of, "import ")
	private := false
	for _, u := range p.of("net/http.ListenAndServe", "net/http.ListenAndServeTLS", "net/http.Server", "net/http.Serve") {
		handler, told := handlerOf(u)
		if told == yes && handler.Text != "net/http.DefaultServeMux" {
			continue
		}
		address := p.addressOf(u)
		switch {
		case address.Kind == pavise.StringValue && isLoopback(host(address.Text)):
			private = true
		case address.Kind == pavise.StringValue:
			v.fail(ruleProfile, where, "%s is on the default mux, which %s serves", what, address.Text)
			return
		case told == untold:
		default:
			v.unknown(ruleProfile, where, "%s is on the default mux, which is served on %s", what, shown(address))
			return
		}
	}
	if private {
		v.pass(ruleProfile, where, "%s is served on loopback alone", what)
	} else {
		v.pass(ruleProfile, where, "nothing serves the default mux")
	}
}

// handlerOf is what a server serves: unset is the default mux.
func handlerOf(u pavise.Use) (pavise.Value, truth) {
	if u.Of == "net/http.Server" {
		return option(u.Arg(0), "Handler")
	}
	last := pavise.Use{Args: slices.Clone(u.Args)}.Arg(1)
	if u.Of == "net/http.ListenAndServeTLS" {
		last = u.Arg(3)
	}
	if last.Kind == pavise.NullValue || last.Kind == "" {
		return last, unset
	}
	return last, yes
}

// addressOf is where a server listens.
func (p program) addressOf(u pavise.Use) pavise.Value {
	switch u.Of {
	case "net/http.Server":
		v, _ := option(u.Arg(0), "Addr")
		return v
	case "net/http.Serve":
		return pavise.Value{Kind: pavise.NameValue, Text: "a listener"}
	}
	if other, found := fallback(u.Arg(0)); found {
		return other
	}
	return u.Arg(0)
}

// host is an address without its port.
func host(address string) string {
	if i := strings.LastIndexByte(address, ':'); i >= 0 {
		return address[:i]
	}
	return address
}
