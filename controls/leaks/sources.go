package leaks

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"pavise"
)

const (
	ruleMap      = "leaks.sources.map"
	ruleManifest = "leaks.sources.manifest"
)

// Sources tells of what shows from which parts an app is made.
type Sources struct{}

// manifests name the parts of an app with their versions.
var manifests = []exposure{
	{ruleManifest, "/package.json", matches(`^\s*\{[\s\S]*"(?:devD|d)ependencies"\s*:`)},
	{ruleManifest, "/vendor/composer/installed.json", matches(`^\s*[[{][^<]*"(?:packages|version_normalized)"\s*:`)},
	{ruleManifest, "/docker-compose.yml", matches(`(?m)^services:(?:[^<]|<<)*^[ \t]+(?:image|build):`)},
}

// Doc describes the control.
func (Sources) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "leaks.sources",
		Title:    "Sources and parts",
		Why:      "A source map gives the scripts of a site as they were written, with comments and what was meant for the server; a list of parts with their versions says which flaws to try.",
		Verifies: "The maps that the scripts of the site name are asked for, and lists of parts where package managers leave them.",
		Rules: []pavise.Rule{
			{ID: ruleMap, Title: "No script brings its sources along", Severity: pavise.Low,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N",
				References: []string{"CWE-540", "ECMA-426"},
				Fix: pavise.Fix{
					Nginx:   `location ~ \.map$ { return 404; }`,
					Apache:  "<FilesMatch \"\\.map$\">\n\tRequire all denied\n</FilesMatch>",
					Express: `app.use((req, res, next) => req.path.endsWith(".map") ? res.sendStatus(404) : next()); // before express.static`,
				}},
			{ID: ruleManifest, Title: "No list of the app's parts is served", Severity: pavise.Low,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N",
				References: []string{"PCI DSS 4.0.1 2.2.4", "ASVS 5.0 13.4.6", "CWE-538"},
				Fix: pavise.Fix{
					Nginx:   `location ~ ^/(package(-lock)?\.json|vendor/|docker-compose\.yml) { return 404; }`,
					Apache:  "<LocationMatch \"^/(package(-lock)?\\.json|vendor/|docker-compose\\.yml)\">\n\tRequire all denied\n</LocationMatch>",
					Express: `app.use(express.static("public")); // a folder of its own, not the one of the app`,
				}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Sources) Validate() error { return nil }

// maxMaps bounds how many maps are asked for.
const maxMaps = 4

var mapComment = regexp.MustCompile(`(?m)^\s*(?://|/\*)[#@] sourceMappingURL=([^\s*]+)`)

// mapProbes asks for the maps that scripts and styles name, on the same origin.
func mapProbes(e *pavise.Evidence) []pavise.Probe {
	var probes []pavise.Probe
	seen := map[string]bool{}
	for _, a := range e.Site() {
		if !scripted(a) {
			continue
		}
		at := mapOf(a)
		if at != "" && !seen[at] && !pavise.Acts(at) && strings.HasPrefix(at, e.Target.URL+"/") && len(probes) < maxMaps {
			seen[at] = true
			probes = append(probes, pavise.Ask(pavise.Request{URL: at, Keep: maxSign}))
		}
	}
	return probes
}

// scripted reports whether an answer is what may name a map: a script or a style.
func scripted(a pavise.Answer) bool {
	return a.Response.JavaScript() || a.Response.Media() == "text/css"
}

// mapOf is the address of the map that a script names, "" if there is none or it is
// part of the script.
func mapOf(a pavise.Answer) string {
	named := cmp.Or(a.Response.Header.Get("Sourcemap"), a.Response.Header.Get("X-Sourcemap"))
	if all := mapComment.FindAllSubmatch(tail(a.Response.Body), -1); named == "" && all != nil {
		named = string(all[len(all)-1][1])
	}
	base, err := url.Parse(a.Probe.Request.URL)
	if err != nil || named == "" {
		return ""
	}
	to, err := base.Parse(named)
	if err != nil {
		return ""
	}
	return to.String()
}

// tail is where the comment stands: in the last lines.
func tail(body []byte) []byte { return body[max(0, len(body)-maxSign):] }

var sourceMap = matches(`^(?:\)\]\}'[^\n]*\n)?\s*\{[^<]*"(?:version|sources|mappings|sections)"\s*:`)

// Probes asks for the maps and the lists.
func (Sources) Probes(e *pavise.Evidence) []pavise.Probe {
	return append(exposureProbes(e, manifests), mapProbes(e)...)
}

// Check knows both by what they hold.
func (Sources) Check(e *pavise.Evidence) []pavise.Finding {
	return []pavise.Finding{checkMaps(e), checkExposed(e, manifests, ruleManifest)}
}

// checkMaps looks at the scripts and at what was asked for as their maps.
func checkMaps(e *pavise.Evidence) pavise.Finding {
	maps := map[string]bool{}
	probes := mapProbes(e)
	for _, p := range probes {
		maps[p.Request.URL] = true
	}
	f := e.Each(ruleMap, "no source map", func(a pavise.Answer) (string, bool) {
		r := a.Response
		switch {
		case maps[a.Probe.Request.URL] && r.Status == http.StatusOK && sourceMap(r.Body) && !e.Missing(a):
			return "a source map" + holding(r.Body), true
		case scripted(a):
			return fmt.Sprintf("none of %d maps that scripts name is served", len(probes)), false
		}
		return "", false
	})
	for _, p := range probes {
		if _, why := e.Heard(p); why != "" && f.Outcome != pavise.Fail {
			f = pavise.Unlooked(ruleMap, p.Request.URL, why)
		}
	}
	return f
}

func holding(body []byte) string {
	if bytes.Contains(body, []byte(`"sourcesContent"`)) {
		return " with the sources in it"
	}
	return ""
}
