package session

import (
	"fmt"
	"time"

	"pavise"
)

// Life asks how long a browser keeps the session.
type Life struct{}

const lifeID = "session.life"

// mostLife is how long one login may last where nothing much is at stake (NIST SP
// 800-63B-4 2.1.3).
const mostLife = 30 * 24 * time.Hour

// Doc describes the control.
func (Life) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       lifeID,
		Title:    "The life of the session cookie",
		Why:      "A session cookie that stays in the browser for months is there for the next owner of the machine, and for whoever copies its profile.",
		Verifies: "With --active and an account: the cookies that the login sets live 30 days at most, or until the browser is closed.",
		By:       vaultID,
		Rules: []pavise.Rule{{ID: lifeID + ".bounded", Title: "The session cookie lives 30 days at most", Severity: pavise.Low,
			CVSS:       "CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N",
			References: []string{"ASVS 5.0 7.3.2", "NIST SP 800-63B-4 2.1.3", "CWE-613"},
			Fix: pavise.Fix{
				Pavise:  pavise.OnByDefault,
				Express: `app.use(session({ cookie: { maxAge: 12 * 60 * 60 * 1000 } }));`,
				Apache:  "# PHP: session.cookie_lifetime = 0 in php.ini",
			}}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Life) Validate() error { return nil }

// Probes makes the visit.
func (Life) Probes(e *pavise.Evidence) []pavise.Probe { return Logout{}.Probes(e) }

// Check looks at what the login sets.
func (c Life) Check(e *pavise.Evidence) []pavise.Finding {
	a, why := can(e)
	if why != "" {
		return c.Doc().All(pavise.Skipped, e.Target.URL, why)
	}
	w := walked(e, lifeID+".bounded", a, visit(a))
	if _, why := w.shows(atCheck, atCheck); why != "" {
		return []pavise.Finding{w.unlooked(why)}
	}
	const want = "a session cookie of 30 days at most"
	names := sessionCookies(w.answer.Steps[:atCheck+1])
	if len(names) == 0 {
		return []pavise.Finding{pavise.Skipped(w.rule, a.Login, "no session cookie was set")}
	}
	saw := "lives until the browser is closed"
	for _, s := range w.answer.Steps[:atCheck+1] {
		for _, cookie := range set(&s) {
			for _, name := range names {
				d := life(cookie, e.Taken)
				switch {
				case cookie.Name != name || d == 0:
				case d > mostLife+time.Hour:
					return []pavise.Finding{w.finding(pavise.Fail, fmt.Sprintf("%.64q lives for %d days", name, int(d.Hours()/24)), want)}
				default:
					saw = "lives for " + d.Round(time.Second).String()
				}
			}
		}
	}
	return []pavise.Finding{w.finding(pavise.Pass, fmt.Sprintf("%.64q %s", names[0], saw), want)}
}
