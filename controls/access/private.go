package access

import (
	"fmt"

	"pavise"
)

// Private asks whether the pages of an account are shown to nobody.
type Private struct{}

const privateID = "access.private"

// Doc describes the control.
func (Private) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       privateID,
		Title:    "Pages of an account",
		Why:      "A page that only hides the link to it is shown to whoever knows or guesses its address.",
		Verifies: "With --active and an account: its check page and the paths that it calls its own are asked for without a session.",
		Rules: []pavise.Rule{{ID: privateID + ".pages", Title: "Nobody is shown the pages of an account without its session", Severity: pavise.High,
			CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", Owner: true,
			References: []string{"ASVS 5.0 8.2.1", "PCI DSS 4.0.1 6.2.4", "PCI DSS 4.0.1 7.2.1", "CWE-306", "CWE-862"},
			Fix: pavise.Fix{
				Express: `app.use("/account", (req, res, next) => req.session.user ? next() : res.redirect(303, "/login"));  // before the routes`,
				Nginx:   "location /account { auth_request /session; }  # where the app can say whether a session is good",
				Apache:  "<Location \"/account\">\n  AuthType Basic\n  AuthName account\n  AuthUserFile /etc/apache2/users\n  Require valid-user\n</Location>",
			}}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Private) Validate() error { return nil }

// private are the pages that the asker calls an account's own.
func private(a pavise.Account) []string {
	all := unique(append([]string{a.Check}, a.Paths...))
	return all[:min(len(all), maxObjects)]
}

// Probes asks for them as the account and as nobody.
func (Private) Probes(e *pavise.Evidence) []pavise.Probe {
	if inactive(e, 1) != "" {
		return nil
	}
	probes := []pavise.Probe{missing(e)}
	for _, a := range e.Accounts {
		for _, page := range private(a) {
			probes = append(probes, as(a.Name, page), as("", page))
		}
	}
	return probes
}

// Check lists what answers nobody.
func (c Private) Check(e *pavise.Evidence) []pavise.Finding {
	const rule, want = privateID + ".pages", "401, 403, or the login"
	if why := inactive(e, 1); why != "" {
		return c.Doc().All(pavise.Skipped, e.Target.URL, why)
	}
	var found []pavise.Finding
	unknown, looked := "", 0
	for _, a := range e.Accounts {
		for _, page := range private(a) {
			own, why := own(e, a, page)
			is := false
			if why == "" {
				is, why = public(e, own, page)
			}
			switch {
			case why != "":
				unknown = page + ": " + why
			case is:
				answer, _ := e.Heard(as("", page))
				found = append(found, pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: page, Want: want, Proof: answer.Shown(),
					Saw: "without a session it is shown as to " + a.Name})
			default:
				looked++
			}
		}
	}
	switch {
	case len(found) > 0:
		return []pavise.Finding{pavise.Gather(found, len(found)+looked)}
	case unknown != "":
		return []pavise.Finding{pavise.Unlooked(rule, e.Target.URL, unknown)}
	}
	return []pavise.Finding{{Rule: rule, Outcome: pavise.Pass, Where: e.Target.URL, Want: want,
		Saw: fmt.Sprintf("none of %d pages is shown without a session", looked)}}
}

// own is what an account is shown at its own page, or why it is not.
func own(e *pavise.Evidence, a pavise.Account, page string) (*pavise.Response, string) {
	answer, why := e.Heard(as(a.Name, page))
	if why != "" {
		return nil, "as " + a.Name + ": " + why
	}
	if answer.Response.Status != 200 {
		return nil, fmt.Sprintf("as %s it is answered %d", a.Name, answer.Response.Status)
	}
	return answer.Response, ""
}
