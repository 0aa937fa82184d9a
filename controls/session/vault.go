package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"pavise"
)

// A Vault keeps the app's session cookies here, and gives the browser a handle that
// tells nothing and opens nothing but this vault. So a session has an end when it
// rests, an end however busy it is, and one at the logout, and its handle is a new one
// behind every login, whatever the app does about it.
//
// It stands inwards of cookies.Rename, which has given guarded names back to the app's.
type Vault struct {
	Mode      string        `yaml:"mode" doc:"where the app's session cookies are: in the store (vault), encrypted in the browser (sealed), or there as they are (rename)" default:"vault" enum:"vault,sealed,rename"`
	Names     []string      `yaml:"names" doc:"more cookies to keep here, by the app's names: also those with a Domain, but then for this host alone" default:"framework default names, and HttpOnly cookies whose names say session, login, auth or token"`
	Exempt    []string      `yaml:"exempt" doc:"cookies that the browser keeps itself, by the app's names" default:"those that scripts read, and those with a Domain"`
	Handle    string        `yaml:"handle" doc:"name of the handle, without the prefix __Host-" default:"visit"`
	CrossSite bool          `yaml:"cross-site" doc:"the handle must come along when another site posts a form here, as an OIDC login with form_post does: where the app's cookie has no SameSite of its own it gets None" default:"false"`
	Logins    []string      `yaml:"logins" doc:"path patterns besides the usual ones whose answers below 400 log somebody in" default:"every POST to a path that ends in login, signin, session or the like, and what login.guard takes for a login"`
	Logouts   []string      `yaml:"logouts" doc:"path patterns besides the usual ones whose answers below 400 end the session" default:"every POST to a path that ends in logout, signout or logoff; and wherever the app deletes its cookie"`
	Idle      time.Duration `yaml:"idle" doc:"how long a session may rest once somebody has logged in; at most 15m" default:"15m"`
	Visitors  time.Duration `yaml:"visitors" doc:"how long the session of somebody may rest who has not logged in, such as a cart; at most 720h" default:"24h"`
	Absolute  time.Duration `yaml:"absolute" doc:"how long one login may last, however busy; at most 24h" default:"24h"`

	InsecureIdle       time.Duration `yaml:"insecure-idle" doc:"an idle time of more than 15m, at most 720h" default:"none"`
	InsecureAbsolute   time.Duration `yaml:"insecure-absolute" doc:"more than 24h for one login, at most 720h" default:"none"`
	InsecureAdoptUntil time.Time     `yaml:"insecure-adopt-until" doc:"date until which session cookies from before, which the browser still has itself, are taken into the vault, so that nobody is logged out when it comes" default:"never"`
}

const (
	vaultID      = "session.vault"
	mostAbsolute = 24 * time.Hour // NIST SP 800-63B-4 2.2.3
	firstLife    = time.Hour      // of a session whose handle has never come back
	// crossing is how long requests may cross a new handle on their way. Meanwhile who
	// never got the answer to his login, and so bears the old one, cannot log in anew.
	crossing = 5 * time.Second
)

// Doc describes the control.
func (Vault) Doc() pavise.Doc {
	const express = `app.use(session({ store, name: "__Host-sid", cookie: { path: "/", secure: true } }));  // keeps the data here, and only an id in the cookie`
	return pavise.Doc{
		ID:       vaultID,
		Title:    "Session vault",
		Why:      "What an app's session cookie is worth depends on the app: many go on after the logout and for ever, take ids that came from outside, keep the id of before the login, or hold data that anybody can read.",
		Enforces: "Over TLS, keeps the app's session cookies here and gives the browser a random handle. A session that nobody uses ends after 15 minutes once somebody has logged in, after a day before, and every login ends after a day; a logout ends it at once. A login gives a new handle, and the old one opens nothing. What comes in under the app's own names is dropped. Where the store is away, sessions that were seen lately go on, and what would change something without being known is asked to come again.",
		Verifies: "The values of the session cookies that the site sets: none is shaped as a framework's, or can be read.",
		Refuses:  true,
		Rules: []pavise.Rule{
			{ID: vaultID + ".framework", Title: "The value of a session cookie does not show the framework", Severity: pavise.Low,
				References: []string{"ASVS 5.0 13.4.6", "CWE-200"},
				Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: express}},
			{ID: vaultID + ".readable", Title: "Nobody can read data in a session cookie", Severity: pavise.Low,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
				References: []string{"ASVS 5.0 14.3.3", "CWE-315", "CWE-565"},
				Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: express}},
		},
	}
}

