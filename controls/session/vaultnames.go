package session

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"

	"pavise"
)

// A custody says where a cookie of the app's is kept.
type custody byte

const (
	unknown custody = iota
	ours            // in the vault
	theirs          // by the browser, as the app has set it
)

// A naming of cookies says which the vault keeps. What the settings and the
// frameworks' defaults leave open it learns from what the app sets.
type cookieNames struct {
	chosen map[string]custody
	learnt *learntNames
	loose  *atomic.Pointer[folded]
}

// learntNames are replaced as a whole, and rarely.
type learntNames struct {
	now     atomic.Pointer[map[string]custody]
	growing sync.Mutex
}

// folded are the names that are ours, of those that were chosen and learnt.
type folded struct {
	learnt *map[string]custody
	names  map[string]bool
}

// maxLearnt is more than an app has session cookies, in all spellings.
const maxLearnt = 64

func newCookieNames(names, exempt []string, learnt *learntNames) cookieNames {
	n := cookieNames{map[string]custody{pavise.DeviceCookie: theirs}, learnt, new(atomic.Pointer[folded])}
	for _, name := range names {
		n.chosen[name] = ours
	}
	for _, name := range exempt {
		n.chosen[name] = theirs
	}
	return n
}

// ours are folded anew when something was learnt, also by the settings before a reload
// or after it.
func (n *cookieNames) ours() map[string]bool {
	learnt := n.learnt.now.Load()
	if f := n.loose.Load(); f != nil && f.learnt == learnt {
		return f.names
	}
	loose := map[string]bool{}
	for _, names := range [...]map[string]custody{n.chosen, *learnt} {
		for name, where := range names {
			if where == ours {
				loose[string(pavise.AppendFolded(nil, name))] = true
			}
		}
	}
	n.loose.Store(&folded{learnt, loose})
	return loose
}

// resembles reports whether a lenient app may read a name as one of ours.
func (n *cookieNames) resembles(name string) bool {
	loose := n.ours()
	if len(loose) == 0 {
		return false
	}
	var room [64]byte
	return loose[string(pavise.AppendFolded(room[:0], pavise.PlainCookieName(name)))]
}

// of is where a cookie of the name is kept, as far as is known.
func (n *cookieNames) of(name string) custody {
	if c := n.chosen[name]; c != unknown {
		return c
	}
	return (*n.learnt.now.Load())[name]
}

// take decides about a cookie that the app sets, and learns from it. One with a Domain
// is shared with hosts that may not be ours; one that scripts read must be where they
// can; and what keeps people logged in for months is no session. It reports whether
// that was not known before.
func (n *cookieNames) take(c pavise.SetCookie) (where custody, news bool) {
	where = theirs
	switch chosen := n.chosen[c.Name]; {
	case chosen != unknown:
		return chosen, false
	case c.Name == "" || pavise.ScriptCookie(c.Name) || lasting(c.Name):
		return theirs, false
	case !pavise.SessionCookie(c.Name):
		return theirs, false
	case c.Domain != "":
	case c.HttpOnly || pavise.DefaultSessionName(c.Name) != "":
		where = ours
	}
	return where, n.learn(c.Name, where)
}

func (n *cookieNames) learn(name string, where custody) (news bool) {
	if (*n.learnt.now.Load())[name] == where {
		return false
	}
	n.learnt.growing.Lock()
	defer n.learnt.growing.Unlock()
	was := *n.learnt.now.Load()
	if old, known := was[name]; old == where || !known && len(was) == maxLearnt {
		return false
	}
	next := maps.Clone(was)
	next[strings.Clone(name)] = where // it may be part of a whole head
	n.learnt.now.Store(&next)
	return true
}

// lasting knows the cookies by which apps log somebody in again after the session has
// ended. They have no place in what ends with the session.
func lasting(name string) bool {
	name = strings.ToLower(name)
	for _, word := range [...]string{"remember", "persist", "autologin", "keep-login", "keep_login", "trusted"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// plainName reports whether a name is of letters, digits, - and _ alone.
func plainName(name string) bool {
	for i := range len(name) {
		if c := name[i] | 0x20; (c < 'a' || c > 'z') && (name[i] < '0' || name[i] > '9') && name[i] != '-' && name[i] != '_' {
			return false
		}
	}
	return len(name) <= 64 && !strings.HasPrefix(name, "__")
}

// possibleName reports whether a cookie can have the name: some frameworks use names
// that are no tokens, such as express:sess.
func possibleName(name string) bool {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c > '~' || c == '=' || c == ';' {
			return false
		}
	}
	return name != "" && len(name) <= 256
}
