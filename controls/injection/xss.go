package injection

import (
	"fmt"

	"pavise"
)

// XSS asks whether a page takes a visitor's words for its own markup.
type XSS struct{}

const xssID = "injection.xss"

// Doc describes the control.
func (XSS) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       xssID,
		Title:    "Reflected cross-site scripting",
		Why:      "A page that writes what its address says into itself unescaped runs the script of whoever has made the link, as the visitor who follows it.",
		Verifies: "With --active: a canary in each parameter, and once more where it comes back. It fails where a parser of HTML then finds our element, attribute or end of a string in the page, and not before.",
		Rules: []pavise.Rule{{ID: xssID + ".reflected", Title: "No parameter comes back as markup or script", Severity: pavise.Medium,
			CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", Automatic: "it is cross-site scripting", Owner: true,
			References: []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 1.2.1", "ASVS 5.0 1.2.3", "CWE-79"},
			Fix: pavise.Fix{
				Pavise:  "controls: {headers.csp: {…}}  # a policy makes it harmless; the app must still escape",
				Express: `res.render("search", { q: req.query.q });  // by a template that escapes: <%= q %> in EJS, #{q} in Pug; never <%- q %>`,
				Apache:  "# PHP: htmlspecialchars($q, ENT_QUOTES | ENT_HTML5, 'UTF-8')",
			}}},
	}
}

// Validate reports nothing: there is nothing to set.
func (XSS) Validate() error { return nil }

// The two canaries. The first breaks out of text, of an attribute and of a string; the
// second out of a script, too.
func bait(n int) string {
	end := ""
	if n == 2 {
		end = "</script>"
	}
	return fmt.Sprintf("pvsq%d'\"`%s><pvsq%d pvsx%d=1>", n, end, n, n)
}

// Probes tries every parameter, and once more each that lets something through.
func (XSS) Probes(e *pavise.Evidence) []pavise.Probe {
	if e.Target.Agreed == "" {
		return nil
	}
	var probes []pavise.Probe
	for _, p := range points(e) {
		first := p.with(bait(1))
		probes = append(probes, first)
		if a, why := heard(e, first); why == "" && reflected(a.Response, 1) >= promising {
			probes = append(probes, p.with(bait(2)))
		}
	}
	return probes
}

// Check looks what came back.
func (c XSS) Check(e *pavise.Evidence) []pavise.Finding {
	if e.Target.Agreed == "" {
		return c.Doc().All(pavise.Skipped, e.Target.URL, e.Target.Inactive())
	}
	return []pavise.Finding{sweep(e, xssID+".reflected", "what was sent, escaped", func(p point) verdict {
		first, why := heard(e, p.with(bait(1)))
		if why != "" {
			return verdict{why: why}
		}
		if reflected(first.Response, 1) < promising {
			return verdict{}
		}
		second, why := heard(e, p.with(bait(2)))
		if why != "" {
			return verdict{why: why}
		}
		how := reflected(second.Response, 2)
		if how <= promising {
			return verdict{}
		}
		proof := second.Shown()
		proof.Command += ` | grep -o '.\{0,40\}pvsq2.\{0,40\}'`
		proof.Received += "\n" + around(second.Response.Body, "pvsq2")
		return verdict{saw: "the canary comes back as " + how.String(), proof: proof}
	})}
}
