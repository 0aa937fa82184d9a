package queue

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pavise/mail/letter"
	"pavise/test/tools"
)

func open(t *testing.T, dir string, max Bounds) (*Queue, []*Record, []string) {
	t.Helper()
	var notes []string
	q, list, err := Open(dir, max, func(s string) { notes = append(notes, s) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	return q, list, notes
}

func add(q *Queue, id, text string) (*Record, error) {
	r := &Record{ID: id, From: "a@b.test", Arrived: time.Now(), To: letter.All([]string{"c@d.test"}, letter.Delayed, "", "")}
	return r, q.Add(r, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
}

var wide = Bounds{Messages: 10, Bytes: 1000}

// TestRecover: what was half written is no message, what is damaged is put aside, and the
// rest is as it was.
func TestRecover(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "q")
	q, _, _ := open(t, dir, wide)
	for _, id := range []string{"whole", "short", "garbled", "bodiless"} {
		if _, err := add(q, id, "text of "+id); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := Open(dir, wide, nil); !errors.Is(err, ErrLocked) {
		t.Errorf("twice: %v", err)
	}
	q.Close()
	at := func(name string) string { return filepath.Join(dir, messages, name) }
	os.Truncate(at("short"), 3)
	os.WriteFile(at("garbled.json"), []byte("{"), 0o600)
	os.Remove(at("bodiless"))
	os.WriteFile(at("orphan"), []byte("no envelope"), 0o600)
	os.WriteFile(at("half.json.part"), []byte(`{"id":"half"`), 0o600)
	q, list, notes := open(t, dir, wide)
	if len(list) != 1 || list[0].ID != "whole" || len(notes) != 3 {
		t.Errorf("%v %q", list, notes)
	}
	left, _ := filepath.Glob(at("*"))
	aside, _ := filepath.Glob(filepath.Join(dir, damaged, "*"))
	if len(left) != 2 || len(aside) != 5 {
		t.Errorf("left %v, aside %v", left, aside)
	}
	if count, bytes := q.Used(); count != 1 || bytes != int64(len("text of whole")) {
		t.Errorf("%d %d", count, bytes)
	}
}

// TestUnreadable: what cannot be read just now is no reason to put a message aside.
func TestUnreadable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "q")
	q, _, _ := open(t, dir, wide)
	if _, err := add(q, "some", "x"); err != nil {
		t.Fatal(err)
	}
	q.Close()
	at, away := filepath.Join(dir, messages, "some.json"), filepath.Join(dir, "away")
	os.Rename(at, away)
	os.Mkdir(at, 0o700) // which opens, and cannot be read
	if _, _, err := Open(dir, wide, func(s string) { t.Error(s) }); err == nil {
		t.Error("it opens without a message of it")
	}
	os.Remove(at)
	os.Rename(away, at)
	if _, list, _ := open(t, dir, wide); len(list) != 1 {
		t.Errorf("%v", list)
	}
}

// TestOwner: root must not write into another account's queue, which could not read it.
func TestOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		tools.Lack(t, "only root gives folders away")
	}
	dir := filepath.Join(t.TempDir(), "q")
	for _, path := range []string{dir, filepath.Join(dir, messages)} {
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(path, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Open(dir, wide, nil); !errors.Is(err, ErrOwner) {
			t.Errorf("%s is another's: %v", path, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "lock")); err == nil {
		t.Error("it has left a lock there")
	}
}

// TestSettle: while what the disk would not do is tried again a message comes further, and
// goes: neither comes back.
func TestSettle(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "q")
	q, _, _ := open(t, dir, wide)
	for i := range 20 {
		old, err := add(q, fmt.Sprint("m", i), "x")
		if err != nil {
			t.Fatal(err)
		}
		q.mu.Lock()
		q.unsaved[old.ID] = old
		q.mu.Unlock()
		newer := *old
		newer.Attempts = 1
		done := make(chan struct{})
		go func() { q.Settle(); close(done) }()
		if err := q.Save(&newer); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			<-done
			if r, err := q.Load(old.ID); err != nil || r.Attempts != 1 {
				t.Fatalf("%d: %+v %v", i, r, err)
			}
		}
		if err := q.Remove(&newer); err != nil {
			t.Fatal(err)
		}
		<-done
		if _, err := q.Load(old.ID); !errors.Is(err, ErrNone) {
			t.Fatalf("%d: %v", i, err)
		}
	}
	if list, err := List(dir); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
}

