package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pavise"
)

// fills: a full store says so and goes on with what it has. Nothing that lives is
// dropped; it takes again when something was deleted, and when something has ended.
func fills(t *testing.T, tr *trial) {
	if tr.kind.Room == 0 {
		t.Skip("it is not to be made full")
	}
	value := strings.Repeat("v", pavise.MaxValue)
	tr.add(t, "blocked", 2*pavise.Precious, forever)
	taken := map[int]bool{}
	full := 0
	for i := 0; i < 4*tr.kind.Room/pavise.MaxValue+200 && full < 200; i++ {
		did, err := tr.Swap(tr.ctx, fmt.Sprint("value ", i), []byte(value), 0, forever)
		switch {
		case errors.Is(err, pavise.ErrFull):
			full++
		case err != nil || !did:
			t.Fatal(did, err)
		default:
			taken[i] = true
		}
	}
	if full == 0 {
		t.Fatalf("it has taken %d bytes", len(taken)*pavise.MaxValue)
	}
	some := -1
	for i := range taken {
		tr.get(t, fmt.Sprint("value ", i), value)
		some = i
	}
	tr.touch(t, fmt.Sprint("value ", some), 2*forever, true)
	if sum, _ := tr.add(t, "blocked", 0, forever); sum != 2*pavise.Precious {
		t.Errorf("the counter is %d", sum)
	}
	for i := range taken {
		tr.delete(t, fmt.Sprint("value ", i))
	}
	tr.swap(t, "after", value, 0, forever, true)
	tr.get(t, "after", value)
}

// fillsWithCounters: names that a stranger makes up push out neither a session nor a
// block, and are counted for ever.
func fillsWithCounters(t *testing.T, tr *trial) {
	if tr.kind.Room == 0 || !tr.kind.Yields {
		t.Skip("it drops nothing")
	}
	tr.swap(t, "session", "alice", 0, forever, true)
	tr.add(t, "blocked", pavise.Precious, forever)
	pad := strings.Repeat("p", pavise.MaxKey-20)
	each(func(writer int) {
		for i := range 3 * tr.kind.Room / pavise.MaxKey / 2 / writers {
			if _, _, err := tr.Add(tr.ctx, fmt.Sprint(pad, writer, " ", i), 1+int64(i%3), forever); err != nil {
				t.Errorf("after %d: %v", i, err)
				return
			}
		}
	})
	tr.get(t, "session", "alice")
	if sum, _ := tr.add(t, "blocked", 0, forever); sum != pavise.Precious {
		t.Errorf("the block counts %d", sum)
	}
	tr.swap(t, "another", strings.Repeat("v", pavise.MaxValue), 0, forever, true)
}

// fillsWithValues: whoever begins sessions without end does not make it forget how often
// a login has failed.
func fillsWithValues(t *testing.T, tr *trial) {
	if tr.kind.Room == 0 || !tr.kind.Yields {
		t.Skip("it drops nothing")
	}
	const logins = 50
	for i := range logins {
		tr.add(t, fmt.Sprint("failed ", i), 3, forever)
	}
	value, full := strings.Repeat("v", 200), 0
	for i := 0; full < 50; i++ {
		if _, err := tr.Swap(tr.ctx, fmt.Sprint("value ", i), []byte(value), 0, forever); errors.Is(err, pavise.ErrFull) {
			full++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for i := range logins {
		if sum, _ := tr.add(t, fmt.Sprint("failed ", i), 0, forever); sum != 3 {
			t.Fatalf("of 3 failed logins it knows %d", sum)
		}
		tr.add(t, fmt.Sprint("another ", i), 1, forever)
	}
}

// opensAgain: what was there is there again, with its end and its version.
func opensAgain(t *testing.T, tr *trial) {
	if tr.kind.Reopen == nil {
		t.Skip("it forgets")
	}
	tr.add(t, "counter", 3, forever)
	tr.swap(t, "value", "x", 0, forever, true)
	tr.swap(t, "short", "x", 0, tr.unit, true)
	tr.swap(t, "deleted", "x", 0, forever, true)
	version, deleted := tr.get(t, "value", "x"), tr.get(t, "deleted", "x")
	tr.delete(t, "deleted")
	tr.Store = tr.kind.Reopen(t, tr.Store)
	if sum, left := tr.add(t, "counter", 0, forever); sum != 3 || !tr.left(left, forever) {
		t.Errorf("counts %d with %s left", sum, left)
	}
	if now := tr.get(t, "value", "x"); now != version {
		t.Errorf("version %d, want %d", now, version)
	}
	tr.get(t, "deleted", "")
	tr.swap(t, "deleted", "y", 0, forever, true)
	if now := tr.get(t, "deleted", "y"); now == deleted {
		t.Errorf("version %d again", now)
	}
	tr.pass()
	tr.get(t, "short", "")
	tr.swap(t, "value", "y", version, forever, true)
}
