package headers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pavise"
)

const upgrade = "upgrade-insecure-requests"

// A cspPart is one directive of ours, and the directives of the app beside which
// it has no place.
type cspPart struct {
	text      string
	governors []string
}

// cspParts takes a policy apart, without what is dropped.
func cspParts(policy string, dropped ...string) []cspPart {
	var list []cspPart
	for _, d := range parsePolicy(policy) {
		if slices.Contains(dropped, d.name) {
			continue
		}
		part := cspPart{strings.Join(append([]string{d.name}, d.values...), " "), governors(d.name)}
		for name, kind := range cspKinds { // ours would govern these, too
			if slices.Contains(kind.falls, d.name) {
				part.governors = append(part.governors, name)
			}
		}
		list = append(list, part)
	}
	return list
}

// rest joins the parts of which the lines do not speak.
func rest(parts []cspPart, lines []string) string {
	var b strings.Builder
	for _, part := range parts {
		if slices.ContainsFunc(part.governors, func(name string) bool { return speaksOf(lines, name) }) {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(part.text)
	}
	return b.String()
}

// whole returns the policy that is set, completed by base.
func (c CSP) whole() []cspPart {
	policy, _ := c.text()
	return append(cspParts(policy, "report-uri", "report-to"),
		cspParts(rest(cspParts(basePolicy), []string{policy}))...)
}

// reporting is the end of a policy: where the reports of browsers go.
func (c CSP) reporting() string {
	if c.ReportTo != "" {
		return "; report-uri " + c.ReportTo + "; report-to " + endpointName
	}
	end := ""
	policy, _ := c.text()
	for _, d := range parsePolicy(policy) {
		if d.name == "report-uri" || d.name == "report-to" {
			end += "; " + d.name + " " + strings.Join(d.values, " ")
		}
	}
	return end
}

// enforced answers to the app's policies with what goes out.
func (c CSP) enforced(dropped ...string) reply {
	parts, end := c.whole(), c.reporting()
	if c.Mode == "report-only" {
		parts = cspParts(basePolicy)
	}
	parts = slices.DeleteFunc(parts, func(p cspPart) bool { return slices.Contains(dropped, p.text) })
	return newMemo(func(lines []string) []string {
		ours := rest(parts, lines)
		if ours == "" {
			return nil
		}
		return beside(lines, ours+end)
	})
}

// reported answers with the policy that only reports; nil where none does. What
// such a policy cannot do browsers complain about (CSP Level 3 6.3.2).
func (c CSP) reported() reply {
	if c.Mode != "report-only" {
		return nil
	}
	parts := slices.DeleteFunc(c.whole(), func(p cspPart) bool {
		return p.text == upgrade || slices.Contains(p.governors, "sandbox")
	})
	policy := rest(parts, nil) + c.reporting()
	return newMemo(func(lines []string) []string { return beside(lines, policy) })
}

// endpoints answers with the name of the address for reports; nil where none is
// set.
func (c CSP) endpoints() reply {
	if c.ReportTo == "" {
		return nil
	}
	ours := []member{{endpointName, `"` + c.ReportTo + `"`}}
	return newMemo(func(lines []string) []string {
		both := strings.Join(lines, ", ")
		theirs, ok := dictionary(both)
		if !ok {
			return nil // a browser would drop ours with it
		}
		return []string{complete(both, theirs, ours)}
	})
}

// reportAddress reports whether an address can stand in both a policy and a
// quoted string.
func reportAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && u.Fragment == "" && ascii(s) && !strings.ContainsAny(s, ` ;,"'\`+"\t\r\n\f")
}

// shownAsObject reports whether a response may be PDF: Chromium shows it in an
// object of its own, which object-src 'none' forbids (Chromium issue 271452). A 304
// gives its headers to what was stored, which may be one.
func shownAsObject(x *pavise.Exchange) bool {
	if x.Status == http.StatusNotModified {
		return true
	}
	const pdf = "application/pdf"
	kind := x.Header["Content-Type"]
	if len(kind) == 0 {
		return false
	}
	said := strings.TrimSpace(kind[0])
	return len(said) >= len(pdf) && strings.EqualFold(said[:len(pdf)], pdf)
}
