package pavise

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A setClock is a clock that a test sets.
type setClock struct{ at time.Time }

func (c *setClock) now() time.Time { return c.at }

func TestStoreCounters(t *testing.T) {
	ctx, clock := context.Background(), &setClock{at: time.Unix(1e9, 0)}
	var store Store = NewMemory(clock.now)
	steps := []struct {
		after time.Duration
		n     int64
		life  time.Duration
		sum   int64
		left  time.Duration
	}{
		{0, -1, time.Minute, 0, 0}, // taking away makes no counter
		{0, 3, time.Minute, 3, time.Minute},
		{20 * time.Second, 2, time.Hour, 5, 40 * time.Second}, // it keeps its end
		{0, -9, time.Hour, 0, 40 * time.Second},
		{39 * time.Second, 1, time.Hour, 1, time.Second},
		{time.Second, 1, time.Hour, 1, time.Hour}, // it had ended
	}
	for i, s := range steps {
		clock.at = clock.at.Add(s.after)
		sum, left, err := store.Add(ctx, "a", s.n, s.life)
		if err != nil || sum != s.sum || left != s.left {
			t.Errorf("step %d: %d, %s, %v; want %d, %s", i, sum, left, err, s.sum, s.left)
		}
	}
	if there, err := store.Touch(ctx, "a", 2*time.Hour); !there || err != nil {
		t.Error(there, err)
	}
	if there, err := store.Touch(ctx, "b", time.Hour); there || err != nil {
		t.Error(there, err)
	}
	clock.at = clock.at.Add(90 * time.Minute)
	if sum, left, _ := store.Add(ctx, "a", 0, time.Hour); sum != 1 || left != 30*time.Minute {
		t.Error(sum, left)
	}
	if err := store.Delete(ctx, "a"); err != nil {
		t.Error(err)
	}
	if sum, _, _ := store.Add(ctx, "a", 1, time.Hour); sum != 1 {
		t.Error(sum)
	}
}

func TestStoreValues(t *testing.T) {
	ctx, clock := context.Background(), &setClock{at: time.Unix(1e9, 0)}
	var store Store = NewMemory(clock.now)
	swap := func(value string, version uint64, want bool) {
		t.Helper()
		if did, err := store.Swap(ctx, "a", []byte(value), version, time.Minute); did != want || err != nil {
			t.Errorf("%q at version %d: %v, %v", value, version, did, err)
		}
	}
	get := func(want string) uint64 {
		t.Helper()
		value, version, err := store.Get(ctx, "a")
		if string(value) != want || err != nil || (version == 0) != (want == "") {
			t.Errorf("%q, %d, %v; want %q", value, version, err, want)
		}
		return version
	}
	get("")
	swap("late", 1, false)
	swap("one", 0, true)
	swap("again", 0, false)
	first := get("one")
	swap("two", first, true)
	swap("lost", first, false)
	second := get("two")
	store.Delete(ctx, "a")
	swap("resurrected", second, false) // express-session#632
	get("")
	swap("three", 0, true)
	clock.at = clock.at.Add(time.Minute)
	get("")
	swap("kept", 0, true)
	value, _, _ := store.Get(ctx, "a")
	value[0] = 'X'
	get("kept")
}

func TestStoreRefuses(t *testing.T) {
	ctx, store := context.Background(), NewMemory(nil)
	store.Add(ctx, "counter", 1, time.Hour)
	store.Swap(ctx, "value", nil, 0, time.Hour)
	_, _, addErr := store.Add(ctx, "value", 1, time.Hour)
	_, _, getErr := store.Get(ctx, "counter")
	_, swapErr := store.Swap(ctx, "counter", nil, 0, time.Hour)
	_, _, keyErr := store.Add(ctx, strings.Repeat("k", MaxKey+1), 1, time.Hour)
	_, valueErr := store.Swap(ctx, "large", make([]byte, MaxSealed+1), 0, time.Hour)
	for got, want := range map[error]error{addErr: ErrKind, getErr: ErrKind, swapErr: ErrKind, keyErr: ErrTooLarge, valueErr: ErrTooLarge} {
		if !errors.Is(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

func TestStoreIsAtomic(t *testing.T) {
	ctx, store := context.Background(), NewMemory(nil)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 500 {
				store.Add(ctx, "counter", 1, time.Hour)
				for did := false; !did; {
					value, version, _ := store.Get(ctx, "value")
					did, _ = store.Swap(ctx, "value", append(value, 'x'), version, time.Hour)
				}
			}
		})
	}
	wait.Wait()
	sum, _, _ := store.Add(ctx, "counter", 0, time.Hour)
	if value, _, _ := store.Get(ctx, "value"); sum != 4000 || len(value) != 4000 {
		t.Errorf("%d and %d of 4000", sum, len(value))
	}
}

