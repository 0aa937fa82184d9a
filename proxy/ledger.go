package proxy

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"pavise"
	"pavise/internal/redact"
)

// An Event is what became of one request, as the journal remembers it. Text in
// it may have come from a stranger.
type Event struct {
	Time    time.Time     `json:"time"`
	ID      string        `json:"id"`
	Action  pavise.Action `json:"action"`
	Control string        `json:"control,omitempty"` // "" where it was none of them
	Rule    string        `json:"rule,omitempty"`
	Status  int           `json:"status,omitempty"`
	Reason  string        `json:"reason,omitempty"`
	Saw     string        `json:"saw,omitempty"`
	Client  string        `json:"client,omitempty"`
	Method  string        `json:"method,omitempty"`
	Host    string        `json:"host,omitempty"`
	Path    string        `json:"path,omitempty"`
	Mend    string        `json:"mend,omitempty"`   // what helps better than an exemption
	Except  string        `json:"except,omitempty"` // else the exemption to paste
}

// A Group is how often the like happened: the same deed of the same control and
// rule, for the same method, host and path. The event is the latest.
type Group struct {
	Event
	First time.Time `json:"first"`
	Times int       `json:"times"`
}

// What the ledger remembers, whatever strangers send.
const (
	maxEvents = 4096
	maxGroups = 1024
)

// A ledger remembers the latest events, and counts all of them in groups.
type ledger struct {
	mu     sync.Mutex
	events []Event // a ring once it is full
	next   int
	groups map[kin]*Group
}

// kin is what the events of one group have in common. Without method, host and
// path it is the group of those that were forgotten.
type kin struct {
	action                            pavise.Action
	control, rule, method, host, path string
}

func (e *Event) kin() kin { return kin{e.Action, e.Control, e.Rule, e.Method, e.Host, e.Path} }

func eventOf(d pavise.Decision) Event {
	return Event{Time: d.Time, ID: d.ID, Action: d.Action, Control: d.Control, Rule: d.Rule, Status: d.Status,
		Reason: redact.Cards(d.Reason), Saw: keep(d.Saw), Client: whose(d), Method: keep(d.Method), Host: keep(d.Host),
		Path: strings.Clone(clipPath(d.Path)), Mend: d.Mend, Except: exemption(d)}
}

// keep is clip for a value that outlives its request: as a part of it, it would
// hold all of it in memory.
func keep(s string) string { return strings.Clone(clip(s)) }

func (l *ledger) take(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.events) < maxEvents {
		l.events = append(l.events, e)
	} else {
		l.events[l.next] = e
		l.next = (l.next + 1) % maxEvents
	}
	if g := l.groups[e.kin()]; g != nil {
		g.Event = e
		g.Times++
		return
	}
	if l.groups == nil {
		l.groups = map[kin]*Group{}
	}
	if len(l.groups) >= maxGroups {
		l.forget()
	}
	l.groups[e.kin()] = &Group{Event: e, First: e.Time, Times: 1}
}

// forget gives the rarest of some groups to the one without a path, so that a
// stranger who asks for ever new paths leaves the frequent ones alone, and each
// event stays counted.
func (l *ledger) forget() {
	var rarest *Group
	looked := 0
	for _, g := range l.groups {
		if g.Path != "" && (rarest == nil || g.Times < rarest.Times) {
			rarest = g
		}
		if looked++; looked == 16 && rarest != nil {
			break
		}
	}
	if rarest == nil {
		return // all are of the forgotten: as many as there are rules
	}
	delete(l.groups, rarest.kin())
	rarest.Method, rarest.Host, rarest.Path, rarest.Except = "", "", "", ""
	if g := l.groups[rarest.kin()]; g != nil {
		rarest.Times += g.Times
		rarest.First = g.First
	}
	l.groups[rarest.kin()] = rarest
}

// why returns the events of one request, and how often the like of each happened.
func (l *ledger) why(id string) []Group {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []Group
	for _, e := range slices.Concat(l.events[l.next:], l.events[:l.next]) {
		if e.ID != id {
			continue
		}
		g := Group{Event: e, First: e.Time, Times: 1}
		if like := l.groups[e.kin()]; like != nil {
			g.First, g.Times = like.First, like.Times
		}
		list = append(list, g)
	}
	return list
}

// latest returns at most n events of the actions, the newest first.
func (l *ledger) latest(n int, actions []pavise.Action) []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := []Event{}
	for _, part := range [][]Event{l.events[:l.next], l.events[l.next:]} {
		for _, e := range slices.Backward(part) {
			if len(list) < n && slices.Contains(actions, e.Action) {
				list = append(list, e)
			}
		}
	}
	return list
}

// with returns the groups of one action, the most frequent first.
func (l *ledger) with(action pavise.Action) []Group {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := []Group{}
	for _, g := range l.groups {
		if g.Action == action {
			list = append(list, *g)
		}
	}
	slices.SortFunc(list, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.Control, b.Control), cmp.Compare(a.Host, b.Host),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Rule, b.Rule))
	})
	return list
}
