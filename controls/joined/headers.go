package joined

import (
	"cmp"
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

// helmets are the headers that helmet sets, by the option that switches each off, with
// the first major version that sets it of itself
// (https://github.com/helmetjs/helmet/blob/main/CHANGELOG.md; those of 4 its upgrade guide).
var helmets = map[string]struct {
	header string
	since  int
}{
	"contentSecurityPolicy": {"Content-Security-Policy", 4}, "crossOriginOpenerPolicy": {"Cross-Origin-Opener-Policy", 5},
	"crossOriginResourcePolicy": {"Cross-Origin-Resource-Policy", 5}, "originAgentCluster": {"Origin-Agent-Cluster", 5},
	"referrerPolicy": {"Referrer-Policy", 4}, "strictTransportSecurity": {"Strict-Transport-Security", 0}, "xContentTypeOptions": {"X-Content-Type-Options", 0},
	"xDnsPrefetchControl": {"X-Dns-Prefetch-Control", 0}, "xDownloadOptions": {"X-Download-Options", 0}, "xFrameOptions": {"X-Frame-Options", 0},
	"xPermittedCrossDomainPolicies": {"X-Permitted-Cross-Domain-Policies", 4},
}

// major is that of the helmet that the project has; 0 is not known, or an old one.
func major(p *pavise.Project) (n int) {
	for _, pkg := range p.Packages {
		if pkg.Ecosystem == pavise.NPM && pkg.Name == "helmet" {
			fmt.Sscanf(strings.TrimLeft(cmp.Or(pkg.Version, pkg.Range), "^~>=v "), "%d", &n)
			return n
		}
	}
	return 0
}

// formerly are the names that these options had before.
var formerly = map[string]string{
	"hsts": "strictTransportSecurity", "noSniff": "xContentTypeOptions", "dnsPrefetchControl": "xDnsPrefetchControl",
	"ieNoOpen": "xDownloadOptions", "frameguard": "xFrameOptions", "permittedCrossDomainPolicies": "xPermittedCrossDomainPolicies",
}

// Check compares both with a page.
func (c Headers) Check(e *pavise.Evidence) []pavise.Finding {
	if e.Project == nil && e.Machine == nil {
		return nil
	}
	at, none := page(e, c.Doc())
	if at == nil {
		return none
	}
	var found []pavise.Finding
	if e.Project != nil {
		found = append(found, source(e, at)...)
	}
	if e.Machine != nil {
		found = append(found, nginx(e, at)...)
	}
	return found
}

func source(e *pavise.Evidence, page *pavise.Answer) []pavise.Finding {
	const rule = "joined.headers.source"
	helmet := uses(e, func(u pavise.Use) bool { return u.Of == "helmet" && u.Runs() != pavise.Fail })
	if len(helmet) == 0 {
		return []pavise.Finding{pavise.Skipped(rule, e.Target.URL, "source does not call helmet as a whole")}
	}
	var found []pavise.Finding
	for _, u := range helmet {
		options := u.Arg(0)
		open := options.Kind != "" && (options.Kind != pavise.ObjectValue || options.Open)
		lost := strings.Join(missing(wanted(options, major(e.Project)), page.Response.Header, !e.Target.Secure()), ", ")
		v := pavise.Verdict{Outcome: pavise.Pass, Saw: "all of them arrive"}
		switch {
		case lost != "" && open:
			v = pavise.Verdict{Outcome: pavise.Unknown, Saw: "options that cannot be told may have switched off " + lost}
		case lost != "" && u.Runs() == pavise.Unknown:
			v = pavise.Verdict{Outcome: pavise.Unknown, Saw: "helmet is called where a condition holds, and these do not arrive: " + lost}
		case lost != "":
			v = pavise.Verdict{Outcome: pavise.Fail, Saw: "set in source, and not on " + page.Probe.Request.URL + ": " + lost}
		}
		found = append(found, v.Finding(rule, u.Where(), "the headers that helmet sets", page.Proof()))
	}
	return found
}

// wanted are the headers that helmet of a major version sets with these options.
func wanted(options pavise.Value, major int) []string {
	on := map[string]bool{}
	for option, h := range helmets {
		on[option] = h.since <= major
	}
	for _, m := range options.Members {
		name := m.Name
		if now, old := formerly[name]; old {
			name = now
		}
		report := option(m.Value, "reportOnly")
		on[name] = !m.Maybe && m.Value.Kind == pavise.BoolValue && m.Value.Text == "true" ||
			m.Value.Kind == pavise.ObjectValue && (report.Kind == "" || report.Text == "false")
	}
	var list []string
	for option, h := range helmets {
		if on[option] {
			list = append(list, h.header)
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

// added are the headers that the server itself adds, else those of the block around it:
// so nginx inherits them.
func added(s server) []pavise.Directive {
	for _, block := range append([]pavise.Directive{s.Directive}, s.around...) {
		var list []pavise.Directive
		for _, d := range block.Block {
			if d.Name == "add_header" {
				list = append(list, d)
			}
		}
		if list != nil {
			return list
		}
	}
	return nil
}

func nginx(e *pavise.Evidence, page *pavise.Answer) []pavise.Finding {
	const rule = "joined.headers.nginx"
	var failed []pavise.Finding
	looked := 0
	for _, s := range servers(e) {
		for _, d := range added(s) {
			if len(d.Args) < 2 || d.Args[1] == "" || strings.Contains(d.Args[1], "$") {
				continue // it may be empty, and is then not sent
			}
			looked++
			if len(page.Response.Header[http.CanonicalHeaderKey(d.Args[0])]) == 0 {
				failed = append(failed, pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: d.Where(), Saw: fmt.Sprintf("%s is added here, and not on %s", pavise.Clip(d.Args[0], 80), page.Probe.Request.URL),
					Want: "the header on every answer", Proof: page.Proof()})
			}
		}
	}
	switch {
	case looked == 0:
		return []pavise.Finding{pavise.Skipped(rule, e.Target.URL, "no server of nginx for "+e.Target.Host()+" adds a header")}
	case len(failed) == 0:
		return []pavise.Finding{{Rule: rule, Outcome: pavise.Pass, Where: e.Target.URL, Saw: fmt.Sprintf("all %d arrive", looked), Proof: page.Proof()}}
	}
	return []pavise.Finding{pavise.Gather(failed, looked)}
}
