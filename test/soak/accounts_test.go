package soak

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// accounts are what is exact at the end.
type accounts struct {
	sent, answered int
	instead        map[string]int // answers of Pavise after the app had answered
	refused        map[string]int // and before it was asked
	failed         map[string]int // requests without an answer, by the reason
	slowest        []time.Duration

	logins, lockedOut, created, used, unknown, mixedUp, undecided int

	left, loggedOut           []kept
	lost, resurrected, copies int            // sessions; copies are of those that the browser bore sealed
	mostGuesses               map[string]int // by what they are counted by
	faults                    map[string]int
	long                      time.Duration
}

// kept is a session as its browser knows it.
type kept struct {
	user, handle string
	since        time.Duration // the soak began
}

// sealed reports whether the browser bears the session itself, as it does when it began
// while the store was away or full. Its logout then takes it out of the browser; who has
// copied it before may go on if the store was not there to note it.
func (k kept) sealed() bool { return len(k.handle) > 100 }

func (a *accounts) total(by map[string]int) (n int) {
	for _, k := range by {
		n += k
	}
	return n
}

// sealed counts the sessions that browsers bore themselves.
func (a *accounts) sealed() (n int) {
	for _, k := range append(append([]kept{}, a.left...), a.loggedOut...) {
		if k.sealed() {
			n++
		}
	}
	return n
}

// A scene is the nodes, who visits them, and the books.
type scene struct {
	t       *testing.T
	app     *app
	nodes   []*node
	began   time.Time
	faults  map[string]int
	done    chan struct{}
	met     int
	working sync.WaitGroup

	mu      sync.Mutex
	a       accounts
	outcome map[string]string // of each request: app, pavise, or why it failed
}

// newScene lets browsers and attackers begin.
func newScene(t *testing.T, a *app, nodes []*node) *scene {
	s := &scene{t: t, app: a, nodes: nodes, began: time.Now(), done: make(chan struct{}), outcome: map[string]string{}}
	s.a = accounts{instead: map[string]int{}, refused: map[string]int{}, failed: map[string]int{}, mostGuesses: map[string]int{}, faults: map[string]int{}}
	s.faults = s.a.faults
	for i := range browsers {
		v := s.visitor(fmt.Sprint("user ", i), fmt.Sprint("192.0.2.", i+1))
		s.working.Go(func() { v.live(s.done) })
	}
	for i := range attackers {
		v := s.visitor(fmt.Sprint("attacker ", i), fmt.Sprint(i+1))
		s.working.Go(func() { v.guess(s.done) })
	}
	v := s.visitor("sprayer", "198.51.100.1")
	s.working.Go(func() { v.spray(s.done) })
	return s
}

func (s *scene) count(change func(*accounts)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.a)
}

// book notes what came of a request, which has a name of its own.
func (s *scene) book(called string, got answer, err error, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.a.sent++
	s.a.slowest = append(s.a.slowest, took)
	switch {
	case err != nil:
		s.outcome[called] = reason(err)
	case got.app:
		s.outcome[called] = "app"
	default:
		s.outcome[called] = fmt.Sprint("pavise ", got.status)
	}
}

// settle ends the visits and lets the nodes find that the store is back: what waits to
// be written is, while they are asked something.
func (s *scene) settle(d time.Duration) {
	close(s.done)
	s.working.Wait()
	s.a.long = time.Since(s.began)
	v := s.visitor("passer-by", "192.0.2.200")
	defer v.leave()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for i := range s.nodes {
			clear(v.cookies)
			v.ask(i, "/me", nil)
		}
	}
}

// mayRest is for how long a session may have been left to be looked for at the end: after
// 15 minutes of rest the vault ends it, and to look for all takes a while.
const mayRest = 13 * time.Minute

