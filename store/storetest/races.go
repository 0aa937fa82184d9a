package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

const (
	writers = 8 // at the same time
	rounds  = 50
)

// each runs do in writers goroutines, and waits for them.
func each(do func(writer int)) {
	var wait sync.WaitGroup
	for i := range writers {
		wait.Go(func() { do(i) })
	}
	wait.Wait()
}

// countsAtOnce: every addition counts, and each comes to a sum of its own: who
// reserves before a password is looked at cannot be passed by.
func countsAtOnce(t *testing.T, tr *trial) {
	var sums sync.Map
	each(func(int) {
		for range rounds {
			sum, _, err := tr.Add(tr.ctx, "a", 1, forever)
			if err != nil {
				t.Error(err)
				return
			}
			if _, twice := sums.LoadOrStore(sum, true); twice {
				t.Errorf("two additions came to %d", sum)
			}
		}
	})
	if sum, _ := tr.add(t, "a", 0, forever); sum != writers*rounds {
		t.Errorf("counts %d, want %d", sum, writers*rounds)
	}
}

func oneWins(t *testing.T, tr *trial) {
	version := uint64(0)
	for i := range rounds {
		var won atomic.Int64
		var winner atomic.Int64
		each(func(writer int) {
			did, err := tr.Swap(tr.ctx, "a", []byte(fmt.Sprint(i, writer)), version, forever)
			if err != nil {
				t.Error(err)
			}
			if did {
				won.Add(1)
				winner.Store(int64(writer))
			}
		})
		if won.Load() != 1 {
			t.Fatalf("round %d: %d of %d won", i, won.Load(), writers)
		}
		version = tr.get(t, "a", fmt.Sprint(i, winner.Load()))
	}
}

func noLostUpdate(t *testing.T, tr *trial) {
	each(func(int) {
		for range rounds / 2 {
			for did := false; !did; {
				value, version, err := tr.Get(tr.ctx, "a")
				if err == nil {
					did, err = tr.Swap(tr.ctx, "a", append(value, 'x'), version, forever)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	if value, _, err := tr.Get(tr.ctx, "a"); err != nil || len(value) != writers*(rounds/2) {
		t.Errorf("%d of %d updates, %v", len(value), writers*(rounds/2), err)
	}
}

// versionsAtOnce: a version means one value, however often it was deleted between.
func versionsAtOnce(t *testing.T, tr *trial) {
	var values sync.Map
	each(func(writer int) {
		for i := range rounds {
			value, version, err := tr.Get(tr.ctx, "a")
			if err != nil {
				t.Error(err)
				return
			}
			if other, seen := values.LoadOrStore(version, string(value)); seen && version != 0 && other != string(value) {
				t.Errorf("version %d is %q and %q", version, other, value)
			}
			if (i+writer)%3 == 0 {
				err = tr.Delete(tr.ctx, "a")
			} else {
				_, err = tr.Swap(tr.ctx, "a", []byte(fmt.Sprint(writer, "/", i)), version, forever)
			}
			if err != nil {
				t.Error(err)
			}
		}
	})
}

// lateWrites: a logout and the writes of slow requests run at the same time; however
// they come, nothing is left.
func lateWrites(t *testing.T, tr *trial) {
	for i := range rounds {
		key := fmt.Sprint("session ", i)
		tr.swap(t, key, "x", 0, forever, true)
		version := tr.get(t, key, "x")
		each(func(writer int) {
			var err error
			switch writer {
			case 0:
				err = tr.Delete(tr.ctx, key)
			case 1, 2, 3:
				_, err = tr.Touch(tr.ctx, key, forever)
			default:
				_, err = tr.Swap(tr.ctx, key, []byte("late"), version, forever)
			}
			if err != nil {
				t.Error(err)
			}
		})
		tr.get(t, key, "")
	}
}
