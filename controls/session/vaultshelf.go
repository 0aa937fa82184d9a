package session

import (
	"context"
	"errors"
	"time"

	"pavise"
)

// open looks up what a handle opens: sealed it bears the session itself, else it is
// the token of one in the store. Each form is understood in every mode, so that modes
// can be changed.
func (v *vault) open(x *pavise.Exchange, p *passage) {
	ctx, cancel := v.patient(x)
	defer cancel()
	if _, isToken := parseToken(p.handle); !isToken {
		v.unseal(ctx, x, p)
		return
	}
	if v.copies.ending(p.handle) {
		return
	}
	rec, err := v.keepers[member].Load(ctx, p.handle)
	switch {
	case errors.Is(err, ErrNone):
		v.copies.forget(p.handle)
	case err != nil:
		v.openCopy(x, p)
	case rec.Former:
		p.standing, p.rec = superseded, rec
		v.wanes(ctx, p, rec)
	default:
		v.opened(ctx, x, p, rec)
	}
}

// maxRenewals is how often a handle may have been replaced while a request was on its way.
const maxRenewals = 4

// wanes lets requests that were on their way when a page of the app's renewed its id read
// what there was before, as the app itself does, for as long as the session lives that
// has come of it. Where somebody has logged in, or sent a form, nothing is read.
func (v *vault) wanes(ctx context.Context, p *passage, rec *Record) {
	was, err := readJar(rec.Data)
	if err != nil {
		return
	}
	next, err := v.successor(ctx, rec)
	if err != nil {
		return
	}
	now, err := readJar(next.Data)
	if err == nil && now.level == was.level && now.deeds == was.deeds && v.env.Now().Sub(next.Seen) < v.idle[now.level] {
		p.standing, p.jar = waning, was
	}
}

// successor is what a session has become by new handles.
func (v *vault) successor(ctx context.Context, rec *Record) (*Record, error) {
	var err error
	for n := 0; err == nil && rec.Former; n++ {
		if n == maxRenewals {
			return nil, ErrFormer
		}
		rec, err = v.keepers[member].read(ctx, rec.other)
	}
	return rec, err
}

// opened takes a session from the store, unless it has come to one of its ends.
func (v *vault) opened(ctx context.Context, x *pavise.Exchange, p *passage, rec *Record) {
	j, err := readJar(rec.Data)
	now := v.env.Now()
	if err != nil || now.Unix() >= j.ends || now.Sub(rec.Seen) >= v.idle[j.level]+v.slack {
		v.keepers[member].Delete(ctx, rec)
		return
	}
	p.standing, p.jar, p.rec = live, j, rec
	if behind, dirty := v.copies.unwritten(p.handle, j); dirty {
		p.jar = behind
		v.write(ctx, p)
	}
	if most := now.Add(v.most(p.jar.level)); p.jar.ends > most.Add(skew).Unix() { // the clock was ahead
		p.jar.ends = most.Unix()
		v.write(ctx, p)
	}
	if p.jar.level == fresh { // now it has come back
		p.jar.level = visitor
		v.write(ctx, p)
	} else if err := v.keepers[p.jar.level].Touch(ctx, rec); errors.Is(err, ErrEnded) {
		*p = passage{handle: p.handle, raw: p.raw} // or its jar would begin another
		v.copies.forget(p.handle)
		return
	}
	v.copies.keep(p.handle, p.jar, now, false)
}

// write writes the jar of a passage, if nobody has changed it in the meantime: else
// that one is as good.
func (v *vault) write(ctx context.Context, p *passage) {
	p.rec.Data = p.jar.append(nil)
	v.keepers[p.jar.level].Update(ctx, p.rec)
}

// openCopy goes on with what this node has seen lately.
func (v *vault) openCopy(x *pavise.Exchange, p *passage) {
	now := v.env.Now()
	j, found := v.copies.find(p.handle, func(j jar, seen time.Time) bool {
		return now.Unix() < j.ends && now.Sub(seen) < v.idle[j.level]
	})
	if !found {
		p.standing = blind
		v.saidAway.once(v, x, "the store is away: a handle that this node has not seen lately opens nothing for now")
		return
	}
	p.standing, p.jar, p.local = live, j, true
	v.copies.keep(p.handle, j, now, false)
	v.saidAway.once(v, x, "the store is away: sessions that this node has seen lately go on")
}