// draw closes the books: every request has one outcome, every session is where it was
// left, and none is where it was ended.
func (s *scene) draw() *accounts {
	alive, copies := map[kept]bool{}, map[kept]bool{}
	ago := time.Since(s.began)
	s.a.left = slices.DeleteFunc(s.a.left, func(k kept) bool { return ago-k.since > mayRest })
	lost := s.missing(s.a.left)
	for end := time.Now().Add(10 * time.Second); len(lost) > 0 && time.Now().Before(end); time.Sleep(time.Second) {
		lost = s.missing(lost) // a busy machine may take a store for away for a second
	}
	s.meet(s.a.loggedOut, 1, func(i int, body string) {
		switch k := s.a.loggedOut[i]; {
		case body == k.user && k.sealed():
			copies[k] = true
		case body == k.user:
			alive[k] = true
		}
	})
	for _, k := range lost {
		s.t.Logf("lost: a session of %s of %s into the soak, sealed: %v", k.user, k.since.Round(time.Second), k.sealed())
	}
	s.a.lost, s.a.resurrected, s.a.copies = len(lost), len(alive), len(copies)
	s.app.mu.Lock()
	defer s.app.mu.Unlock()
	s.requests()
	s.guesses()
	slices.Sort(s.a.slowest)
	a := &s.a
	for what, wrong := range map[string]int{"sessions lost": a.lost, "sessions that went on after the logout": a.resurrected, "sessions of somebody else": a.mixedUp, "logins with the right password refused for failures": a.lockedOut} {
		if wrong > 0 {
			s.t.Errorf("%d %s, and %d sessions were created", wrong, what, a.created)
		}
	}
	if worst := a.slowest[len(a.slowest)-1]; worst > budget {
		s.t.Errorf("a request took %s", worst)
	}
	if a.created == 0 || a.used == 0 || len(a.left) == 0 || len(a.loggedOut) == 0 {
		s.t.Errorf("nothing was tried: %d sessions, used %d times, %d left, %d logged out", a.created, a.used, len(a.left), len(a.loggedOut))
	}
	s.t.Logf("%d requests, %d answered, refused %v, instead %v, failed %v, slowest %s; %d sessions, %d lost, %d alive, %d copies alive; guesses %v",
		a.sent, a.answered, a.refused, a.instead, a.failed, a.slowest[len(a.slowest)-1], a.created, a.lost, a.resurrected, a.copies, a.mostGuesses)
	return a
}

// missing returns those that not every node knows, as they are by now. One that a single
// node knows is written when that sees it.
func (s *scene) missing(sessions []kept) (list []kept) {
	unknown := map[int]bool{}
	s.meet(sessions, 2, func(i int, body string) { unknown[i] = unknown[i] || body != sessions[i].user })
	for i, k := range sessions {
		if unknown[i] {
			list = append(list, k)
		}
	}
	return list
}

// meet shows sessions to every node, some rounds, and follows them as a browser does. In
// the last round is told who each node takes it for.
func (s *scene) meet(sessions []kept, rounds int, met func(int, string)) {
	s.met++
	v := s.visitor(fmt.Sprint("auditor ", s.met), "192.0.2.201")
	defer v.leave()
	for at, k := range sessions {
		v.cookies = map[string]string{handle: k.handle}
		for i := range rounds * len(s.nodes) {
			a := v.ask(i%len(s.nodes), "/me", nil)
			for tries := 0; a.status == http.StatusTooManyRequests && tries < 15; tries++ { // nobody else asks for so much from one address
				time.Sleep(time.Second)
				a = v.ask(i%len(s.nodes), "/me", nil)
			}
			if !a.done() {
				s.t.Fatalf("nothing is wrong any more, and %s is answered %d", k.user, a.status)
			}
			if i >= (rounds-1)*len(s.nodes) {
				met(at, a.body)
			}
			if v.cookies[handle] == "" { // who has a copy does not let go of it
				v.cookies[handle] = k.handle
			}
		}
	}
}

// requests holds what browsers got against what the app saw.
func (s *scene) requests() {
	for called, n := range s.app.seen {
		if n > 1 {
			s.t.Errorf("the app was asked %d times what was asked once: %s", n, called)
		}
		if s.outcome[called] == "" {
			s.t.Errorf("nobody has sent what the app saw: %s", called)
		}
	}
	for called, outcome := range s.outcome {
		status, pavise := strings.CutPrefix(outcome, "pavise ")
		switch seen := s.app.seen[called] > 0; {
		case outcome == "app" && !seen:
			s.t.Errorf("answered by an app that was never asked: %s", called)
		case outcome == "app":
			s.a.answered++
		case pavise && seen:
			s.a.instead[status]++
		case pavise:
			s.a.refused[status]++
		default:
			s.a.failed[outcome]++
		}
	}
	if n := s.a.answered + s.a.total(s.a.instead) + s.a.total(s.a.refused) + s.a.total(s.a.failed); n != s.a.sent {
		s.t.Errorf("%d requests were sent, and %d are accounted for", s.a.sent, n)
	}
}

// most is how many wrong passwords may reach the app, whatever happens to the store.
var most = map[string]int{"account": 20, "address": 100, "account and address": 10}

func (s *scene) guesses() {
	for by, n := range s.app.guesses {
		kind, _, _ := strings.Cut(by, " ")
		if strings.Contains(by, " from ") {
			kind = "account and address"
		}
		s.a.mostGuesses[kind] = max(s.a.mostGuesses[kind], n)
	}
	for _, kind := range slices.Sorted(maps.Keys(most)) {
		if got := s.a.mostGuesses[kind]; got > most[kind] {
			s.t.Errorf("%d guesses by %s reached the app, and %d may", got, kind, most[kind])
		}
	}
}