// TestMemoryIsBounded: a million made-up names stay within the bound, and neither a
// value nor a counter that counts much is dropped for them.
func TestMemoryIsBounded(t *testing.T) {
	ctx, store := context.Background(), NewMemory(nil)
	for i := range 1000 {
		store.Add(ctx, fmt.Sprint("blocked", i), Precious, time.Hour)
		store.Swap(ctx, fmt.Sprint("value", i), []byte("x"), 0, time.Hour)
	}
	before := inUse()
	for i := range 1_000_000 {
		if _, _, err := store.Add(ctx, fmt.Sprint("a made-up name ", i), 1+int64(i%3), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if grown := inUse() - before; grown > 2*memoryBytes {
		t.Errorf("it has grown by %d MiB", grown>>20)
	}
	for i := range 1000 {
		sum, _, _ := store.Add(ctx, fmt.Sprint("blocked", i), 0, time.Hour)
		if value, _, _ := store.Get(ctx, fmt.Sprint("value", i)); sum != Precious || !bytes.Equal(value, []byte("x")) {
			t.Fatalf("%d: %d, %q", i, sum, value)
		}
	}
}

// TestMemoryFull: when everything in it is precious, it says so, until some of it
// has ended.
func TestMemoryFull(t *testing.T) {
	ctx, clock := context.Background(), &setClock{at: time.Unix(1e9, 0)}
	store := NewMemory(clock.now)
	full := 0
	for i := range 3 * memoryBytes / MaxValue {
		if _, err := store.Swap(ctx, fmt.Sprint(i), make([]byte, MaxValue), 0, time.Hour); errors.Is(err, ErrFull) {
			full++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if full < memoryBytes/MaxValue {
		t.Errorf("it took %d MiB", (3*memoryBytes-full*MaxValue)>>20)
	}
	clock.at = clock.at.Add(time.Hour)
	for i := range 100 {
		if _, err := store.Swap(ctx, fmt.Sprint("new", i), make([]byte, MaxValue), 0, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
}

// TestValuesLeaveRoom: as many values as anybody may write take the place of no
// counter, however little it counts.
func TestValuesLeaveRoom(t *testing.T) {
	ctx, store := context.Background(), NewMemory(nil)
	for i := range 5_000 {
		store.Add(ctx, fmt.Sprint("failures ", i), 1, time.Hour)
	}
	full := 0
	for i := range 60_000 {
		if _, err := store.Swap(ctx, fmt.Sprint("session ", i), make([]byte, 400), 0, time.Hour); errors.Is(err, ErrFull) {
			full++
		}
	}
	if full == 0 {
		t.Error("it takes whatever comes")
	}
	for i := range 5_000 {
		if n, _, err := store.Add(ctx, fmt.Sprint("failures ", i), 1, time.Hour); n != 2 || err != nil {
			t.Fatalf("%d: %d, %v", i, n, err)
		}
	}
}

func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkMemoryAdd(b *testing.B) {
	ctx, store := context.Background(), NewMemory(nil)
	b.ReportAllocs()
	for b.Loop() {
		store.Add(ctx, "login:0123456789012345678901", 1, time.Hour)
	}
}

// BenchmarkMemoryParallel counts for many clients at once: they share no lock.
func BenchmarkMemoryParallel(b *testing.B) {
	ctx, store := context.Background(), NewMemory(nil)
	var clients atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		keys := make([]string, 256)
		for i := range keys {
			keys[i] = fmt.Sprint("client ", clients.Add(1))
		}
		for i := 0; pb.Next(); i++ {
			store.Add(ctx, keys[i%len(keys)], 1, time.Minute)
		}
	})
}
