package session

import (
	"net/http"
	"strings"

	"pavise"
)

// Fixation asks whether a session can be known before it is anybody's.
type Fixation struct{}

const fixationID = "session.fixation"

// Doc describes the control.
func (Fixation) Doc() pavise.Doc {
	const vector = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:N"
	fix := pavise.Fix{
		Pavise: pavise.OnByDefault,
		Express: `req.session.regenerate((err) => { if (err) return next(err);  // after the password was right
  req.session.user = user.id; req.session.save(() => res.redirect(303, "/account")); });`,
		Apache: "# PHP: session.use_strict_mode = 1 in php.ini, and session_regenerate_id(true) after the login",
	}
	references := []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 7.2.4", "CWE-384"}
	return pavise.Doc{
		ID:       fixationID,
		Title:    "Session fixation",
		Why:      "Where the session of before the login goes on behind it, who has planted its id in somebody's browser is logged in with him.",
		Verifies: "With --active and an account: what the client bore before the login is tried behind it, and so is an id that was made up and brought to the login.",
		By:       vaultID,
		Rules: []pavise.Rule{
			{ID: fixationID + ".kept", Title: "What was borne before the login opens nothing behind it", Severity: pavise.Medium, CVSS: vector, References: references, Fix: fix},
			{ID: fixationID + ".foreign", Title: "No id that came from outside becomes a session", Severity: pavise.Medium, CVSS: vector, References: references, Fix: fix},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Fixation) Validate() error { return nil }

// madeUp is an id that no site has given: of a form that most would take.
const madeUp = "pavise0fixation0pavise0fixation0"

// planted is a visit that begins with ids made up, under the names that the site uses.
func planted(e *pavise.Evidence, a pavise.Account) (p pavise.Probe, found bool) {
	seen := e.Answer(visit(a))
	if seen == nil || len(seen.Steps) <= atLogin {
		return p, false
	}
	var pairs []string
	for _, name := range sessionCookies(seen.Steps[:atLogin+1]) {
		pairs = append(pairs, name+"="+madeUp)
	}
	if len(pairs) == 0 {
		return p, false
	}
	line := strings.Join(pairs, "; ")
	last := with(a, pavise.Nobody)
	last.Header = http.Header{"Cookie": {line}}
	return pavise.Probe{Journey: &pavise.Journey{Title: "a made up id", As: a.Name, Cookies: line,
		Steps: []pavise.Step{with(a, pavise.Nobody), step(a.Login), login(a, "in"), step(a.Check), last}}}, true
}

// Probes makes the visit, and then one with an id made up.
func (Fixation) Probes(e *pavise.Evidence) []pavise.Probe {
	a, why := can(e)
	if why != "" {
		return nil
	}
	probes := []pavise.Probe{visit(a)}
	if p, found := planted(e, a); found {
		probes = append(probes, p)
	}
	return probes
}

// Check looks what the old and the made up id open.
func (c Fixation) Check(e *pavise.Evidence) []pavise.Finding {
	a, why := can(e)
	if why != "" {
		return c.Doc().All(pavise.Skipped, e.Target.URL, why)
	}
	const want = "a new id at the login"
	kept := walked(e, fixationID+".kept", a, visit(a))
	found := []pavise.Finding{kept.must(atCheck, atBefore,
		"what was borne before the login opens the account behind it", "what was borne before the login opens nothing behind it", want)}
	p, asked := planted(e, a)
	if _, why := kept.shows(atCheck, atCheck); why != "" {
		return append(found, pavise.Unlooked(fixationID+".foreign", a.Login, why))
	}
	if !asked {
		return append(found, pavise.Skipped(fixationID+".foreign", a.Login, "no session cookie was set"))
	}
	return append(found, walked(e, fixationID+".foreign", a, p).must(atCheck, atBefore,
		"an id made up outside opens the account behind the login", "an id made up outside opens nothing", want))
}