// most is how long a session may last at all.
func (v *vault) most(level level) time.Duration {
	if level == member {
		return v.absolute
	}
	return mostLife
}

// dated returns the jar with its ends: of the session, and of the handle in the
// browser. What only looks like one more login makes no session longer, or a thief
// would send one a day.
func (v *vault) dated(o *outcome, j jar) jar {
	began := o.p.jar.level != member || o.x.LoggedIn && o.anotherID()
	switch {
	case j.level == member && (began || j.ends == 0), j.ends == 0:
		j.ends = o.now.Add(v.most(j.level)).Unix()
	}
	if j.shown = j.end(); j.shown != 0 {
		j.shown = min(j.shown, j.ends)
	}
	return j
}

// reshown reports whether the browser should keep the handle for longer, or for less,
// than it was told.
func (v *vault) reshown(j jar, now time.Time) bool {
	want := j.end()
	if want != 0 {
		want = min(want, j.ends)
	}
	return !near(want, j.shown, now)
}

// create begins a session and shows its handle. Where the store has no room, or is
// away, the browser bears the session itself, sealed.
func (v *vault) create(o *outcome, j jar) {
	j = v.dated(o, j)
	ctx, cancel := v.patient(o.x)
	defer cancel()
	if v.mode == "sealed" {
		v.drop(o)
		v.showSealed(o, j)
		return
	}
	j = v.fit(o, j, maxJarBytes)
	token, rec, err := v.keepers[j.level].Create(ctx, "", "", j.append(nil))
	switch {
	case err != nil && o.p.seal.over(ctx, v):
		return
	case err != nil:
		v.sayFull(o.x, err)
		v.showSealed(o, j)
		return
	case o.p.seal.is && !v.retire(ctx, o):
		v.keepers[j.level].Delete(ctx, rec) // another answer was first, or the session has ended
		return
	}
	v.copies.keep(token, j, o.now, false)
	v.show(o, token, j)
}

// update writes what has changed. Who is late writes over what others have written, as
// in a browser, but never over an end or over a new handle.
func (v *vault) update(o *outcome, next jar) {
	p := o.p
	next = v.fit(o, v.dated(o, next), maxJarBytes)
	reshow := !near(next.shown, p.jar.shown, o.now) || next.reach() != p.jar.reach()
	switch {
	case p.rec == nil && !p.local, v.mode == "sealed":
		v.create(o, next)
		return
	case p.local:
		v.copies.keep(p.handle, next, o.now, true)
	default:
		ctx, cancel := v.patient(o.x)
		defer cancel()
		err := v.change(ctx, o, &next, func() error { return v.keepers[next.level].Update(ctx, p.rec) })
		switch {
		case lost(err):
			return
		case errors.Is(err, pavise.ErrFull), errors.Is(err, pavise.ErrTooLarge):
			v.sayFull(o.x, err)
			v.drop(o)
			v.showSealed(o, next)
			return
		}
		v.copies.keep(p.handle, next, o.now, err != nil)
	}
	if reshow {
		v.show(o, p.handle, next)
	}
}

// renew gives the session a new handle. From then on the old one opens nothing.
func (v *vault) renew(o *outcome, next jar) {
	p := o.p
	next = v.fit(o, v.dated(o, next), maxJarBytes)
	maybe, sure := v.logsIn(o.x)
	if maybe || !safe(o.x.Request.Method) {
		next.deeds++
	}
	ctx, cancel := v.patient(o.x)
	defer cancel()
	if p.seal.is && !v.retire(ctx, o) {
		return // it has ended, or another answer was first
	}
	if p.rec == nil || v.mode == "sealed" {
		if !p.seal.is {
			v.drop(o)
		}
		o.p = &passage{jar: p.jar}
		v.create(o, next)
		return
	}
	token := ""
	err := v.change(ctx, o, &next, func() (err error) {
		token, err = v.keepers[next.level].Rotate(ctx, p.rec, "")
		return err
	})
	switch {
	case errors.Is(err, ErrFormer) && maybe && sure && v.overtakes(ctx, p):
		o.p = &passage{jar: p.jar}
		v.create(o, next)
		return
	case lost(err):
		return
	case err != nil:
		v.sayFull(o.x, err)
		v.drop(o)
		v.showSealed(o, next)
		return
	}
	v.copies.forget(p.handle)
	v.copies.keep(token, next, o.now, false)
	v.show(o, token, next)
}

