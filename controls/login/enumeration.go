package login

import (
	"fmt"
	"strings"

	"pavise"
)

// Enumeration asks whether a failed login tells which accounts there are.
type Enumeration struct{}

const enumerationID = "login.enumeration"

// Doc describes the control.
func (Enumeration) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       enumerationID,
		Title:    "Accounts that a login tells of",
		Why:      "Where a login says whether the account or the password was wrong, a stranger finds out first who has an account, and then guesses for those alone.",
		Verifies: "With --active and an account: a wrong password for it, and for an account that does not exist, each twice. Status, redirect and text must be the same, but for the name.",
		Rules: []pavise.Rule{{ID: enumerationID + ".answer", Title: "An unknown account and a wrong password are answered alike", Severity: pavise.Medium,
			CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N", Owner: true,
			References: []string{"ASVS 5.0 6.3.8", "PCI DSS 4.0.1 6.2.4", "CWE-204", "CWE-203"},
			Fix: pavise.Fix{
				Express: `const user = await find(name);
const ok = await bcrypt.compare(password, user?.hash ?? DUMMY_HASH);  // as long for everybody
if (!user || !ok) return res.status(401).send("Wrong name or password.");`,
			}}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Enumeration) Validate() error { return nil }

// stranger is an account that does not exist, of the form of one that does.
func stranger(e *pavise.Evidence, a pavise.Account) string {
	name := fmt.Sprintf("pavise-stranger-%d", e.Taken.Unix())
	if _, host, mail := strings.Cut(a.User, "@"); mail {
		name += "@" + host
	}
	return name
}

// failing is a login that fails, and the page that a browser then shows.
func failing(a pavise.Account, title, account string) pavise.Probe {
	page := pavise.Request{URL: a.Login}
	return pavise.Probe{Journey: &pavise.Journey{Title: title, As: a.Name, Steps: []pavise.Step{
		{Request: page, Login: &pavise.Login{Account: account, Password: "not-the-password"}}, {Request: page}}}}
}

// failures are those of the account, and those of the stranger.
func failures(e *pavise.Evidence) (known, unknown [2]pavise.Probe, a pavise.Account, why string) {
	accounts := e.LoginAccounts()
	switch {
	case e.Target.Agreed == "":
		return known, unknown, a, e.Target.Inactive()
	case len(accounts) == 0:
		return known, unknown, a, e.Target.NoAccount()
	}
	a = accounts[0]
	for i, time := range []string{"", ", again"} {
		known[i] = failing(a, "a wrong password"+time, "")
		unknown[i] = failing(a, "an unknown account"+time, stranger(e, a))
	}
	return known, unknown, a, ""
}

// Probes fails four times.
func (Enumeration) Probes(e *pavise.Evidence) []pavise.Probe {
	known, unknown, _, why := failures(e)
	if why != "" {
		return nil
	}
	return append(known[:], unknown[:]...)
}

// Check compares what both were told.
func (c Enumeration) Check(e *pavise.Evidence) []pavise.Finding {
	known, unknown, a, why := failures(e)
	if why != "" {
		return c.Doc().All(pavise.Skipped, e.Target.URL, why)
	}
	const rule = enumerationID + ".answer"
	var told [4]telling
	for i, p := range append(known[:], unknown[:]...) {
		answer, why := e.Heard(p)
		if why == "" {
			why = refused(answer.Steps[0].Status)
		}
		if why != "" {
			return []pavise.Finding{pavise.Unlooked(rule, a.Login, why)}
		}
		told[i] = newTelling(answer.Steps, a.User, stranger(e, a))
	}
	f := pavise.Finding{Rule: rule, Where: a.Login, Want: "one answer to both", Proof: e.Answer(unknown[0]).Shown()}
	f.Proof.Command = e.Answer(known[0]).Shown().Command + "; " + f.Proof.Command
	f.Proof.Received = "wrong password: " + e.Answer(known[0]).Proof().Received + "unknown account: " + f.Proof.Received
	saw, sure := differ(told)
	switch {
	case saw != "":
		f.Outcome, f.Saw = pavise.Fail, saw
	case !sure:
		return []pavise.Finding{pavise.Unlooked(rule, a.Login, "the same login is not answered alike twice")}
	default:
		f.Outcome, f.Saw = pavise.Pass, fmt.Sprintf("both are answered %s, with one text", told[0].status)
	}
	return []pavise.Finding{f}
}

// refused says why a failed login shows nothing; "" if it does.
func refused(status int) string {
	if status == 429 || status == 403 || status == 404 || status == 405 || status >= 500 {
		return fmt.Sprintf("the login is answered %d", status)
	}
	return ""
}
