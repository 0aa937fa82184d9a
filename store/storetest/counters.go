package storetest

import (
	"math"
	"testing"
	"time"

	"pavise"
)

// add adds, and fails the test at an error.
func (tr *trial) add(t *testing.T, key string, n int64, life time.Duration) (int64, time.Duration) {
	t.Helper()
	sum, left, err := tr.Add(tr.ctx, key, n, life)
	if err != nil {
		t.Fatalf("add %d to %q: %v", n, key, err)
	}
	return sum, left
}

func (tr *trial) touch(t *testing.T, key string, life time.Duration, want bool) {
	t.Helper()
	if there, err := tr.Touch(tr.ctx, key, life); err != nil || there != want {
		t.Errorf("touch %q: %v, %v; want %v", key, there, err, want)
	}
}

func (tr *trial) delete(t *testing.T, key string) {
	t.Helper()
	if err := tr.Delete(tr.ctx, key); err != nil {
		t.Fatalf("delete %q: %v", key, err)
	}
}

func counts(t *testing.T, tr *trial) {
	for i, s := range []struct{ n, want int64 }{{0, 0}, {-1, 0}, {3, 3}, {2, 5}, {0, 5}, {-1, 4}, {-9, 0}, {-1, 0}, {1, 1}} {
		if sum, left := tr.add(t, "a", s.n, forever); sum != s.want || (left > 0) != (i > 1) {
			t.Errorf("step %d: adding %d makes %d, with %s left; want %d", i, s.n, sum, left, s.want)
		}
	}
	tr.add(t, "b", 7, forever)
	tr.delete(t, "a")
	tr.delete(t, "never there")
	if sum, left := tr.add(t, "a", 0, forever); sum != 0 || left != 0 {
		t.Errorf("deleted, and still %d with %s left", sum, left)
	}
	if sum, _ := tr.add(t, "b", 0, forever); sum != 7 {
		t.Errorf("another counter is %d, want 7", sum)
	}
}

// countsEnd: whoever comes later neither lengthens nor shortens a life.
func countsEnd(t *testing.T, tr *trial) {
	_, left := tr.add(t, "short", 1, tr.unit)
	sum, still := tr.add(t, "short", 1, forever)
	if !tr.late() && (sum != 2 || !tr.left(left, tr.unit) || !tr.left(still, tr.unit)) {
		t.Errorf("counts %d, %s left and then %s; want 2, %s", sum, left, still, tr.unit)
	}
	tr.add(t, "long", 1, forever)
	if _, left := tr.add(t, "long", 1, tr.unit); !tr.left(left, forever) {
		t.Errorf("%s left, want %s", left, forever)
	}
	tr.pass()
	if sum, left := tr.add(t, "short", -1, forever); sum != 0 || left != 0 {
		t.Errorf("ended, and comes to %d with %s left", sum, left)
	}
	if sum, left := tr.add(t, "short", 1, forever); sum != 1 || !tr.left(left, forever) {
		t.Errorf("ended, and begins again with %d and %s left", sum, left)
	}
	if sum, _ := tr.add(t, "long", 1, tr.unit); sum != 3 {
		t.Errorf("counts %d, want 3", sum)
	}
}

// countsWithin: a counter that is full stays so. Starting again at 0 would lift a
// block.
func countsWithin(t *testing.T, tr *trial) {
	tr.add(t, "a", 5, forever)
	for _, n := range []int64{math.MaxInt64, math.MaxInt64, 1} {
		if sum, _ := tr.add(t, "a", n, forever); sum != pavise.MaxCount {
			t.Errorf("adding %d comes to %d, want %d", n, sum, pavise.MaxCount)
		}
	}
	if sum, _ := tr.add(t, "a", -1, forever); sum != pavise.MaxCount-1 {
		t.Errorf("one less is %d", sum)
	}
	if sum, _ := tr.add(t, "a", math.MinInt64, forever); sum != 0 {
		t.Errorf("taking away all leaves %d", sum)
	}
	if sum, _ := tr.add(t, "b", math.MaxInt64, forever); sum != pavise.MaxCount {
		t.Errorf("it begins with %d", sum)
	}
}

// noLife: who lives for nothing is not there; who lives for ever does not end
// because a sum of times overflows.
func noLife(t *testing.T, tr *trial) {
	for _, life := range []time.Duration{0, -tr.unit, math.MinInt64} {
		if sum, left := tr.add(t, "counter", 1, life); sum != 1 || left != 0 {
			t.Errorf("life %d: counts %d with %s left", life, sum, left)
		}
		if sum, _ := tr.add(t, "counter", 0, forever); sum != 0 {
			t.Errorf("life %d: there is a counter", life)
		}
		tr.swap(t, "value", "x", 0, life, true)
		tr.get(t, "value", "")
		tr.add(t, "touched", 1, forever)
		tr.touch(t, "touched", life, true)
		tr.touch(t, "touched", forever, false)
		tr.swap(t, "replaced", "x", 0, forever, true)
		tr.swap(t, "replaced", "y", tr.get(t, "replaced", "x"), life, true)
		tr.get(t, "replaced", "")
	}
	tr.add(t, "counter", 1, math.MaxInt64)
	if sum, left := tr.add(t, "counter", 1, math.MaxInt64); sum != 2 || left < forever {
		t.Errorf("counts %d with %s left", sum, left)
	}
	tr.swap(t, "value", "x", 0, math.MaxInt64, true)
	tr.touch(t, "value", math.MaxInt64, true)
	tr.pass()
	tr.get(t, "value", "x")
}

func touches(t *testing.T, tr *trial) {
	tr.touch(t, "a", forever, false)
	tr.get(t, "a", "")
	tr.add(t, "longer", 2, tr.unit)
	tr.swap(t, "longer too", "x", 0, tr.unit, true)
	if !tr.late() {
		tr.touch(t, "longer", forever, true)
		tr.touch(t, "longer too", forever, true)
	}
	inTime := !tr.late()
	tr.add(t, "shorter", 2, forever)
	tr.swap(t, "shorter too", "x", 0, forever, true)
	version := tr.get(t, "shorter too", "x")
	tr.touch(t, "shorter too", 2*forever, true)
	if now := tr.get(t, "shorter too", "x"); now != version {
		t.Errorf("touched, and its version is %d instead of %d", now, version)
	}
	tr.touch(t, "shorter", tr.unit, true)
	tr.touch(t, "shorter too", tr.unit, true)
	tr.pass()
	if inTime {
		if sum, _ := tr.add(t, "longer", 0, forever); sum != 2 {
			t.Errorf("touched, and counts %d, want 2", sum)
		}
		tr.get(t, "longer too", "x")
	}
	tr.touch(t, "shorter", forever, false)
	tr.touch(t, "shorter too", forever, false)
	tr.get(t, "shorter too", "")
}
