package project

import (
	"slices"
	"strings"
	"time"

	"pavise"
)

// Framework looks whether what an app is made with still gets fixes.
type Framework struct{}

const (
	ruleSupported = "project.framework.supported"
	ruleEnding    = "project.framework.ending"
	ruleArchived  = "project.framework.archived"
)

// soon is how long before the end of life it is told: a major takes its time.
const soon = 180 * 24 * time.Hour

// frameworks are the names of packages, and what the ends of life call them.
var frameworks = map[string]map[string]string{
	pavise.NPM: {"express": "express", "apostrophe": "apostrophe", "next": "nextjs", "nuxt": "nuxt", "vue": "vue", "react": "react", "angular": "angularjs",
		"@angular/core": "angular", "@nestjs/core": "nestjs", "electron": "electron", "jquery": "jquery", "bootstrap": "bootstrap", "ember-source": "emberjs"},
	pavise.PyPI:      {"django": "django"},
	pavise.RubyGems:  {"rails": "rails"},
	pavise.Packagist: {"laravel/framework": "laravel", "symfony/symfony": "symfony", "drupal/core": "drupal"},
}

// cleaning is where the Express team says what it has given up.
const cleaning = "https://expressjs.com/en/blog/2025-05-16-express-cleanup-legacy-packages"

// archived are packages of Express apps that their authors have closed, what to take in
// their place, and where that is said.
var archived = map[string]struct{ since, instead, source string }{
	"csurf":              {"2025-05-14", "csrf-csrf, csrf-sync, lusca, or a check of Origin as Pavise makes it", "https://github.com/expressjs/csurf"},
	"connect-multiparty": {"2025-05-16", "multer", cleaning},
	"path-match":         {"2025-05-16", "path-to-regexp", cleaning},
}

// Doc describes the control.
func (Framework) Doc() pavise.Doc {
	update := pavise.Fix{Express: "npm install express@5  # expressjs.com/en/guide/migrating-5.html says what changes", Pavise: "pavise audit --fix"}
	return pavise.Doc{
		ID:    "project.framework",
		Title: "A framework that gets fixes",
		Why: "What becomes known of a framework that gets no more fixes stays open for ever. " +
			"Express 1 to 3 have ended, and no advisory is written any more for much of what is wrong with them.",
		Verifies: "The versions of frameworks in lockfiles and manifests are compared with the dates on which their support ends.",
		Rules: []pavise.Rule{
			{ID: ruleSupported, Title: "The framework still gets fixes", Severity: pavise.High, Owner: true,
				CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:L",
				References: []string{pciReview, pciPatches, "ASVS 5.0 15.2.1", "CWE-1104"}, Fix: update},
			{ID: ruleEnding, Title: "The framework gets fixes for half a year or longer", Severity: pavise.Low, Owner: true,
				References: []string{pciReview, "CWE-1104"}, Fix: update},
			{ID: ruleArchived, Title: "No middleware was closed by its authors", Severity: pavise.Low, Owner: true,
				References: []string{pciReview, "ASVS 5.0 15.2.4", "CWE-1104"},
				Fix:        pavise.Fix{Express: "npm uninstall csurf && npm install csrf-csrf", Pavise: pavise.OnByDefault}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Framework) Validate() error { return nil }

// Probes asks until when each framework gets fixes.
func (Framework) Probes(e *pavise.Evidence) []pavise.Probe { return probesOf(inUse(e)) }

// Check judges each framework by the end of its life.
func (c Framework) Check(e *pavise.Evidence) []pavise.Finding {
	if e.Project == nil {
		return nil
	}
	found := ends(e, inUse(e), ruleSupported, ruleEnding, "no framework whose end of life is known")
	return append(found, closed(e.Project)...)
}

// closed judges what its authors have archived.
func closed(p *pavise.Project) []pavise.Finding {
	express := false
	var found []pavise.Finding
	for _, h := range heldBy(p) {
		express = express || h.Ecosystem == pavise.NPM && h.Name == "express"
		a, is := archived[h.Name]
		if !is || h.Ecosystem != pavise.NPM {
			continue
		}
		found = append(found, pavise.Finding{Rule: ruleArchived, Outcome: pavise.Fail, Where: place(p, h.Package),
			Saw: h.Name + " " + release(h.Version, h.Range) + ": its authors gave it up on " + a.since, Want: a.instead,
			Dependency: givenUp(p, h, "its authors gave it up on "+a.since, "", a.instead),
			Proof:      pavise.Proof{Command: show(h.File, h.Line, h.Name).Command, Received: a.source}})
	}
	switch {
	case found != nil:
		return found
	case !express:
		return []pavise.Finding{pavise.Skipped(ruleArchived, ".", "it is no Express app")}
	}
	return []pavise.Finding{{Rule: ruleArchived, Outcome: pavise.Pass, Where: ".", Saw: "none is among the packages"}}
}

// A dated is a release of a product, and where the project names it.
type dated struct {
	product, version, what string
	where                  string
	proof                  pavise.Proof
	dependency             *pavise.Dependency // nil of what is no package
}

func (d dated) probe() pavise.Probe {
	return pavise.Probe{Known: &pavise.Known{Ecosystem: "product", Name: d.product, Version: d.version}}
}

func probesOf(list []dated) []pavise.Probe {
	var probes []pavise.Probe
	for _, d := range list {
		probes = append(probes, d.probe())
	}
	return probes
}

// inUse are the frameworks of a project.
func inUse(e *pavise.Evidence) []dated {
	if e.Project == nil {
		return nil
	}
	var list []dated
	for _, h := range heldBy(e.Project) {
		product := frameworks[h.Ecosystem][h.Name]
		version := h.Version
		if version == "" {
			version = lowest(h.Range)
		}
		if product != "" && version != "" {
			what := h.Name + " " + release(h.Version, h.Range)
			list = append(list, dated{product, version, what, place(e.Project, h.Package), show(h.File, h.Line, h.Name),
				givenUp(e.Project, h, what+" comes to its end", product, "")})
		}
	}
	return list
}

// lowest is the release that a simple range such as ^3.4.0 or 3.x begins with; "" for one
// that reaches over several.
func lowest(asked string) string {
	v := strings.TrimLeft(asked, "^~=v ")
	if strings.ContainsAny(v, " |<>*,") || v == "" || v[0] < '0' || v[0] > '9' {
		return ""
	}
	parts := strings.Split(v, ".")
	i := slices.IndexFunc(parts, func(p string) bool { return p == "x" || p == "X" })
	if i >= 0 {
		parts = parts[:i]
	}
	return strings.Join(parts, ".")
}
