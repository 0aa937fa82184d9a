package session

import "pavise"

// Rotation asks whether a second login ends what the first has begun.
type Rotation struct{}

const rotationID = "session.rotation"

// Doc describes the control.
func (Rotation) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       rotationID,
		Title:    "A new session at every login",
		Why:      "Who logs in again wants the session of now, and no other: an id that was stolen before goes on where the old one stays alive.",
		Verifies: "With --active and an account: one client logs in twice, and what it bore after the first login is tried after the second.",
		By:       vaultID,
		Rules: []pavise.Rule{{ID: rotationID + ".again", Title: "A second login of one client ends its first session", Severity: pavise.Low,
			CVSS:       "CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N",
			References: []string{"ASVS 5.0 7.2.4", "PCI DSS 4.0.1 6.2.4", "CWE-613"},
			Fix: pavise.Fix{
				Pavise:  pavise.OnByDefault,
				Express: `req.session.regenerate((err) => { if (err) return next(err); req.session.user = user.id; res.redirect(303, "/account"); });`,
				Apache:  "# PHP: session_regenerate_id(true) after every login, with true so that the old one ends",
			}}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Rotation) Validate() error { return nil }

// twice is a client that logs in a second time, in the session of the first.
func twice(a pavise.Account) pavise.Probe {
	return pavise.Probe{Journey: &pavise.Journey{Title: "two logins", As: a.Name, Steps: []pavise.Step{
		with(a, pavise.Nobody), login(a, "first"), step(a.Check), login(a, "second"), step(a.Check), with(a, "first")}}}
}

// Probes logs in twice.
func (Rotation) Probes(e *pavise.Evidence) []pavise.Probe {
	a, why := can(e)
	if why != "" {
		return nil
	}
	return []pavise.Probe{twice(a)}
}

// Check looks whether the first session is still there.
func (c Rotation) Check(e *pavise.Evidence) []pavise.Finding {
	a, why := can(e)
	if why != "" {
		return c.Doc().All(pavise.Skipped, e.Target.URL, why)
	}
	const first, second, old = 2, 4, 5
	w := walked(e, rotationID+".again", a, twice(a))
	if len(w.answer.Steps) == first+1 { // the second login was not to be had
		return []pavise.Finding{pavise.Skipped(w.rule, a.Login, "who is logged in finds no form to log in again: "+w.why)}
	}
	if still, why := w.shows(first, second); why == "" && !still {
		return []pavise.Finding{w.unlooked("the second login has not succeeded")}
	}
	return []pavise.Finding{w.must(first, old, "what the client bore after its first login opens the account after the second",
		"after the second login the first session is over", "the first session ended by the second login")}
}
