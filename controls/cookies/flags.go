package cookies

import (
	"errors"
	"fmt"
	"slices"

	"pavise"
)

// Flags gives every cookie that is set over TLS the attributes it lacks.
type Flags struct {
	Script    []string `yaml:"script" doc:"cookies that the site's own scripts read, by the app's names: they are not made HttpOnly" default:"always among them are XSRF-TOKEN, csrftoken, csrf_token, _csrf_token, _xsrf and form_key"`
	CrossSite []string `yaml:"cross-site" doc:"cookies that must come along when another site posts a form here, as an OIDC login with form_post does, by the app's names: without a SameSite of their own they get None" default:"none"`
	Callbacks []string `yaml:"callbacks" doc:"paths on which a cookie set without SameSite stays without: those that set the cookie, not only those it must come back to; browsers then send it with another site's form for about two minutes, or not at all, so cross-site is the surer way" default:"none"`
}

// Doc describes the control.
func (Flags) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "cookies.flags",
		Title:    "Cookie attributes",
		Why:      "A cookie without Secure travels in clear, one without HttpOnly can be read by an injected script, and one without SameSite goes along with the requests of other sites.",
		Enforces: "Adds Secure, HttpOnly (unless scripts must read the cookie) and SameSite=Lax to what is set over TLS without. What the app says itself stays. A cookie that is too big for browsers is left as it is and noted.",
		Verifies: "Every Set-Cookie that the site answers with is read as a browser reads it; deletions do not count.",
		Rules: []pavise.Rule{{
			ID: "cookies.flags.secure", Title: "Every cookie is Secure", Severity: pavise.Medium,
			CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N",
			References: []string{"ASVS 5.0 3.3.1", "PCI DSS 4.0.1 6.2.4", "CWE-614", "RFC 6265bis 4.1.2.5"},
			Fix: pavise.Fix{
				Pavise:  pavise.OnByDefault,
				Nginx:   "proxy_cookie_flags ~ secure;",
				Apache:  `Header edit Set-Cookie "(?i)^((?:(?!;\s*secure\b).)*)$" "$1; Secure"`,
				Express: `app.set("trust proxy", "loopback"); app.use(session({ cookie: { secure: true } })); res.cookie(name, value, { secure: true });`,
			},
		}, {
			ID: "cookies.flags.http-only", Title: "Session cookies are HttpOnly", Severity: pavise.Medium,
			CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N",
			References: []string{"ASVS 5.0 3.3.4", "PCI DSS 4.0.1 6.2.4", "CWE-1004", "RFC 6265bis 4.1.2.6"},
			Fix: pavise.Fix{
				Pavise:  pavise.OnByDefault,
				Nginx:   "proxy_cookie_flags connect.sid httponly;  # with the name of your session cookie",
				Apache:  "# with the name of your session cookie\n" + `Header edit Set-Cookie "(?i)^(connect\.sid=(?:(?!;\s*httponly\b).)*)$" "$1; HttpOnly"`,
				Express: `app.use(session({ cookie: { httpOnly: true } }));`,
			},
		}, {
			ID: "cookies.flags.same-site", Title: "Every cookie says which sites it goes along with", Severity: pavise.Low,
			References: []string{"ASVS 5.0 3.3.2", "CWE-1275", "RFC 6265bis 4.1.2.7"},
			Fix: pavise.Fix{
				Pavise:  pavise.OnByDefault,
				Nginx:   "proxy_cookie_flags ~ samesite=lax;  # also takes the place of an explicit None or Strict",
				Apache:  `Header edit Set-Cookie "(?i)^((?:(?!;\s*samesite=).)*)$" "$1; SameSite=Lax"`,
				Express: `app.use(session({ cookie: { sameSite: "lax" } })); res.cookie(name, value, { sameSite: "lax" });`,
			},
		}, {
			ID: "cookies.flags.domain", Title: "No session cookie is shared with sibling hosts", Severity: pavise.Low, Owner: true,
			CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
			References: []string{"CWE-668", "RFC 6265bis 4.1.2.3"},
			Fix:        pavise.Fix{Express: `app.use(session({ cookie: { path: "/" } }));  // no domain`},
		}, {
			ID: "cookies.flags.size", Title: "No cookie is too big for browsers", Severity: pavise.Low, Owner: true,
			References: []string{"ASVS 5.0 3.3.5", "RFC 6265bis 5.6"},
			Fix:        pavise.Fix{Express: `app.use(session({ store }));  // keeps the data here, and only an id in the cookie`},
		}},
	}
}