// overtakes ends what a handle has been replaced by while a login with it was on its
// way, and reports whether it has: unless somebody has logged in there, too. Where the
// app keeps its id, whoever has that handle would be the one who has logged in.
func (v *vault) overtakes(ctx context.Context, p *passage) bool {
	was, err := v.keepers[member].Load(ctx, p.handle)
	if err != nil {
		return false
	}
	next, err := v.successor(ctx, was)
	if err != nil {
		return false
	}
	now, err := readJar(next.Data)
	return err == nil && now.level < member && v.keepers[member].Delete(ctx, next) == nil
}

// change tries to write a jar, on top of what others have written in the meantime.
func (v *vault) change(ctx context.Context, o *outcome, next *jar, write func() error) error {
	p := o.p
	for range 8 {
		p.rec.Data = next.append(nil)
		err := write()
		if !errors.Is(err, ErrChanged) {
			return err
		}
		rec, err := v.keepers[next.level].Load(ctx, p.handle)
		if err != nil {
			return err
		}
		now, err := readJar(rec.Data)
		if err != nil {
			return ErrEnded
		}
		if rec.Former {
			return ErrFormer
		}
		level := max(next.level, now.level)
		ends, shown, deeds := next.ends, next.shown, next.deeds
		*next = now.with(o.changes, o.now).at(level)
		next.ends, next.shown, next.deeds = ends, shown, deeds
		p.rec = rec
	}
	return ErrChanged
}

// lost reports whether the session has ended, or goes on under another handle: what a
// late answer sets is nobody's.
func lost(err error) bool {
	return errors.Is(err, ErrNone) || errors.Is(err, ErrEnded) || errors.Is(err, ErrFormer) || errors.Is(err, ErrChanged)
}

// end ends the session at once. Where the app has begun another in the same answer,
// that gets a handle of its own.
func (v *vault) end(o *outcome) {
	p := o.p
	v.drop(o)
	var begun []change
	for _, ch := range o.changes {
		if i := p.jar.find(ch.name, ch.path); !ch.deleted && (i < 0 || p.jar.cookies[i].value != ch.value) {
			begun = append(begun, ch)
		}
	}
	o.p = new(passage)
	if next := (jar{}).with(begun, o.now); len(next.cookies) > 0 {
		v.create(o, next)
		return
	}
	v.takeBack(o)
}

// drop ends what the handle of the passage has opened. Where the store is away that is
// written later.
func (v *vault) drop(o *outcome) {
	p := o.p
	ctx, cancel := v.patient(o.x)
	defer cancel()
	switch {
	case p.seal.is:
		v.retire(ctx, o)
	case p.local:
		v.endLater(o.x, p.handle, p.jar.level, v.idle[p.jar.level])
	case p.rec != nil:
		v.copies.forget(p.handle)
		if err := v.keepers[p.jar.level].Delete(ctx, p.rec); err != nil {
			v.endLater(o.x, p.handle, p.jar.level, v.idle[p.jar.level])
		}
	}
}

// patient is the time for the store. A client that goes away takes none of it: what is
// begun is written.
func (v *vault) patient(x *pavise.Exchange) (context.Context, context.CancelFunc) {
	ctx := x.Request.Context()
	if v.copies == nil {
		return ctx, func() {} // it is in this process, and waits for nobody
	}
	return context.WithTimeout(context.WithoutCancel(ctx), storeTime)
}

// storeTime is how long an exchange may wait for the store at each time.
const storeTime = 2 * time.Second
