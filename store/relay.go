package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"pavise"
	"pavise/store/file"
	"pavise/store/wire"
)

// A relay is a store in a file that can be in the hands of another process: what is
// asked while it changes hands waits.
type relay struct {
	through
	mu  sync.RWMutex
	now Store // a *file.Store, or that of the other process
}

func newRelay(now Store) *relay {
	r := &relay{now: now}
	r.through = r.wait
	return r
}

// wait does an operation where the file is open. What another process did not do,
// because it was just giving the file away, is done where that is then.
func (r *relay) wait(ctx context.Context, do func(Store) error) error {
	for {
		r.mu.RLock()
		err := do(r.now)
		r.mu.RUnlock()
		if !errors.Is(err, wire.ErrMoved) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", pavise.ErrAway, ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
}

// refuse is wait for another process. While the file changes hands it is told so, for it
// may be the one that takes it: then each would wait for the other.
func (r *relay) refuse(_ context.Context, do func(Store) error) error {
	if !r.mu.TryRLock() {
		return wire.ErrMoved
	}
	defer r.mu.RUnlock()
	return do(r.now)
}

// Close closes what is open here.
func (r *relay) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.drop()
}

func (r *relay) drop() error {
	if c, ok := r.now.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Path is where the file is that this process, or one with which it shares it, has open;
// "" where it is none.
func (o *Opened) Path() string { return o.place.path }

// Lend answers what another process asks of the file, until the connection ends.
func (o *Opened) Lend(conn net.Conn) {
	if r, ok := o.raw.(*relay); ok {
		wire.Serve(conn, through(r.refuse))
	}
}

// Take opens the file, which the process that has lent it keeps no more, and goes on
// with it. It is for what was opened with [Options.Lent].
func (o *Opened) Take() error {
	r, ok := o.raw.(*relay)
	if !ok {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, own := r.now.(*file.Store); own {
		return nil
	}
	return o.back(r)
}

// Give closes the file, so that another process can have it. From then on everything
// waits, until returned is called: with the store as that process has it, or with nil to
// have the file back.
func (o *Opened) Give() (returned func(Store) error, err error) {
	r, ok := o.raw.(*relay)
	if !ok {
		return nil, errors.New("there is no file to give")
	}
	r.mu.Lock()
	if err := r.drop(); err != nil {
		defer r.mu.Unlock()
		return nil, errors.Join(err, o.back(r))
	}
	return func(s Store) error {
		defer r.mu.Unlock()
		if s == nil {
			return o.back(r)
		}
		r.now = s
		return nil
	}, nil
}

// back opens the file. Where that cannot be done what was there stays, and is away if it
// was closed.
func (o *Opened) back(r *relay) error {
	f, err := file.Open(o.place.path, o.file)
	if err == nil {
		r.drop()
		r.now = f
	}
	return err
}
