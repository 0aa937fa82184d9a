package cookies

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pavise"
)

// Rename gives session cookies a public name with a prefix that browsers guard,
// and the app's own name back on the way in. A name without prefix can be set by
// a sibling host or over plain http; so a cookie that comes in under the app's
// own name is dropped. Of one name with both prefixes __Host- wins, so an app that
// uses one name for / and for a path below needs an exception.
type Rename struct {
	Names                  map[string]string `yaml:",inline" doc:"the public name, without prefix, for a cookie by the app's name" default:"every framework's default session name becomes sess- and letters that do not show it"`
	InsecureAcceptRawUntil time.Time         `yaml:"insecure-accept-raw-until" doc:"date until which cookies under the app's own names are let in as well, so that people stay logged in while the names change" default:"never"`
}

// Doc describes the control.
func (Rename) Doc() pavise.Doc {
	express := `app.set("trust proxy", "loopback"); app.use(session({ name: "__Host-sid", cookie: { path: "/", secure: true } }));`
	return pavise.Doc{
		ID:       "cookies.rename",
		Title:    "Session cookie names",
		Why:      "A framework's default name tells what runs behind. And a sibling host, or anybody on the way over plain http, can plant a cookie of any name but one with a __Host- prefix.",
		Enforces: "Over TLS, session cookies leave as __Host-…, or as __Secure-… where they have a Domain or another Path than /, and come back under the app's name. What comes in under the app's own name, or a name that may be taken for it, is dropped.",
		Verifies: "The names of the cookies that the site sets; deletions do not count.",
		Rules: []pavise.Rule{{
			ID: "cookies.rename.default-name", Title: "No cookie has a framework's default name", Severity: pavise.Low,
			References: []string{"ASVS 5.0 13.4.6", "CWE-200"},
			Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: express},
		}, {
			ID: "cookies.rename.prefix", Title: "Session cookies have a guarded prefix", Severity: pavise.Low,
			References: []string{"ASVS 5.0 3.3.3", "CWE-565", "CWE-384", "RFC 6265bis 4.1.3"},
			Fix: pavise.Fix{
				Pavise:  "controls: {cookies.rename: {connect.sid: sid}}  # with the app's name of the cookie",
				Express: express,
			},
		}},
	}
}

// Validate reports every name that cannot be used.
func (c Rename) Validate() error {
	var errs []error
	taken := map[string]string{}
	for _, app := range slices.Sorted(maps.Keys(c.Names)) {
		public := c.Names[app]
		if fault := nameFault(app, public); fault != "" {
			errs = append(errs, fmt.Errorf("cookies.rename: %s", fault))
		}
		if other, twice := taken[public]; twice {
			errs = append(errs, fmt.Errorf("cookies.rename: %s and %s cannot both be called %q", other, app, public))
		}
		taken[public] = app
	}
	return errors.Join(errs...)
}

func nameFault(app, public string) string {
	switch {
	case strings.HasPrefix(app, "insecure-"):
		return fmt.Sprintf("unknown setting %q; there is insecure-accept-raw-until", app)
	case !possible(app):
		return fmt.Sprintf("%q is no name of a cookie", app)
	case guarded(app):
		return fmt.Sprintf("%s has a guarded prefix already and needs no other name", app)
	case guarded(public):
		return fmt.Sprintf("%s: write %q without the prefix, it is added", app, public)
	case !token(public):
		return fmt.Sprintf("%s: %q cannot be the name of a cookie", app, public)
	case hostPrefix+public == pavise.DeviceCookie || hostPrefix+public == pavise.VaultCookie:
		return fmt.Sprintf("%s: %s is a cookie of Pavise's own: choose another name", app, hostPrefix+public)
	case appName(public) != "":
		return fmt.Sprintf("%s: %q is the name that is made up for %s", app, public, appName(public))
	}
	return ""
}

// Enforce renames inwards before the app looks, and outwards at the end.
func (c Rename) Enforce(env pavise.Env) (pavise.Hooks, error) {
	r := &renamer{env: env, left: pavise.Kept(env, "cookies.rename", func() *leftNames { return new(leftNames) }), until: c.InsecureAcceptRawUntil, public: c.Names,
		app: make(map[string]string, len(c.Names)), raw: make(map[string]bool, len(c.Names))}
	for app, public := range c.Names {
		r.app[public], r.raw[strings.ToLower(app)] = app, true
	}
	return pavise.Hooks{Rewrite: r.inward, Amend: r.outward}, nil
}

// Check judges the names of the cookies that the site sets.
func (Rename) Check(e *pavise.Evidence) []pavise.Finding {
	return []pavise.Finding{
		each(e, "cookies.rename.default-name", "names that tell nothing", every, func(c setCookie) string {
			framework := pavise.DefaultSessionName(c.Name)
			return unless(framework == "", "is the default name of "+framework)
		}),
		each(e, "cookies.rename.prefix", "session cookies named __Host-… or, with a Domain or Path, __Secure-…", session,
			func(c setCookie) string {
				prefix, _ := cutPrefix(c.Name)
				return unless(prefix != "", "without prefix")
			}),
	}
}
