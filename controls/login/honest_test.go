package login_test

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"pavise"
	"pavise/controls/login"
)

// scripted breaks what the nodes ask the store as a script says, one digit for each
// question: it is answered, or not asked, or asked and the answer lost. What comes after
// the script is answered.
func (h *house) scripted(script, questions int) {
	at := 0
	for _, l := range h.links {
		l.set(func(_ context.Context, write func()) error {
			digit := script % 3
			script /= 3
			if at++; at > questions || digit == 0 {
				write()
				return nil
			}
			if digit == 2 {
				write()
			}
			return pavise.ErrAway
		})
	}
}

// right logs in with the right password, and reports whether that was let.
func right(t *testing.T, l *login.Ledger, try login.Try) bool {
	t.Helper()
	a, err := l.Begin(context.Background(), try)
	if err != nil {
		return false
	}
	a.Succeed(context.Background())
	return true
}

// TestRightPasswords: before, during and after an outage, whatever of it is not asked
// and whatever answer is lost, who knows the password is let in; and when the store is
// back, nothing of it counts as a failure in a row, at no node.
func TestRightPasswords(t *testing.T) {
	const questions = 6
	all := 1
	for range questions {
		all *= 3
	}
	for _, known := range []bool{true, false} {
		for script := range all {
			if !known && script%7 != 0 {
				continue
			}
			h := newHouse(t)
			try := anybody
			if known {
				try.Device = h.nodes[0].Remember("", "alice").Value
			}
			h.scripted(script, questions)
			for i := range 5 {
				if !right(t, h.nodes[i*2/3%3], try) {
					t.Fatalf("known browser: %v, script %d: login %d is refused", known, script, i)
				}
			}
			h.breaks(nil)
			h.tellAll(t)
			if got := guesses(t, h.nodes[2], 8, try); got != 7 {
				t.Fatalf("known browser: %v, script %d: %d typos are forgiven afterwards, want 7", known, script, got)
			}
		}
	}
}

// tellAll has every node tell the store what it owes.
func (h *house) tellAll(t *testing.T) {
	t.Helper()
	h.clock.Add(int64(10 * time.Second))
	for _, node := range h.nodes {
		if !right(t, node, login.Try{Accounts: []string{"dave"}, Client: network6, Secret: "right"}) {
			t.Fatal("others are refused")
		}
	}
}

// TestOutageInFlight: whenever the store goes and comes between the begin of a login and its
// success, nothing of it counts for the account either, unless an answer was lost.
func TestOutageInFlight(t *testing.T) {
	ctx := context.Background()
	for begun := range 3 {
		for settled := range 3 {
			h := newHouse(t)
			outage := func(at, when int) {
				switch h.breaks(nil); {
				case at == when && when < 2:
					h.breaks(refuses)
				case at == when:
					h.breaks(isFull)
				default:
					h.tellAll(t)
				}
			}
			for i := range 40 {
				outage(i%3, begun)
				a, err := h.nodes[i%3].Begin(ctx, login.Try{Accounts: []string{"alice"}, Client: network6, Secret: "right"})
				if err != nil {
					t.Fatalf("outage %d, %d: login %d: %v", begun, settled, i, err)
				}
				outage((i+1)%3, settled)
				a.Succeed(ctx)
			}
			h.breaks(nil)
			h.tellAll(t)
			got := 0
			for i := range 30 {
				got += guesses(t, h.nodes[i%3], 1, login.Try{Accounts: []string{"alice"}, Client: netip.AddrFrom4([4]byte{203, 0, 113, byte(i)})})
			}
			if got < 12 || got > 14 {
				t.Errorf("outage %d, %d: %d guesses at the account afterwards, want 14", begun, settled, got)
			}
		}
	}
}

// TestLogsInOften: whoever logs in with the same right password again and again is let in
// for ever, with the store, without it, and while it comes and goes; one who is let in by
// a new one each time, as where the app cannot tell, has an end. Where answers are lost,
// that goes for known browsers: of an account nothing is taken off that may not be there.
func TestLogsInOften(t *testing.T) {
	for name, fault := range map[string]func(context.Context, func()) error{"present": nil, "away": refuses, "lossy": loses, "full": isFull} {
		for _, known := range []bool{true, false} {
			if name == "lossy" && !known {
				continue
			}
			h := newHouse(t)
			try := login.Try{Accounts: []string{"alice"}, Client: network6, Secret: "right"}
			if known {
				try.Device = h.nodes[0].Remember("", "alice").Value
			}
			for i := range 600 {
				if h.breaks(nil); i/10%2 == 0 {
					h.breaks(fault)
				}
				if !right(t, h.nodes[i%3], try) {
					t.Fatalf("%s, known browser: %v: login %d is refused", name, known, i)
				}
				h.clock.Add(int64(time.Second))
			}
			guessed := 0
			for i := range 600 {
				try.Secret = fmt.Sprint("guess ", i)
				if right(t, h.nodes[i%3], try) {
					guessed++
				}
			}
			if guessed < 1 || guessed > 70 {
				t.Errorf("%s, known browser: %v: %d guesses that an app let in", name, known, guessed)
			}
		}
	}
}
