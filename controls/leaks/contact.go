package leaks

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"pavise"
)

// Contact looks whether a site says to whom a flaw is reported.
type Contact struct{}

const (
	ruleContactPresent = "leaks.contact.present"
	ruleContactValid   = "leaks.contact.valid"
)

// Doc describes the control.
func (Contact) Doc() pavise.Doc {
	fix := pavise.Fix{
		Nginx:   "location = /.well-known/security.txt {\n    default_type text/plain;\n    return 200 \"Contact: mailto:security@shop.example.com\\nExpires: 2027-06-30T00:00:00Z\\n\";\n}",
		Apache:  "Alias /.well-known/security.txt /var/www/security.txt\n# and in that file:\n# Contact: mailto:security@shop.example.com\n# Expires: 2027-06-30T00:00:00Z",
		Express: "app.get(\"/.well-known/security.txt\", (req, res) => res.type(\"text/plain\")\n  .send(\"Contact: mailto:security@shop.example.com\\nExpires: 2027-06-30T00:00:00Z\\n\"));"}
	return pavise.Doc{
		ID:       "leaks.contact",
		Title:    "security.txt",
		Why:      "Who finds a flaw and does not know whom to tell tells nobody, or everybody.",
		Verifies: "/.well-known/security.txt is served over https with at least one Contact and one Expires that lies ahead.",
		Rules: []pavise.Rule{
			{ID: ruleContactPresent, Title: "The site says to whom flaws are reported", Severity: pavise.Info, Owner: true,
				References: []string{"RFC 9116 3", "PCI DSS 4.0.1 6.3.1"}, Fix: fix},
			{ID: ruleContactValid, Title: "What it says is complete and in force", Severity: pavise.Info, Owner: true,
				References: []string{"RFC 9116 2.5.3", "RFC 9116 2.5.5"}, Fix: fix},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Contact) Validate() error { return nil }

func contactProbe(e *pavise.Evidence) pavise.Probe {
	return pavise.Ask(pavise.Request{URL: e.Target.URL + "/.well-known/security.txt", Keep: 32 << 10})
}

// Probes asks for the file.
func (Contact) Probes(e *pavise.Evidence) []pavise.Probe { return []pavise.Probe{contactProbe(e)} }

// Check reads the file.
func (c Contact) Check(e *pavise.Evidence) []pavise.Finding {
	probe := contactProbe(e)
	where := probe.Request.URL
	a, why := e.Heard(probe)
	if a != nil && (a.Response.Status == http.StatusTooManyRequests || a.Response.Status >= 500) {
		a, why = nil, fmt.Sprintf("it is answered %d", a.Response.Status)
	}
	if a == nil {
		return c.Doc().All(pavise.Unlooked, where, why)
	}
	fields := contactFields(a.Response)
	present := pavise.Finding{Rule: ruleContactPresent, Where: where, Outcome: pavise.Pass, Want: "Contact and Expires, as text", Saw: "it is there"}
	if fields == nil {
		present.Outcome, present.Proof = pavise.Fail, a.Proof()
		present.Saw = fmt.Sprintf("status %d and no such file", a.Response.Status)
		return []pavise.Finding{present, pavise.Skipped(ruleContactValid, where, "there is none")}
	}
	valid := pavise.Finding{Rule: ruleContactValid, Where: where, Outcome: pavise.Pass, Want: "Contact, one Expires that lies ahead, over https",
		Saw: "Contact: " + pavise.Clip(strings.Join(fields["contact"], ", "), 200)}
	if wrong := contactFaults(fields, a, e.Taken); wrong != "" {
		valid.Outcome, valid.Saw, valid.Proof = pavise.Fail, wrong, a.Proof()
	}
	return []pavise.Finding{present, valid}
}

// contactFields reads the lines of a security.txt; nil if it is none, as where a site
// answers 200 to every path with a page.
func contactFields(r *pavise.Response) map[string][]string {
	if r.Status != http.StatusOK || r.HTML() {
		return nil
	}
	fields := map[string][]string{}
	for line := range strings.Lines(string(r.Body)) {
		name, value, ok := strings.Cut(line, ":")
		if name = strings.ToLower(strings.TrimSpace(name)); ok && !strings.HasPrefix(name, "#") && !strings.ContainsAny(name, " <\x00") {
			fields[name] = append(fields[name], strings.TrimSpace(value))
		}
	}
	if fields["contact"] == nil && fields["expires"] == nil {
		return nil
	}
	return fields
}

// contactFaults says what is wrong with the fields (RFC 9116 2.5); "" is nothing.
func contactFaults(fields map[string][]string, a *pavise.Answer, now time.Time) string {
	var wrong []string
	if fields["contact"] == nil {
		wrong = append(wrong, "no Contact")
	}
	switch expires := fields["expires"]; {
	case len(expires) != 1:
		wrong = append(wrong, fmt.Sprintf("%d lines Expires, and one is wanted", len(expires)))
	default:
		at, err := time.Parse(time.RFC3339, expires[0])
		if err != nil {
			wrong = append(wrong, "Expires is no date of RFC 3339: "+pavise.Clip(expires[0], 60))
		} else if !at.After(now) {
			wrong = append(wrong, "it expired on "+at.Format(time.DateOnly))
		}
	}
	if !strings.HasPrefix(a.Probe.Request.URL, "https://") {
		wrong = append(wrong, "it came in the clear")
	}
	if media := pavise.MediaType(a.Response.Header); media != "text/plain" {
		wrong = append(wrong, "its Content-Type is "+pavise.Clip(media, 60)+", not text/plain") // RFC 9116 3
	}
	return strings.Join(wrong, "; ")
}
