package session

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"pavise"
)

// A vault is a Vault at work for one site. Plain http it leaves alone: there browsers
// take no handle.
type vault struct {
	env        pavise.Env
	mode       string
	handle     string // its name
	crossSite  bool
	adoptUntil time.Time
	absolute   time.Duration
	logins     []pavise.Pattern
	logouts    []pavise.Pattern
	names      cookieNames
	namesKey   string // of the store
	idle       [levels]time.Duration
	slack      time.Duration   // between the clocks of nodes; the store ends sessions by its own
	keepers    [levels]*Keeper // of one and the same store, each with the idle time of its level
	ring       *pavise.Ring
	saidShared sync.Once
	saidName   sync.Once
	*vaultMemory
}

// A vaultMemory is what a vault has in memory; it stays when the settings change.
type vaultMemory struct {
	learnt   learntNames
	recalled atomic.Int64 // when names were last looked for in the store, Unix time in nanoseconds
	copies   *copies      // nil where the store cannot be away
	saidAway said
	saidFull said
}

func newVaultMemory(env pavise.Env) *vaultMemory {
	m := new(vaultMemory)
	m.learnt.now.Store(&map[string]custody{})
	if _, here := env.Store.(*pavise.Memory); !here { // which is never away
		m.copies = newCopies()
	}
	return m
}

// outward takes the app's session cookies out of the answer, and sets the handle where
// the browser has none, or must have another.
func (v *vault) outward(x *pavise.Exchange) {
	lines, p := x.Header["Set-Cookie"], passageOf(x)
	if !x.Secure || len(lines) == 0 && p == nil {
		return
	}
	if p == nil {
		p = new(passage)
	}
	v.catchUp(x)
	o := &outcome{x: x, p: p, now: v.env.Now(), rest: x.Lines(lines...)[:0]}
	v.collect(o, lines)
	switch {
	case v.mode == "rename":
		v.release(o)
	case p.standing == blind:
		if len(o.changes) > 0 {
			v.saidAway.once(v, x, "the store is away: no session is begun for a handle that nobody can look up")
		}
	case p.standing == waning, p.standing == superseded && !x.LoggedIn:
		v.crosses(o)
	case p.standing == live:
		v.goOn(o)
	default:
		v.begins(o)
	}
	if len(o.rest) == 0 {
		delete(x.Header, "Set-Cookie")
		return
	}
	x.Header["Set-Cookie"] = o.rest
}

// An outcome is what an answer makes of a session.
type outcome struct {
	x       *pavise.Exchange
	p       *passage
	now     time.Time
	changes []change
	rest    []string // Set-Cookie lines that leave
}

// collect parts what the vault keeps from what leaves.
func (v *vault) collect(o *outcome, lines []string) {
	for _, line := range lines {
		c := pavise.ParseSetCookie(line)
		held := o.p.jar.holds(c.Name)
		switch deletes := c.Deletes(o.now); {
		case c.Name == v.handle:
			v.saidName.Do(func() {
				v.env.Note(o.x, vaultID, "the app sets "+v.handle+" itself, which is dropped: session.vault: {handle: another-name}")
			})
		case deletes && !held && v.mode != "rename":
			o.rest = append(o.rest, line) // a browser may have it from before
		case deletes && held, !deletes && v.takes(o.x, c):
			ch := changed(c, o.x.Request.URL.Path, o.now)
			if ch.reach == unsaid && v.crossSite {
				ch.reach = anywhere
			}
			ch.line = line
			o.changes = append(o.changes, ch)
		default:
			o.rest = append(o.rest, line)
			if held { // from now on the browser keeps it itself
				o.changes = append(o.changes, change{appCookie: appCookie{name: c.Name, path: changed(c, o.x.Request.URL.Path, o.now).path}, deleted: true})
			}
		}
	}
}

// takes reports whether the vault keeps a cookie that the app sets.
func (v *vault) takes(x *pavise.Exchange, c pavise.SetCookie) bool {
	where, news := v.names.take(c)
	if news {
		ctx, cancel := v.patient(x)
		v.remember(ctx)
		cancel()
	}
	if news && where == theirs && c.Domain != "" {
		v.saidShared.Do(func() {
			v.env.Note(x, vaultID, pavise.Clip(c.Name, 60)+" has a Domain, so the browser keeps it itself: if no other host needs it, session.vault: {names: ["+pavise.Clip(c.Name, 60)+"]}")
		})
	}
	return where == ours
}

// begins makes a session of what the app has set, if it has.
func (v *vault) begins(o *outcome) {
	p := o.p
	if p.standing == superseded {
		p.jar = jar{} // somebody has logged in beside his own new session
	}
	next := p.jar.with(o.changes, o.now)
	if p.adopted {
		for _, c := range p.jar.cookies {
			o.rest = append(o.rest, c.name+"=; Path=/; Max-Age=0; Secure; HttpOnly")
		}
	}
	switch {
	case len(next.cookies) > 0:
		level := fresh
		if p.adopted {
			level = visitor
		}
		maybe, sure := v.logsIn(o.x)
		named := slices.ContainsFunc(o.changes, func(ch change) bool { return saysLogin(ch.name) })
		if maybe && sure || named && !safe(o.x.Request.Method) {
			level = member
		}
		v.create(o, next.at(level))
	case p.handle != "" && v.logsOut(o.x):
		v.takeBack(o)
	}
}

