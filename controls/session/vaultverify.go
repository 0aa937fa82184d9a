package session

import (
	"fmt"
	"slices"
	"strings"

	"pavise"
)

// Check looks at the values of the session cookies that the site sets.
func (Vault) Check(e *pavise.Evidence) []pavise.Finding {
	judge := func(rule, want string, fault func(value string) string) pavise.Finding {
		return e.Each(vaultID+rule, want, func(a pavise.Answer) (string, bool) {
			var good []string
			for _, line := range a.Response.Header["Set-Cookie"] {
				c := pavise.ParseSetCookie(line)
				if !pavise.SessionCookie(c.Name) || pavise.ScriptCookie(c.Name) || c.Value == "" || c.Deletes(e.Taken) ||
					strings.HasPrefix(c.Value, "~") { // what an account got is not in the evidence
					continue
				}
				if saw := fault(c.Value); saw != "" {
					return fmt.Sprintf("%.64q %s", c.Name, saw), true
				}
				if name := fmt.Sprintf("%.64q", c.Name); len(good) < 4 && !slices.Contains(good, name) {
					good = append(good, name)
				}
			}
			return strings.Join(good, ", "), false
		})
	}
	return []pavise.Finding{
		judge(".framework", "values that are random, or sealed", func(value string) string {
			if by := shapeOf(value); by != "" {
				return "has the shape of " + by
			}
			return ""
		}),
		judge(".readable", "values that nobody can read", func(value string) string {
			if what := readable(value); what != "" {
				return "holds " + what
			}
			return ""
		}),
	}
}