// TestBounds: a full queue takes no more, and keeps nothing of what it refuses.
func TestBounds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "q")
	q, _, _ := open(t, dir, Bounds{Messages: 2, Bytes: 100})
	if _, err := add(q, "large", strings.Repeat("x", 101)); !errors.Is(err, ErrFull) {
		t.Error(err)
	}
	if _, err := add(q, "a", "x"); err != nil {
		t.Error(err)
	}
	r, err := add(q, "b", "x")
	if err != nil {
		t.Error(err)
	}
	if _, err := add(q, "c", "x"); !errors.Is(err, ErrFull) {
		t.Error(err)
	}
	told := &Record{ID: "told", To: r.To}
	if err := q.AddBounce(told, func(io.Writer) error { return nil }); err != nil {
		t.Errorf("a bounce takes the place of what it tells of: %v", err)
	}
	q.Remove(told)
	broken := &Record{ID: "d", To: r.To}
	q.Remove(r)
	if err := q.Add(broken, func(io.Writer) error { return errors.New("gone away") }); err == nil {
		t.Error("a message that ended early is taken")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, messages, "*")); len(left) != 2 {
		t.Errorf("%v", left)
	}
}

// TestDiskAway: while the folder cannot be written this process knows how far it has come,
// and nothing that was sent is there again.
func TestDiskAway(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "q")
	q, _, _ := open(t, dir, wide)
	some, err := add(q, "some", "x")
	if err != nil {
		t.Fatal(err)
	}
	away := filepath.Join(dir, "away")
	os.Rename(filepath.Join(dir, messages), away)
	os.WriteFile(filepath.Join(dir, messages), nil, 0o600) // no folder
	some.Attempts = 7
	if q.Save(some) == nil {
		t.Error("it is said to be kept")
	}
	if r, err := q.Load("some"); err != nil || r.Attempts != 7 {
		t.Errorf("%+v %v", r, err)
	}
	if q.Remove(some) == nil {
		t.Error("it is said to be taken away")
	}
	if _, err := q.Load("some"); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
	if _, err := add(q, "more", "x"); err == nil {
		t.Error("a message is taken without a disk")
	}
	os.Remove(filepath.Join(dir, messages))
	os.Rename(away, filepath.Join(dir, messages))
	q.Settle()
	if list, err := List(dir); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
	if count, _ := q.Used(); count != 0 {
		t.Errorf("%d are counted", count)
	}
}

// TestNames: no name of a message leads out of the queue.
func TestNames(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "q")
	open(t, dir, wide)
	for _, id := range []string{"", "..", "../lock", "a/b", "A", "a.json", strings.Repeat("a", 41)} {
		if _, err := Read(dir, id); !errors.Is(err, ErrNone) {
			t.Errorf("%q: %v", id, err)
		}
		if _, err := Message(dir, id); !errors.Is(err, ErrNone) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if a, b := NewID(), NewID(); !isID(a) || a == b {
		t.Error("two messages have one name, or one that is none")
	}
	if info, err := os.Stat(filepath.Join(dir, drop)); err != nil || fmt.Sprint(info.Mode()) != "dtrwx-wx-wx" {
		t.Error(info.Mode(), err)
	}
}

// TestLooksOn: however many names stand in the drop, each is read, and what is no message
// goes.
func TestLooksOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "q")
	q, _, _ := open(t, dir, wide)
	want := map[string]bool{}
	for i := range 25 {
		name := fmt.Sprint(i, refused)
		want[name] = true
		os.WriteFile(filepath.Join(dir, drop, name), nil, 0o600)
	}
	for round := range 2 {
		read := map[string]bool{}
		for range 3 {
			names, err := q.look(10)
			if err != nil || len(names) > 10 {
				t.Fatal(names, err)
			}
			for _, name := range names {
				read[name] = true
			}
		}
		if !maps.Equal(read, want) {
			t.Errorf("round %d: %v", round, read)
		}
	}
	old := filepath.Join(dir, drop, "junk")
	os.WriteFile(old, nil, 0o600)
	os.Chtimes(old, time.Time{}, time.Now().Add(-2*staleDrop))
	if err := Leave(dir, "a@b.test", []string{"c@d.test"}, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if ids, err := q.Drops(); err != nil || len(ids) != 1 {
		t.Error(ids, err)
	}
	if _, err := os.Stat(old); err == nil {
		t.Error("what is no message stays for ever")
	}
}
