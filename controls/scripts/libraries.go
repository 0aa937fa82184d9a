package scripts

import (
	"slices"

	"pavise"
)

// Libraries looks for JavaScript libraries in versions against which something is
// known.
type Libraries struct{}

const (
	ruleSevere     = "scripts.libraries.severe"
	ruleVulnerable = "scripts.libraries.vulnerable"
	ruleMinor      = "scripts.libraries.minor"
	ruleEnded      = "scripts.libraries.end-of-life"
	ruleData       = "scripts.libraries.data"
)

// Bounds of what is asked for.
const (
	maxScripts   = 20 // of one's own, which are read
	maxLibraries = 40 // versions that are looked up
)

// Doc describes the control.
func (Libraries) Doc() pavise.Doc {
	build := "# and build again; or put the newer file in place of the old:\nnpm install LIBRARY@latest"
	update := pavise.Fix{Nginx: build, Apache: build,
		Express: "npm install LIBRARY@latest  # and build again; npm audit then says whether it is enough"}
	rule := func(id, title string, severity pavise.Severity, cvss string) pavise.Rule {
		return pavise.Rule{ID: id, Title: title, Severity: severity, CVSS: cvss, Owner: true,
			References: []string{pciPatches, pciScripts, "ASVS 5.0 15.2.1", "CWE-1395", "CWE-937"}, Fix: update}
	}
	database := "pavise db update"
	return pavise.Doc{
		ID:       "scripts.libraries",
		Title:    "Known JavaScript libraries",
		Why:      "A flaw of a library is a flaw of every page that runs it, and what it takes to use it is public. Whoever looks for shops to rob asks for the version first.",
		Verifies: "Libraries are recognised by the names of files, by what stands in them and by their hash, and their versions compared with the advisories in the database: what pavise db update has fetched, else the few facts that Pavise brings along.",
		Rules: []pavise.Rule{
			rule(ruleSevere, "No library has a known flaw that is rated high or critical", pavise.High, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N"),
			rule(ruleVulnerable, "No library has a known flaw", pavise.Medium, "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"),
			rule(ruleMinor, "No library has a known flaw that is rated low or only denies service", pavise.Low, "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:N/I:N/A:L"),
			{ID: ruleEnded, Title: "Every library still gets fixes", Severity: pavise.Low, Owner: true,
				References: []string{"PCI DSS 4.0.1 12.3.4", pciPatches, "ASVS 5.0 15.2.4", "CWE-1104"}, Fix: update},
			{ID: ruleData, Title: "What is known of libraries is not older than a month", Severity: pavise.Info, Owner: true,
				References: []string{"PCI DSS 4.0.1 6.3.1"}, Fix: pavise.Fix{Pavise: database, Nginx: database, Apache: database, Express: database}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Libraries) Validate() error { return nil }

// Probes asks for the site's own scripts, and then what is known of every library.
func (Libraries) Probes(e *pavise.Evidence) []pavise.Probe {
	var probes []pavise.Probe
	var own []string
	for _, a := range e.Site() {
		for _, r := range a.Response.Resources {
			if _, other := foreign(a, r.URL); !other && r.Kind == "script" && !pavise.Acts(r.URL) {
				own = append(own, r.URL)
			}
		}
	}
	own = unique(own)
	for _, address := range own[:min(len(own), maxScripts)] {
		probes = append(probes, pavise.Ask(pavise.Request{URL: address}))
	}
	for _, lib := range recognised(e) {
		probes = append(probes, lib.probe())
	}
	return probes
}

// A used library is one version, and where it was seen.
type used struct {
	pavise.Library
	places []pavise.Library
}

func (u used) probe() pavise.Probe {
	return pavise.Probe{Known: &pavise.Known{Ecosystem: "javascript", Name: u.Name, Version: u.Version}}
}

// recognised lists the libraries of the site, each version once, bounded.
func recognised(e *pavise.Evidence) []used {
	var list []used
	for _, a := range e.Site() {
		for _, lib := range a.Response.Libraries {
			i := slices.IndexFunc(list, func(u used) bool { return u.Name == lib.Name && u.Version == lib.Version })
			if i < 0 && len(list) < maxLibraries {
				i, list = len(list), append(list, used{Library: lib})
			}
			if i >= 0 && len(list[i].places) < maxScripts && !slices.ContainsFunc(list[i].places, func(p pavise.Library) bool { return p.At == lib.At }) {
				list[i].places = append(list[i].places, lib)
			}
		}
	}
	return list
}