// Validate reports every setting that cannot be, or keeps less than it should.
func (c Vault) Validate() error {
	var errs []error
	wrong := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf(vaultID+": "+format, args...))
	}
	if c.Mode != "" && c.Mode != "vault" && c.Mode != "sealed" && c.Mode != "rename" {
		wrong("mode must be vault, sealed or rename, not %q", c.Mode)
	}
	span := func(key string, d, least, most time.Duration) {
		more := ""
		if d > most && (key == "idle" || key == "absolute") {
			more = ": more is insecure-" + key
		}
		if d != 0 && (d < least || d > most) {
			wrong("%s must be %s to %s, not %s%s", key, short(least), short(most), short(d), more)
		}
	}
	span("idle", c.Idle, time.Second, mostIdle)
	span("visitors", c.Visitors, time.Second, mostLife)
	span("absolute", c.Absolute, time.Second, mostAbsolute)
	span("insecure-idle", c.InsecureIdle, mostIdle, mostLife)
	span("insecure-absolute", c.InsecureAbsolute, mostAbsolute, mostLife)
	if c.Idle != 0 && c.InsecureIdle != 0 {
		wrong("set idle or insecure-idle, not both")
	}
	if c.Absolute != 0 && c.InsecureAbsolute != 0 {
		wrong("set absolute or insecure-absolute, not both")
	}
	if c.Handle != "" && !plainName(c.Handle) {
		wrong("handle: %q must be letters, digits, - and _, without a prefix", c.Handle)
	}
	for _, list := range [...]listed{{"names", c.Names}, {"exempt", c.Exempt}} {
		for _, name := range list.is {
			if !possibleName(name) {
				wrong("%s: %q is no name of a cookie", list.key, name)
			}
		}
	}
	for _, name := range c.Names {
		for _, other := range c.Exempt {
			if name == other {
				wrong("%s is among names and among exempt", name)
			}
		}
	}
	for _, list := range [...]listed{{"logins", c.Logins}, {"logouts", c.Logouts}} {
		if _, err := patterns(list.is); err != nil {
			wrong("%s: %w", list.key, err)
		}
	}
	return errors.Join(errs...)
}

// A listed is a setting that is a list; they are gone through in one order, so that the
// same mistakes are told in the same words.
type listed struct {
	key string
	is  []string
}

func patterns(paths []string) ([]pavise.Pattern, error) {
	var errs []error
	list := make([]pavise.Pattern, len(paths))
	for i, path := range paths {
		var err error
		list[i], err = pavise.ParsePattern(path)
		errs = append(errs, err)
	}
	return list, errors.Join(errs...)
}

// Enforce opens the vault for one site.
func (c Vault) Enforce(env pavise.Env) (pavise.Hooks, error) {
	env = env.Complete()
	v := &vault{env: env, vaultMemory: pavise.Kept(env, vaultID, func() *vaultMemory { return newVaultMemory(env) }),
		mode: cmp.Or(c.Mode, "vault"), handle: pavise.VaultCookie, crossSite: c.CrossSite,
		adoptUntil: c.InsecureAdoptUntil, absolute: cmp.Or(c.InsecureAbsolute, c.Absolute, mostAbsolute)}
	if c.Handle != "" {
		v.handle = "__Host-" + c.Handle
	}
	v.names = newCookieNames(c.Names, c.Exempt, &v.learnt)
	v.logins, _ = patterns(c.Logins)
	v.logouts, _ = patterns(c.Logouts)
	v.idle[visitor] = cmp.Or(c.Visitors, 24*time.Hour)
	v.idle[fresh] = min(v.idle[visitor], firstLife)
	v.idle[member] = min(cmp.Or(c.InsecureIdle, c.Idle, mostIdle), v.absolute)
	if env.Shared {
		v.slack = skew
	}
	purpose := "vault"
	if host := env.Site.Canonical(); host != "" {
		purpose += " " + host
	}
	v.ring, v.namesKey = env.Ring("sealed "+purpose), namesKey(purpose)
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	v.recall(ctx)
	v.recalled.Store(env.Now().UnixNano())
	for of, idle := range v.idle {
		var err error
		if v.keepers[of], err = NewKeeper(env, Settings{Purpose: purpose, InsecureIdle: idle, Absolute: mostLife, Grace: crossing}); err != nil {
			return pavise.Hooks{}, err
		}
	}
	return pavise.Hooks{Admit: v.admit, Rewrite: v.inward, Amend: v.outward}, nil
}
