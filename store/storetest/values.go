package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pavise"
)

// swap swaps, and fails the test if that comes out otherwise.
func (tr *trial) swap(t *testing.T, key, value string, version uint64, life time.Duration, want bool) {
	t.Helper()
	if did, err := tr.Swap(tr.ctx, key, []byte(value), version, life); err != nil || did != want {
		t.Errorf("swap %.20q for %.20q at version %d: %v, %v; want %v", key, value, version, did, err, want)
	}
}

// get returns the version of a value; "" is none.
func (tr *trial) get(t *testing.T, key, want string) uint64 {
	t.Helper()
	value, version, err := tr.Get(tr.ctx, key)
	if err != nil || string(value) != want || (version == 0) != (want == "") {
		t.Errorf("get %.20q: %.20q, version %d, %v; want %.20q", key, value, version, err, want)
	}
	return version
}

func swaps(t *testing.T, tr *trial) {
	tr.get(t, "a", "")
	tr.swap(t, "a", "late", 1, forever, false)
	tr.swap(t, "a", "late", 1<<63, forever, false)
	tr.get(t, "a", "")
	tr.swap(t, "a", "one", 0, forever, true)
	tr.swap(t, "a", "again", 0, forever, false)
	first := tr.get(t, "a", "one")
	tr.swap(t, "b", "other", 0, forever, true)
	tr.swap(t, "a", "two", first, forever, true)
	tr.swap(t, "a", "lost", first, forever, false)
	second := tr.get(t, "a", "two")
	tr.swap(t, "a", "two", second, forever, true)
	if third := tr.get(t, "a", "two"); third == second {
		t.Error("the same value again is the same version")
	}
	tr.get(t, "b", "other")
	tr.delete(t, "b")
	tr.get(t, "b", "")
	if did, err := tr.Swap(tr.ctx, "empty", nil, 0, forever); !did || err != nil {
		t.Error(did, err)
	}
	if value, version, err := tr.Get(tr.ctx, "empty"); len(value) != 0 || version == 0 || err != nil {
		t.Errorf("a value of no bytes: %q, version %d, %v", value, version, err)
	}
}

func valuesEnd(t *testing.T, tr *trial) {
	tr.swap(t, "a", "one", 0, tr.unit, true)
	tr.swap(t, "b", "one", 0, forever, true)
	tr.swap(t, "b", "two", tr.get(t, "b", "one"), tr.unit, true) // a swap gives a life of its own
	version, _ := tr.version("b")
	tr.swap(t, "c", "one", 0, forever, true)
	tr.pass()
	tr.get(t, "a", "")
	tr.get(t, "b", "")
	tr.get(t, "c", "one")
	tr.touch(t, "a", forever, false)
	tr.swap(t, "b", "late", version, forever, version == 0)
	tr.swap(t, "a", "new", 0, forever, true)
	tr.get(t, "a", "new")
}

// version returns the version that there is, whatever the value.
func (tr *trial) version(key string) (uint64, error) {
	_, version, err := tr.Get(tr.ctx, key)
	return version, err
}

// versionsNeverRepeat: whoever still holds a version of before cannot write.
func versionsNeverRepeat(t *testing.T, tr *trial) {
	seen := map[uint64]int{}
	for i := range 20 {
		tr.swap(t, "a", "x", 0, forever, true)
		for range 3 {
			version := tr.get(t, "a", "x")
			if before, again := seen[version]; again {
				t.Fatalf("round %d has version %d, as round %d had", i, version, before)
			}
			seen[version] = i
			tr.swap(t, "a", "x", version, forever, true)
		}
		if i%4 == 3 { // it is there no more because it has ended, or was deleted
			tr.touch(t, "a", 0, true)
		} else {
			tr.delete(t, "a")
		}
	}
	tr.swap(t, "b", "x", 0, tr.unit, true)
	version, _ := tr.version("b")
	tr.pass()
	tr.swap(t, "b", "x", 0, forever, true)
	if now := tr.get(t, "b", "x"); now == version {
		t.Errorf("ended and made again, and version %d again", now)
	}
}

// nothingComesBack: a slow request that writes after a logout makes no session of it
// (express-session#632).
func nothingComesBack(t *testing.T, tr *trial) {
	tr.swap(t, "a", "one", 0, forever, true)
	version := tr.get(t, "a", "one")
	tr.delete(t, "a")
	tr.touch(t, "a", forever, false)
	tr.swap(t, "a", "resurrected", version, forever, false)
	tr.get(t, "a", "")
	tr.swap(t, "a", "another", 0, forever, true)
	tr.swap(t, "a", "resurrected", version, forever, false)
	tr.get(t, "a", "another")
	tr.add(t, "counter", 3, forever)
	tr.delete(t, "counter")
	tr.touch(t, "counter", forever, false)
	if sum, _ := tr.add(t, "counter", -1, forever); sum != 0 {
		t.Errorf("deleted, and counts %d", sum)
	}
}

func copies(t *testing.T, tr *trial) {
	mine := []byte("kept")
	if did, err := tr.Swap(tr.ctx, "a", mine, 0, forever); !did || err != nil {
		t.Fatal(did, err)
	}
	copy(mine, "XXXX")
	for range 2 {
		value, _, err := tr.Get(tr.ctx, "a")
		if err != nil || string(value) != "kept" {
			t.Errorf("%q, %v", value, err)
		}
		copy(value, "YYYY")
		_ = append(value, "and more"...)
	}
}