// crosses answers a request that was on its way when its handle was replaced. What the
// app begins for it must not take the place of the new one; but who logs out is logged
// out, by whichever of the two, and who logs in with what he still reads has that alone.
func (v *vault) crosses(o *outcome) {
	p := o.p
	maybe, sure := v.logsIn(o.x)
	emptied := p.standing == waning && len(p.jar.with(o.changes, o.now).cookies) == 0
	switch {
	case p.rec != nil && (emptied || v.logsOut(o.x) || clears(o.x.Header)):
		v.drop(o)
		v.takeBack(o)
	case p.standing == waning && maybe:
		next := p.jar.with(o.changes, o.now)
		if sure {
			next.level = member
		}
		v.drop(o)
		o.p = &passage{jar: p.jar}
		v.create(o, next)
	}
}

// goOn brings a session that is open up to date.
func (v *vault) goOn(o *outcome) {
	p := o.p
	next := p.jar.with(o.changes, o.now)
	gone := len(next.cookies) == 0 && len(p.jar.cookies) > 0
	if gone || v.logsOut(o.x) || clears(o.x.Header) {
		v.end(o)
		return
	}
	renew, level := v.renews(o)
	switch {
	case renew:
		v.renew(o, next.at(max(level, p.jar.level)))
	case p.seal.due(v, p, o.now), p.rec != nil && v.mode == "sealed":
		v.create(o, next)
	case next.differs(p.jar, o.now), v.reshown(next, o.now):
		v.update(o, next)
	}
}

// clears reports whether an answer has the browser forget its cookies.
func clears(h http.Header) bool {
	for _, line := range h["Clear-Site-Data"] {
		if strings.Contains(line, `"cookies"`) || strings.Contains(line, `"*"`) {
			return true
		}
	}
	return false
}

// renews reports whether the session gets a new handle, and what it is from then on:
// where somebody has logged in, and where the app gives another id, or one more, in
// answer to what may have been a login. Data in a cookie change without that; then
// only a form that was sent counts.
func (v *vault) renews(o *outcome) (renew bool, level level) {
	maybe, sure := v.logsIn(o.x)
	if maybe && sure {
		return true, member
	}
	renew = maybe
	r := o.x.Request
	acts, page := !safe(r.Method), navigates(r)
	if !acts && !page {
		return renew, fresh
	}
	for _, ch := range o.changes {
		was, had := "", false
		if i := o.p.jar.find(ch.name, ch.path); i >= 0 {
			was, had = o.p.jar.cookies[i].value, true
		}
		switch data := bearsData(ch.value) || bearsData(was); {
		case ch.value == was && !ch.deleted:
		case data && had && !(acts && page), !had && !acts:
		default:
			if renew = true; acts && !ch.deleted && (had || saysLogin(ch.name)) {
				level = member
			}
		}
	}
	return renew, level
}

// anotherID reports whether the app has given another id, where there was one.
func (o *outcome) anotherID() bool {
	return slices.ContainsFunc(o.changes, func(ch change) bool {
		i := o.p.jar.find(ch.name, ch.path)
		return i >= 0 && !ch.deleted && ch.value != o.p.jar.cookies[i].value && !bearsData(ch.value)
	})
}

// show sets the handle in the browser: for as long as the app's own cookies, and the
// session, may live.
func (v *vault) show(o *outcome, handle string, j jar) {
	line := v.handle + "=" + handle + "; Path=/"
	if j.shown != 0 {
		line += "; Max-Age=" + strconv.FormatInt(max(1, j.shown-o.now.Unix()), 10)
	}
	v.setHandle(o, line+"; Secure; HttpOnly; SameSite="+j.reach().String())
}

// takeBack takes the handle out of the browser.
func (v *vault) takeBack(o *outcome) {
	v.setHandle(o, v.handle+"=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax")
}

func (v *vault) setHandle(o *outcome, line string) {
	o.rest = append(slices.DeleteFunc(o.rest, func(other string) bool {
		return pavise.ParseSetCookie(other).Name == v.handle
	}), line)
}

// release gives the browser the app's cookies back: from now on they are only renamed.
func (v *vault) release(o *outcome) {
	for _, ch := range o.changes {
		o.rest = append(o.rest, ch.line)
	}
	if o.p.standing != live {
		return
	}
	for _, c := range o.p.jar.cookies {
		set := slices.ContainsFunc(o.changes, func(ch change) bool { return ch.name == c.name && ch.path == c.path })
		if !set && !c.outside && !c.ended(o.now) {
			o.rest = append(o.rest, c.line(o.now))
		}
	}
	v.takeBack(o)
	v.drop(o)
}
