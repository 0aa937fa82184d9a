package cookies

import (
	"strings"
	"sync"
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

	mu   sync.RWMutex
	left map[departure]bool
}

// A departure is a guarded prefix and the app's name, in lower case, under which
// a cookie was set.
type departure struct{ prefix, app string }

// remember notes under which prefix the app's cookie left. Only names that are
// known, or chosen, get one, so there are few.
func (r *renamer) remember(prefix, app string) {
	d := departure{prefix, strings.ToLower(app)}
	if r.seen(d) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left == nil {
		r.left = map[departure]bool{}
	}
	r.left[d] = true
}

func (r *renamer) seen(d departure) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.left[d]
}

// planted reports whether a cookie cannot be the app's own: a sibling host can set
// one with __Secure-, and all that the app was seen to set have __Host-.
func (r *renamer) planted(prefix, app string) bool {
	app = strings.ToLower(app)
	return prefix == securePrefix && r.seen(departure{hostPrefix, app}) && !r.seen(departure{securePrefix, app})
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
	renamed := make([]string, 0, len(lines))
	for _, line := range lines {
		c := parse(line)
		to := r.rename(x, line, c)
		renamed = append(renamed, to)
		if to != line && r.acceptsRaw() {
			// The raw twin must go, or it would outlive a logout.
			_, attributes, _ := strings.Cut(line, ";")
			renamed = append(renamed, c.name+"=;"+attributes+"; Max-Age=0")
		}
	}
	x.Header["Set-Cookie"] = renamed
}

// rename returns the line under its public name. The prefix follows from what
// makes a cookie the same cookie, its domain and path (RFC 6265bis 5.7), so a
// deletion always meets what was set.
func (r *renamer) rename(x *pavise.Exchange, line string, c setCookie) string {
	public := r.publicName(c.name)
	if public == "" {
		return line
	}
	name, added := securePrefix+public, ""
	if !c.hasDomain && (c.path == "/" || c.path == "" && atRoot(x.Request.URL.Path)) {
		name = hostPrefix + public
		if c.path == "" {
			added = "; Path=/" // must be said (RFC 6265bis 4.1.3.2), and is what it means here
		}
	}
	if len(name)+len(c.value) > maxCookie {
		r.env.Note(x, "cookies.rename", show(c.name)+" keeps its name, and will not be let in again: under another it has more than the 4096 bytes that browsers take")
		return line
	}
	prefix, _ := cutPrefix(name)
	r.remember(prefix, c.name)
	if prefix != hostPrefix {
		r.saidLoose.Do(func() {
			r.env.Note(x, "cookies.rename", show(c.name)+" has a Domain or another Path than /: as "+name+" a sibling host can still set it")
		})
	}
	if !c.secure {
		added += "; Secure"
	}
	return strings.Replace(line, c.name, name, 1) + added
}

// atRoot reports whether a cookie set at the path without one of its own is for
// the whole site (RFC 6265bis 5.1.4).
func atRoot(path string) bool { return strings.LastIndexByte(path, '/') <= 0 }
