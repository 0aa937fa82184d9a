package cookies

import (
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"pavise"
)

// A renamer is Rename at work for one site. Plain http it leaves alone: there
// browsers neither take nor send a cookie with a guarded prefix.
type renamer struct {
	env    pavise.Env
	until  time.Time
	public map[string]string // by the app's name
	app    map[string]string // by the public name
	raw    map[string]bool   // the app's names in lower case

	saidLoose, saidRaw sync.Once

	aliases known[*alias] // by the app's name
	left    *leftNames    // by that in lower case
}

// leftNames stay when the settings change.
type leftNames = known[*departures]

// An alias is what one of the app's cookies is called outside.
type alias struct {
	host, secure string
	left         *departures
}

// departures are under which guarded prefixes an app's cookie was seen to leave.
type departures struct{ host, secure atomic.Bool }

// maxAliases is more than there are names, in the spellings that apps use.
const maxAliases = 64

// alias returns what a cookie that the app sets is called outside, or nil.
func (r *renamer) alias(app string) *alias {
	if a := r.aliases.get(app); a != nil {
		return a
	}
	public := r.publicName(app)
	if public == "" {
		return nil
	}
	app = strings.Clone(app)                                                   // it may be part of a whole head
	left, _ := r.left.keep(strings.ToLower(app), new(departures), math.MaxInt) // one for each name that is known, or chosen
	a, _ := r.aliases.keep(app, &alias{hostPrefix + public, securePrefix + public, left}, maxAliases)
	return a
}

// planted reports whether a cookie cannot be the app's own: a sibling host can set
// one with __Secure-, and all that the app was seen to set have __Host-.
func (r *renamer) planted(prefix, app string) bool {
	if prefix != securePrefix {
		return false
	}
	left := r.left.get(strings.ToLower(app))
	return left != nil && left.host.Load() && !left.secure.Load()
}

// publicName returns the public name without prefix for an app's cookie, or "".
func (r *renamer) publicName(app string) string {
	if public, ok := r.public[app]; ok {
		return public
	}
	return madeUpName(app)
}

// appName returns the app's cookie behind a public name, or "". Each has one
// public name at a time, or a chosen one and the made-up one from before it was
// chosen would reach the app as two sessions.
func (r *renamer) appName(public string) string {
	if app, ok := r.app[public]; ok {
		return app
	}
	if app := appName(public); r.public[app] == "" {
		return app
	}
	return ""
}

// acceptsRaw reports whether names are still changing.
func (r *renamer) acceptsRaw() bool {
	return !r.until.IsZero() && r.env.Now().Before(r.until)
}

// outward renames what the app sets.
func (r *renamer) outward(x *pavise.Exchange) {
	lines := x.Header["Set-Cookie"]
	if !x.Secure || len(lines) == 0 {
		return
	}
	renamed := x.Lines(lines...)
	for i, line := range lines {
		c := pavise.ParseSetCookie(line)
		to := r.rename(x, line, c)
		renamed[i] = to
		if to != line && r.acceptsRaw() {
			// The raw twin must go, or it would outlive a logout.
			_, attributes, _ := strings.Cut(line, ";")
			renamed = append(renamed, c.Name+"=;"+attributes+"; Max-Age=0")
		}
	}
	x.Header["Set-Cookie"] = renamed
}

// rename returns the line under its public name. The prefix follows from what
// makes a cookie the same cookie, its domain and path (RFC 6265bis 5.7), so a
// deletion always meets what was set.
func (r *renamer) rename(x *pavise.Exchange, line string, c setCookie) string {
	a := r.alias(c.Name)
	if a == nil {
		return line
	}
	name, left, added := a.secure, &a.left.secure, ""
	if !c.HasDomain && (c.Path == "/" || c.Path == "" && atRoot(x.Request.URL.Path)) {
		name, left = a.host, &a.left.host
		if c.Path == "" {
			added = "; Path=/" // must be said (RFC 6265bis 4.1.3.2), and is what it means here
		}
	}
	if len(name)+len(c.Value) > pavise.MaxCookie {
		r.env.Note(x, "cookies.rename", show(c.Name)+" keeps its name, and will not be let in again: under another it has more than the 4096 bytes that browsers take")
		return line
	}
	if !left.Load() { // to write what all read costs them, even if nothing changes
		left.Store(true)
	}
	if name == a.secure {
		r.saidLoose.Do(func() {
			r.env.Note(x, "cookies.rename", show(c.Name)+" has a Domain or another Path than /: as "+name+" a sibling host can still set it")
		})
	}
	if !c.Secure {
		added += "; Secure"
	}
	before, after, _ := strings.Cut(line, c.Name)
	return before + name + after + added
}

// atRoot reports whether a cookie set at the path without one of its own is for
// the whole site (RFC 6265bis 5.1.4).
func atRoot(path string) bool { return strings.LastIndexByte(path, '/') <= 0 }
