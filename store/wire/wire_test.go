package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"pavise"
	"pavise/store/storetest"
)

// joined is a store as the process at the other end has it.
func joined(t *testing.T, s pavise.Store) (*Client, net.Conn) {
	t.Helper()
	ours, theirs := net.Pipe()
	c := NewClient(ours)
	go Serve(theirs, s)
	t.Cleanup(func() { c.Close() })
	return c, theirs
}

func TestPromises(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Kind{Open: func(t *testing.T, now func() time.Time) pavise.Store {
		c, _ := joined(t, pavise.NewMemory(now))
		return c
	}})
}

// silent is a store that does not answer.
type silent struct{ pavise.Store }

func (silent) Get(context.Context, string) ([]byte, uint64, error) { select {} }

// full is one that has no room.
type full struct{ pavise.Store }

func (full) Swap(context.Context, string, []byte, uint64, time.Duration) (bool, error) {
	return false, pavise.ErrFull
}
func (full) Delete(context.Context, string) error { return io.ErrShortWrite }

func TestErrorsKeepWhatTheyAre(t *testing.T) {
	c, _ := joined(t, full{})
	if _, err := c.Swap(t.Context(), "a", nil, 0, time.Hour); err != pavise.ErrFull {
		t.Error(err)
	}
	if err := c.Delete(t.Context(), "a"); err == nil || err.Error() != "short write" || errors.Is(err, pavise.ErrAway) {
		t.Error(err)
	}
}

// TestTheOtherEnds: who waits hears of it at once, and so does who asks later.
func TestTheOtherEnds(t *testing.T) {
	c, theirs := joined(t, silent{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, _, err := c.Get(ctx, "a"); !errors.Is(err, pavise.ErrAway) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one who does not wait for ever: %v", err)
	}
	time.AfterFunc(10*time.Millisecond, func() { theirs.Close() })
	for range 2 {
		if _, _, err := c.Get(t.Context(), "a"); !errors.Is(err, pavise.ErrAway) {
			t.Error(err)
		}
	}
	if len(c.waiting) > 0 {
		t.Errorf("%d are still waited for", len(c.waiting))
	}
}

// FuzzServe: whatever comes, nothing but the connection ends.
func FuzzServe(f *testing.F) {
	f.Add([]byte(`{"id":1,"op":"add","key":"YQ==","n":1,"life":1000000000}{"id":2,"op":"get"}`))
	f.Add([]byte(`{"op":"what"}[`))
	f.Fuzz(func(t *testing.T, b []byte) {
		ours, theirs := net.Pipe()
		done := make(chan struct{})
		go func() { Serve(theirs, pavise.NewMemory(time.Now)); close(done) }()
		go io.Copy(io.Discard, ours)
		ours.SetDeadline(time.Now().Add(5 * time.Second))
		ours.Write(b)
		ours.Close()
		<-done
	})
}
