package session

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"pavise"
)

// Idle asks whether a session that nobody uses ends.
type Idle struct {
	Most time.Duration `yaml:"most" doc:"how long a session may rest, at most 15m" default:"15m"`
}

const idleID = "session.idle"

// mostIdle is what PCI DSS 4.0.1 8.2.8 allows.
const mostIdle = 15 * time.Minute

// Doc describes the control.
func (Idle) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       idleID,
		Title:    "The end of idle sessions",
		Why:      "A session that never ends waits for the next person at the machine, and for whoever finds its id years later.",
		Verifies: "With --active, an account and --idle 16m: a session is left alone for so long, and then tried.",
		By:       vaultID,
		Rules: []pavise.Rule{{ID: idleID + ".ended", Title: "A session that rests for 15 minutes has ended", Severity: pavise.Low,
			CVSS:       "CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N",
			References: []string{"PCI DSS 4.0.1 8.2.8", "ASVS 5.0 7.3.1", "CWE-613"},
			Fix: pavise.Fix{
				Pavise:  pavise.OnByDefault,
				Express: `app.use(session({ rolling: true, cookie: { maxAge: 15 * 60 * 1000 } }));  // the store ends it, too`,
				Apache:  "# PHP: note the time in the session, and session_destroy() what is older than 900 s",
			}}},
	}
}

// Validate reports what is more than the standard allows.
func (c Idle) Validate() error {
	if c.Most < 0 || c.Most > mostIdle {
		return fmt.Errorf("%s: most must be 1s to 15m, not %s", idleID, c.Most)
	}
	return nil
}

// resting is a session that is left alone.
func resting(a pavise.Account, d time.Duration) pavise.Probe {
	last := step(a.Check)
	last.Wait = d
	return pavise.Probe{Journey: &pavise.Journey{Title: "a session that rests", As: a.Name,
		Steps: []pavise.Step{with(a, pavise.Nobody), login(a, ""), step(a.Check), last}}}
}

// Probes rests where the asker has the time.
func (Idle) Probes(e *pavise.Evidence) []pavise.Probe {
	a, why := can(e)
	if why != "" || e.Target.Idle <= 0 {
		return nil
	}
	return []pavise.Probe{resting(a, e.Target.Idle)}
}

// Check looks whether it has ended. A session that still lives before its time shows
// nothing.
func (c Idle) Check(e *pavise.Evidence) []pavise.Finding {
	a, why := can(e)
	most := cmp.Or(c.Most, mostIdle)
	switch {
	case why != "":
		return c.Doc().All(pavise.Skipped, e.Target.URL, why)
	case e.Target.Idle <= 0:
		return c.Doc().All(pavise.Skipped, a.Login, "only waiting shows it: --idle "+short(most+time.Minute))
	}
	const in, later = 2, 3
	w := walked(e, idleID+".ended", a, resting(a, e.Target.Idle))
	switch alive, why := w.shows(in, later); {
	case why == "" && alive && e.Target.Idle < most:
		return []pavise.Finding{w.unlooked(fmt.Sprintf("it lives after %s, and may until %s: --idle %s", short(e.Target.Idle), short(most), short(most+time.Minute)))}
	default:
		return []pavise.Finding{w.must(in, later, fmt.Sprintf("a session lives that has rested for %s", short(e.Target.Idle)),
			fmt.Sprintf("a session that has rested for %s has ended", short(e.Target.Idle)), "an end after "+short(most))}
	}
}

// short writes whole minutes and hours as one types them.
func short(d time.Duration) string {
	text := d.String()
	if d%time.Minute == 0 && d != 0 {
		text = strings.TrimSuffix(text, "0s")
	}
	if d%time.Hour == 0 && d != 0 {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