func kinds(t *testing.T, tr *trial) {
	tr.add(t, "counter", 2, forever)
	tr.swap(t, "value", "x", 0, forever, true)
	_, _, addErr := tr.Add(tr.ctx, "value", 1, forever)
	_, _, takeErr := tr.Add(tr.ctx, "value", -1, forever)
	_, _, getErr := tr.Get(tr.ctx, "counter")
	_, swapErr := tr.Swap(tr.ctx, "counter", nil, 0, forever)
	for i, err := range []error{addErr, takeErr, getErr, swapErr} {
		if !errors.Is(err, pavise.ErrKind) {
			t.Errorf("%d: %v, want %v", i, err, pavise.ErrKind)
		}
	}
	if sum, _ := tr.add(t, "counter", 0, forever); sum != 2 {
		t.Errorf("the counter is %d", sum)
	}
	tr.get(t, "value", "x")
	tr.delete(t, "counter")
	tr.touch(t, "value", 0, true)
	tr.swap(t, "counter", "now a value", 0, forever, true)
	if sum, _ := tr.add(t, "value", 1, forever); sum != 1 {
		t.Errorf("now a counter, of %d", sum)
	}
	tr.get(t, "counter", "now a value")
}

func sizes(t *testing.T, tr *trial) {
	key, value := strings.Repeat("k", pavise.MaxKey), strings.Repeat("v", pavise.MaxValue)
	tr.swap(t, key, value, 0, forever, true)
	tr.swap(t, key, value, tr.get(t, key, value), forever, true)
	tr.touch(t, key, forever, true)
	tr.delete(t, key)
	tr.add(t, key, 1, forever)
	_, _, addErr := tr.Add(tr.ctx, key+"k", 1, forever)
	_, touchErr := tr.Touch(tr.ctx, key+"k", forever)
	_, _, getErr := tr.Get(tr.ctx, key+"k")
	_, keyErr := tr.Swap(tr.ctx, key+"k", nil, 0, forever)
	_, valueErr := tr.Swap(tr.ctx, "a", make([]byte, pavise.MaxSealed+1), 0, forever)
	deleteErr := tr.Delete(tr.ctx, key+"k")
	for i, err := range []error{addErr, touchErr, getErr, keyErr, valueErr, deleteErr} {
		if !errors.Is(err, pavise.ErrTooLarge) {
			t.Errorf("%d: %v, want %v", i, err, pavise.ErrTooLarge)
		}
	}
	tr.get(t, "a", "")
}

// anyKey: no two keys are one, whatever a file or a protocol makes of their bytes.
func anyKey(t *testing.T, tr *trial) {
	keys := []string{"", " ", "a", "A", "a ", "\x00", "\x00\x00", "a\x00", "a\x00b", "\r\n", "a\r\nb", "*", "a*", "?", "{a}", "{a}b",
		"../a", "a/b", "\xff", "\xff\xfe", "ä", "a\u0308", "%s", "'", `"`, "$6", strings.Repeat("\xff", pavise.MaxKey)}
	for i, key := range keys {
		tr.swap(t, key, fmt.Sprint("value ", i), 0, forever, true)
	}
	for i, key := range keys {
		tr.get(t, key, fmt.Sprint("value ", i))
		tr.delete(t, key)
		tr.add(t, key, int64(i+1), forever)
	}
	for i, key := range keys {
		if sum, _ := tr.add(t, key, 0, forever); sum != int64(i+1) {
			t.Errorf("%q counts %d, want %d", key, sum, i+1)
		}
	}
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	tr.swap(t, "bytes", string(every), 0, forever, true)
	if value, _, err := tr.Get(tr.ctx, "bytes"); err != nil || !bytes.Equal(value, every) {
		t.Errorf("%x, %v", value, err)
	}
}

// endedContext: with a context that has ended an operation is done as ever, or it is
// not done and says that the store is away, and why.
func endedContext(t *testing.T, tr *trial) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	late, cancel := context.WithDeadline(context.Background(), time.Unix(1, 0))
	defer cancel()
	for name, ctx := range map[string]context.Context{"cancelled": cancelled, "late": late} {
		done := func(err error) bool {
			if err != nil && !(errors.Is(err, pavise.ErrAway) && errors.Is(err, ctx.Err())) {
				t.Errorf("%s: %v; want %v and %v", name, err, pavise.ErrAway, ctx.Err())
			}
			return err == nil
		}
		var want int64
		if _, _, err := tr.Add(ctx, name+" counter", 1, forever); done(err) {
			want = 1
		}
		if sum, _ := tr.add(t, name+" counter", 0, forever); sum != want {
			t.Errorf("%s: counts %d, want %d", name, sum, want)
		}
		value := ""
		if did, err := tr.Swap(ctx, name, []byte("x"), 0, forever); done(err) && did {
			value = "x"
		}
		tr.get(t, name, value)
		_, _, err := tr.Get(ctx, name)
		done(err)
		_, err = tr.Touch(ctx, name, forever)
		done(err)
		tr.add(t, name+" deleted", 1, forever)
		if want = 1; done(tr.Delete(ctx, name+" deleted")) {
			want = 0
		}
		if sum, _ := tr.add(t, name+" deleted", 0, forever); sum != want {
			t.Errorf("%s: deleted, and counts %d, want %d", name, sum, want)
		}
	}
}
