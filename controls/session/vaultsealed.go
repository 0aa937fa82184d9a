package session

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"pavise"
)

// A seal is of a session that the browser bears itself, as its handle.
type seal struct {
	is      bool
	lineage [16]byte // the same in every copy, until there is a new handle for a reason
	seen    int64    // Unix time
	stale   bool     // sealed by a key of before
}

func newLineage() (id [16]byte) {
	rand.Read(id[:])
	return id
}

const sealedForm = 1

// sealedRoom is how much of a jar fits into a cookie of 4096 bytes.
func (v *vault) sealedRoom() int {
	plain := base64.RawURLEncoding.DecodedLen(pavise.MaxCookie-len(v.handle)) - pavise.RingOverhead
	return plain - 1 - 16 - binary.MaxVarintLen64 - 32
}

// beside binds a sealed handle to its name and the host that it was set for.
func (v *vault) beside(x *pavise.Exchange) []byte {
	return append(append([]byte(v.handle), 0), x.Host...)
}

// unseal opens a handle that bears its session.
func (v *vault) unseal(ctx context.Context, x *pavise.Exchange, p *passage) {
	if len(p.handle) > pavise.MaxCookie {
		return
	}
	sealed, err := strict.DecodeString(p.handle)
	if err != nil {
		return
	}
	plain, stale, err := v.ring.Open(nil, sealed, v.beside(x))
	if err != nil || len(plain) < 17 || plain[0] != sealedForm {
		return
	}
	seen, n := binary.Varint(plain[17:])
	if n <= 0 {
		return
	}
	j, err := readJar(plain[17+n:])
	now := v.env.Now().Unix()
	if err != nil || now >= j.ends || now-seen >= int64(v.idle[max(j.level, visitor)]/time.Second) {
		return
	}
	p.seal = seal{is: true, lineage: [16]byte(plain[1:17]), seen: seen, stale: stale}
	if p.seal.over(ctx, v) {
		p.standing = superseded
		return
	}
	p.standing, p.jar = live, j
	p.jar.level = max(j.level, visitor)
}

const lineageKey = "session.vault ended "

// key is where it is marked that a lineage has ended.
func (s *seal) key() string {
	return lineageKey + base64.RawURLEncoding.EncodeToString(s.lineage[:])
}

// over reports whether the lineage is marked as ended.
func (s *seal) over(ctx context.Context, v *vault) bool {
	if !s.is || v.mode == "sealed" {
		return false
	}
	if v.copies.ending(s.key()) {
		return true
	}
	n, _, err := v.env.Store.Add(ctx, s.key(), 0, time.Second)
	return n > 0 || err != nil && v.copies.knows(s.key())
}

// retire marks a lineage as ended, and reports whether nobody else has. Where the store
// is away it is known here alone until that is back.
func (v *vault) retire(ctx context.Context, o *outcome) (first bool) {
	if v.mode == "sealed" {
		return true
	}
	key := o.p.seal.key()
	n, _, err := v.env.Store.Add(ctx, key, pavise.Precious, v.longest())
	if err != nil {
		v.sayFull(o.x, err)
		return v.endLater(o.x, key, o.p.jar.level, v.longest())
	}
	v.copies.know(key, o.now, o.now.Add(v.longest()))
	return n == pavise.Precious
}

// longest is how long an end matters: then no copy opens anything by itself.
func (v *vault) longest() time.Duration { return max(v.idle[visitor], v.idle[member]) + v.slack }

// due reports whether a sealed handle must be written anew: it says when it was last
// seen. In a vault the session is then taken into the store, if there is room.
func (s *seal) due(v *vault, p *passage, now time.Time) bool {
	return s.is && (s.stale || now.Unix()-s.seen >= int64(v.idle[p.jar.level]/(10*time.Second)))
}

// showSealed sets a handle that bears the session.
func (v *vault) showSealed(o *outcome, j jar) {
	j = v.fit(o, j, v.sealedRoom())
	id := o.p.seal.lineage
	if !o.p.seal.is {
		id = newLineage()
	}
	plain := append([]byte{sealedForm}, id[:]...)
	plain = j.append(binary.AppendVarint(plain, o.now.Unix()))
	v.show(o, strict.EncodeToString(v.ring.Seal(nil, plain, v.beside(o.x))), j)
}

// fit leaves the biggest cookies outside until the jar is small enough: the browser
// keeps them itself, and the jar only their digest, so that no other value comes in
// under their names. What is too many even so is lost: a stranger who asks for so
// many must not decide where the cookies of others are kept.
func (v *vault) fit(o *outcome, j jar, most int) jar {
	if j.fits(most) {
		return j
	}
	for j.cookies = slices.Clone(j.cookies); !j.fits(most); { // another exchange may be reading it
		big := slices.IndexFunc(j.cookies, func(c appCookie) bool { return !c.outside })
		if last := len(j.cookies) - 1; len(j.cookies) > maxJar || big < 0 {
			v.env.Note(o.x, vaultID, "a session has more cookies than it may: "+pavise.Clip(j.cookies[last].name, 60)+" is lost")
			j.cookies = j.cookies[:last]
			continue
		}
		for i, c := range j.cookies {
			if !c.outside && len(c.value) > len(j.cookies[big].value) {
				big = i
			}
		}
		c := &j.cookies[big]
		o.rest = append(o.rest, c.line(o.now))
		v.env.Note(o.x, vaultID, pavise.Clip(c.name, 60)+" is too big for the session: the browser keeps it itself")
		c.outside, c.value = true, digest(c.value)
	}
	return j
}

// A said is a thing that is said once a minute, and how often it was true.
type said struct{ last, times atomic.Int64 }

func (s *said) once(v *vault, x *pavise.Exchange, text string) {
	now, last := v.env.Now().Unix(), s.last.Load()
	s.times.Add(1)
	if (now-last >= 60 || now < last) && s.last.CompareAndSwap(last, now) {
		v.env.Note(x, vaultID, fmt.Sprintf("%s (%s since this was last said)", text, times(s.times.Swap(0))))
	}
}

func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// sayFull tells that the store does not take what it should.
func (v *vault) sayFull(x *pavise.Exchange, err error) {
	if errors.Is(err, pavise.ErrFull) {
		v.saidFull.once(v, x, "the store is full: new sessions are kept in the browser, sealed, where a logout takes them out but cannot end copies of them")
		return
	}
	v.saidAway.once(v, x, "the store is away: new sessions are kept in the browser, sealed")
}
