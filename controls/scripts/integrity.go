package scripts

import (
	"encoding/base64"
	"slices"
	"strings"

	"pavise"
)

// Integrity looks whether scripts and styles of other sites are pinned by their
// hash (Subresource Integrity).
type Integrity struct{}

const (
	ruleScripts = "scripts.integrity.scripts"
	ruleStyles  = "scripts.integrity.styles"
	ruleHeeded  = "scripts.integrity.heeded"
)

// Doc describes the control.
func (Integrity) Doc() pavise.Doc {
	pin := "# on the machine where you know the file to be right:\n" +
		"curl -s ADDRESS | openssl dgst -sha384 -binary | openssl base64 -A\n"
	rule := func(id, title string, severity pavise.Severity, tag string) pavise.Rule {
		return pavise.Rule{ID: id, Title: title, Severity: severity, Owner: true,
			References: []string{pciScripts, "ASVS 5.0 3.6.1", "CWE-353", "CWE-829"},
			Fix: pavise.Fix{Nginx: pin + "# and in the page: " + tag, Apache: pin + "# and in the page: " + tag,
				Express: "res.send(`" + tag + "`); // or app.use(express.static(\"public\")) with the file in it"}}
	}
	return pavise.Doc{
		ID:       "scripts.integrity",
		Title:    "Scripts and styles pinned by their hash",
		Why:      "Whoever takes over the other site, or the line to it, writes into every page that loads from there. A browser that knows the hash of the file runs no other.",
		Verifies: "Every script and style sheet of another site has an integrity attribute with a SHA-256, SHA-384 or SHA-512 hash. As at the Observatory of MDN, those of one's own domain need none.",
		Rules: []pavise.Rule{
			rule(ruleScripts, "Scripts of other sites are pinned by their hash", pavise.Low,
				`<script src="ADDRESS" integrity="sha384-HASH" crossorigin="anonymous"></script>`),
			rule(ruleStyles, "Style sheets of other sites are pinned by their hash", pavise.Info,
				`<link rel="stylesheet" href="ADDRESS" integrity="sha384-HASH" crossorigin="anonymous">`),
			rule(ruleHeeded, "Every integrity attribute is one that browsers heed", pavise.Low,
				`<script src="ADDRESS" integrity="sha384-HASH" crossorigin="anonymous"></script>`),
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Integrity) Validate() error { return nil }

// Check looks at what every page loads.
func (Integrity) Check(e *pavise.Evidence) []pavise.Finding {
	kinds := []struct{ rule, kind, pattern string }{
		{ruleScripts, "script", "<script[^>]*src=[^>]*>"}, {ruleStyles, "style", "<link[^>]*stylesheet[^>]*>"},
	}
	var found []pavise.Finding
	for _, k := range kinds {
		f := e.Each(k.rule, "integrity=\"sha384-…\" on each from another site", func(a pavise.Answer) (string, bool) {
			return unpinned(e, a, k.kind)
		})
		found = append(found, shows(e, f, k.pattern))
	}
	heeded := e.Each(ruleHeeded, "sha256-, sha384- or sha512- and the hash in base64, with crossorigin where it comes from elsewhere", unheeded)
	return append(found, shows(e, heeded, "integrity=[^>]*"))
}

// unpinned judges all of a kind that a page loads from elsewhere.
func unpinned(e *pavise.Evidence, a pavise.Answer, kind string) (string, bool) {
	var bare []string
	pinned := 0
	for _, r := range a.Response.Resources {
		host, other := foreign(a, r.URL)
		if !other || r.Kind != kind || sameSite(host, e.Target.Host()) {
			continue
		}
		if pinned++; !valid(r.Integrity) {
			pinned--
			bare = append(bare, r.URL)
		}
	}
	switch {
	case bare != nil:
		return "not pinned: " + some(unique(bare), 5), true
	case !page(a):
		return "", false
	case pinned > 0:
		return "all from other sites are pinned", false
	}
	return "none comes from another site", false
}

// unheeded judges the integrity attributes of a page.
func unheeded(a pavise.Answer) (string, bool) {
	var wrong []string
	right := 0
	for _, r := range a.Response.Resources {
		_, other := foreign(a, r.URL)
		switch {
		case r.Integrity == "":
		case !valid(r.Integrity):
			wrong = append(wrong, r.URL+" has integrity="+r.Integrity+", which browsers overlook")
		case other && !r.CrossOrigin:
			// SRI 3.5: without CORS the file is opaque, and what cannot be checked is not run.
			wrong = append(wrong, r.URL+" has integrity without crossorigin, so browsers do not load it")
		default:
			right++
		}
	}
	if wrong != nil {
		return some(unique(wrong), 3), true
	}
	if right == 0 {
		return "", false
	}
	return "each is well formed", false
}

var hashSizes = map[string]int{"sha256": 32, "sha384": 48, "sha512": 64}

// valid reports whether browsers find a hash in the attribute (SRI 3.5).
func valid(integrity string) bool {
	return slices.ContainsFunc(strings.Fields(integrity), func(one string) bool {
		one, _, _ = strings.Cut(one, "?")
		kind, value, _ := strings.Cut(one, "-")
		sum, err := base64.StdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(value))
		return err == nil && len(sum) > 0 && len(sum) == hashSizes[strings.ToLower(kind)]
	})
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
