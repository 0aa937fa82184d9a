package session

import (
	"fmt"

	"pavise"
)

// Logout asks whether a logout ends anything.
type Logout struct{}

const logoutID = "session.logout"

// Doc describes the control.
func (Logout) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       logoutID,
		Title:    "A logout that ends the session",
		Why:      "A logout that only takes the cookie out of the browser leaves the session open for whoever has read its id before.",
		Verifies: "With --active and an account with a logout: what the client bore before the logout is tried behind it.",
		By:       vaultID,
		Rules: []pavise.Rule{{ID: logoutID + ".ended", Title: "After the logout the session opens nothing", Severity: pavise.Medium,
			CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N",
			References: []string{"ASVS 5.0 7.4.1", "PCI DSS 4.0.1 6.2.4", "CWE-613"},
			Fix: pavise.Fix{
				Pavise:  pavise.OnByDefault,
				Express: `app.post("/logout", (req, res, next) => req.session.destroy((err) => err ? next(err) : res.clearCookie("connect.sid").redirect(303, "/")));`,
				Apache:  "# PHP: $_SESSION = []; session_destroy();",
			}}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Logout) Validate() error { return nil }

// Probes makes the visit.
func (Logout) Probes(e *pavise.Evidence) []pavise.Probe {
	a, why := can(e)
	if why != "" {
		return nil
	}
	return []pavise.Probe{visit(a)}
}

// Check looks what the session opens behind its end.
func (c Logout) Check(e *pavise.Evidence) []pavise.Finding {
	a, why := can(e)
	switch {
	case why != "":
		return c.Doc().All(pavise.Skipped, e.Target.URL, why)
	case a.Logout == nil:
		return c.Doc().All(pavise.Skipped, a.Login, "the account names no logout: logout: POST /logout")
	}
	w := walked(e, logoutID+".ended", a, visit(a))
	if steps := w.answer.Steps; len(steps) > atLogout && steps[atLogout].Status >= 400 {
		return []pavise.Finding{w.unlooked(fmt.Sprintf("the logout is answered %d", steps[atLogout].Status))}
	}
	return []pavise.Finding{w.must(atCheck, atOut, "what the client bore before the logout still opens the account",
		"after the logout its session opens nothing", "the session ended at the server")}
}