// Validate reports names that no cookie can have and paths that are no patterns.
func (f Flags) Validate() error {
	_, err := f.exempt()
	return errors.Join(err, namesOf("script", f.Script), namesOf("cross-site", f.CrossSite))
}

func namesOf(key string, names []string) error {
	var errs []error
	for _, name := range names {
		if !possible(name) {
			errs = append(errs, fmt.Errorf("cookies.flags: %s: %q is no name of a cookie", key, name))
		}
	}
	return errors.Join(errs...)
}

func (f Flags) exempt() ([]pavise.Pattern, error) {
	var errs []error
	patterns := make([]pavise.Pattern, len(f.Callbacks))
	for i, path := range f.Callbacks {
		var err error
		if patterns[i], err = pavise.ParsePattern(path); err != nil {
			errs = append(errs, fmt.Errorf("cookies.flags: callbacks: %w", err))
		}
	}
	return patterns, errors.Join(errs...)
}

// Enforce amends every Set-Cookie that leaves over TLS.
func (f Flags) Enforce(env pavise.Env) (pavise.Hooks, error) {
	exempt, err := f.exempt()
	hidden := new(known[struct{}])
	return pavise.Hooks{Amend: func(x *pavise.Exchange) {
		lines := x.Header["Set-Cookie"]
		if !x.Secure || len(lines) == 0 {
			return
		}
		onCallback := slices.ContainsFunc(exempt, func(p pavise.Pattern) bool {
			return p.Match(x.Request)
		})
		amended, tooBig := x.Lines(lines...), ""
		for i, line := range lines {
			c := pavise.ParseSetCookie(line)
			if !kept(c) {
				tooBig = c.Name
				continue
			}
			amended[i] = f.complete(line, c, onCallback)
			if f.hides(c) && hidden.first(c.Name, maxHidden) {
				env.Note(x, "cookies.flags", show(c.Name)+" is made HttpOnly: if scripts read it, cookies.flags: {script: ["+show(c.Name)+"]}")
			}
		}
		x.Header["Set-Cookie"] = amended
		if tooBig != "" {
			env.Note(x, "cookies.flags", show(tooBig)+" is left as it is: browsers ignore a cookie of more than 4096 bytes")
		}
	}}, err
}

// complete appends the attributes that a line lacks. Appending is enough also where
// one is there but not understood, because the last one counts.
func (f Flags) complete(line string, c setCookie, onCallback bool) string {
	secure, httpOnly, sameSite := "; Secure", "; HttpOnly", "; SameSite=Lax"
	if c.Secure {
		secure = ""
	}
	if c.HttpOnly || f.readByScripts(c.Name) {
		httpOnly = ""
	}
	switch {
	case c.SameSite != "":
		sameSite = ""
	case slices.Contains(f.CrossSite, c.Name):
		sameSite = "; SameSite=None"
	case onCallback:
		sameSite = ""
	}
	return line + secure + httpOnly + sameSite
}

// maxHidden is of how many cookies it is told that they are made HttpOnly.
const maxHidden = 100

// hides reports whether scripts may miss a cookie that we make HttpOnly.
func (f Flags) hides(c setCookie) bool {
	return !c.HttpOnly && !f.readByScripts(c.Name) && !session(c)
}

func (f Flags) readByScripts(name string) bool {
	return pavise.ScriptCookie(name) || slices.Contains(f.Script, name)
}

// Check judges the cookies that the site sets.
func (f Flags) Check(e *pavise.Evidence) []pavise.Finding {
	hidden := func(c setCookie) bool { return session(c) && !f.readByScripts(c.Name) }
	return []pavise.Finding{
		each(e, "cookies.flags.secure", "Secure on every cookie", kept,
			func(c setCookie) string { return unless(c.Secure, "without Secure") }),
		each(e, "cookies.flags.http-only", "HttpOnly on every session cookie", hidden,
			func(c setCookie) string { return unless(c.HttpOnly, "without HttpOnly") }),
		each(e, "cookies.flags.same-site", "SameSite=Strict, Lax, or None with Secure, on every cookie", kept, sameSiteFault),
		each(e, "cookies.flags.domain", "session cookies without Domain", session,
			func(c setCookie) string { return unless(c.Domain == "", "for all of "+show(c.Domain)) }),
		each(e, "cookies.flags.size", "at most 4096 bytes of name and value", every,
			func(c setCookie) string {
				return unless(kept(c), fmt.Sprintf("of %d bytes", c.Size()))
			}),
	}
}

func sameSiteFault(c setCookie) string {
	if c.SameSite == "None" {
		return unless(c.Secure, "with SameSite=None but without Secure")
	}
	return unless(c.SameSite != "", "without SameSite")
}
