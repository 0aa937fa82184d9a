package joined

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"pavise"
)

// Headers finds security headers that are on in source or in nginx and off at the edge.
type Headers struct{}

// Doc describes the control.
func (Headers) Doc() pavise.Doc {
	edge := "pavise serve --to 127.0.0.1:3000  # sets them itself, whatever stands behind"
	return pavise.Doc{
		ID:       "joined.headers",
		Title:    "Headers that arrive as they are set",
		Why:      "A header that the program sets and that a proxy or an add_header further in takes away protects nobody, and whoever reads the source believes that it does.",
		Verifies: "What helmet sets by its options in source, and the add_header lines of the nginx server of that name, are compared with the home page as it arrives.",
		Rules: []pavise.Rule{
			{ID: "joined.headers.source", Title: "What helmet sets in source is there at the edge", Severity: pavise.Low,
				References: []string{"PCI DSS 4.0.1 2.2.6", "CWE-693"}, Owner: true,
				Fix: pavise.Fix{Pavise: edge, Nginx: "# take out the proxy_hide_header, or the location that answers without the app",
					Apache: "# take out the Header unset, or the folder that answers without the app", Express: "app.use(helmet())  // before the routes and before express.static"}},
			{ID: "joined.headers.nginx", Title: "What nginx adds is there at the edge", Severity: pavise.Low,
				References: []string{"PCI DSS 4.0.1 2.2.6", "CWE-693"}, Owner: true,
				Fix: pavise.Fix{Pavise: edge, Nginx: "# a location with an add_header of its own has none of the server's: repeat them there, each with always",
					Apache: "Header always set X-Frame-Options DENY"}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Headers) Validate() error { return nil }

// helmets are the headers that helmet 8 sets of itself, by the option that switches each
// off (https://helmetjs.github.io, read in its README).
var helmets = map[string]string{
	"contentSecurityPolicy": "Content-Security-Policy", "crossOriginOpenerPolicy": "Cross-Origin-Opener-Policy",
	"crossOriginResourcePolicy": "Cross-Origin-Resource-Policy", "originAgentCluster": "Origin-Agent-Cluster",
	"referrerPolicy": "Referrer-Policy", "strictTransportSecurity": "Strict-Transport-Security", "xContentTypeOptions": "X-Content-Type-Options",
	"xDnsPrefetchControl": "X-Dns-Prefetch-Control", "xDownloadOptions": "X-Download-Options", "xFrameOptions": "X-Frame-Options",
	"xPermittedCrossDomainPolicies": "X-Permitted-Cross-Domain-Policies",
}

// formerly are the names that these options had before.
var formerly = map[string]string{
	"hsts": "strictTransportSecurity", "noSniff": "xContentTypeOptions", "dnsPrefetchControl": "xDnsPrefetchControl",
	"ieNoOpen": "xDownloadOptions", "frameguard": "xFrameOptions", "permittedCrossDomainPolicies": "xPermittedCrossDomainPolicies",
}

// Check compares both with the home page.
func (c Headers) Check(e *pavise.Evidence) []pavise.Finding {
	home, none := sight(e, c.Doc())
	if home == nil {
		return none
	}
	var found []pavise.Finding
	if e.Project != nil {
		found = append(found, source(e, home)...)
	}
	if e.Machine != nil {
		found = append(found, nginx(e, home)...)
	}
	return found
}

func source(e *pavise.Evidence, home *pavise.Answer) []pavise.Finding {
	const rule = "joined.headers.source"
	helmet := uses(e, func(u pavise.Use) bool { return u.Of == "helmet" })
	if len(helmet) == 0 {
		return []pavise.Finding{pavise.Skipped(rule, e.Target.URL, "source does not call helmet as a whole")}
	}
	var found []pavise.Finding
	for _, u := range helmet {
		lost, open := missing(wanted(u.Arg(0)), home.Response.Header, !e.Target.Secure()), u.Arg(0).Open
		v := pavise.Verdict{Outcome: pavise.Pass, Saw: "all of them arrive"}
		switch {
		case len(lost) > 0 && open:
			v = pavise.Verdict{Outcome: pavise.Unknown, Saw: "options that cannot be told may have switched off " + strings.Join(lost, ", ")}
		case len(lost) > 0:
			v = pavise.Verdict{Outcome: pavise.Fail, Saw: "set in source, and not on " + home.Probe.Request.URL + ": " + strings.Join(lost, ", ")}
		}
		found = append(found, v.Finding(rule, u.Where(), "the headers that helmet sets", home.Proof()))
	}
	return found
}

// wanted are the headers that helmet sets with these options.
func wanted(options pavise.Value) []string {
	off := map[string]bool{}
	for _, m := range options.Members {
		name := m.Name
		if now, old := formerly[name]; old {
			name = now
		}
		off[name] = m.Value.Kind != pavise.BoolValue || m.Value.Text != "true"
		if m.Value.Kind == pavise.ObjectValue {
			off[name] = false // it is set, otherwise
		}
	}
	var list []string
	for option, header := range helmets {
		if !off[option] {
			list = append(list, header)
		}
	}
	slices.Sort(list)
	return list
}

// missing are those that did not arrive. HSTS means nothing in the clear (RFC 6797 7.2).
func missing(headers []string, got http.Header, inClear bool) []string {
	return slices.DeleteFunc(slices.Clone(headers), func(name string) bool {
		return len(got[http.CanonicalHeaderKey(name)]) > 0 || inClear && name == "Strict-Transport-Security"
	})
}

func nginx(e *pavise.Evidence, home *pavise.Answer) []pavise.Finding {
	const rule = "joined.headers.nginx"
	var failed []pavise.Finding
	looked := 0
	for _, server := range servers(e, e.Target.Host()) {
		for _, d := range server.Block {
			if d.Name != "add_header" || len(d.Args) < 2 || d.Args[1] == "" || strings.Contains(d.Args[1], "$") {
				continue
			}
			looked++
			if len(home.Response.Header[http.CanonicalHeaderKey(d.Args[0])]) == 0 {
				failed = append(failed, pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: d.Where(), Saw: fmt.Sprintf("%s is added here, and not on %s", pavise.Clip(d.Args[0], 80), home.Probe.Request.URL),
					Want: "the header on every answer", Proof: home.Proof()})
			}
		}
	}
	switch {
	case looked == 0:
		return []pavise.Finding{pavise.Skipped(rule, e.Target.URL, "no server of nginx with the name "+e.Target.Host()+" adds a header")}
	case len(failed) == 0:
		return []pavise.Finding{{Rule: rule, Outcome: pavise.Pass, Where: e.Target.URL, Saw: fmt.Sprintf("all %d arrive", looked), Proof: home.Proof()}}
	}
	return []pavise.Finding{pavise.Gather(failed, looked)}
}
