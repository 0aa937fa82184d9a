package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// Add puts a message into the queue: when it returns nil the message is on the disk, and
// when it does not there is none. Write writes it, and may fill in the record meanwhile.
// A message that is already there under its name is left as it is.
func (q *Queue) Add(r *Record, write func(io.Writer) error) error { return q.add(r, write, q.room) }

// AddBounce is Add for what tells of a message of the queue that failed, and is to take its
// place: a queue that is full of such messages would else never let one go.
func (q *Queue) AddBounce(r *Record, write func(io.Writer) error) error {
	return q.add(r, write, func(int64) error { return nil })
}

func (q *Queue) add(r *Record, write func(io.Writer) error, room func(int64) error) error {
	if err := room(0); err != nil {
		return err
	}
	if _, err := os.Stat(q.path(r.ID + envelope)); err == nil {
		return nil
	}
	err := q.store(r, write, room)
	if err != nil {
		os.Remove(q.path(r.ID + envelope))
		os.Remove(q.path(r.ID))
		return full(err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sizes[r.ID] = r.Size
	q.bytes += r.Size
	return nil
}

func (q *Queue) store(r *Record, write func(io.Writer) error, room func(int64) error) error {
	f, err := os.OpenFile(q.path(r.ID), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	counted := &counter{w: f}
	if err := errors.Join(write(counted), f.Sync(), f.Close()); err != nil {
		return err
	}
	r.Size = counted.n
	if err := room(r.Size); err != nil {
		return err
	}
	return q.seal(r)
}

// seal writes an envelope, whole or not at all, and has the disk keep it.
func (q *Queue) seal(r *Record) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	path := q.path(r.ID + envelope)
	f, err := os.OpenFile(path+part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(path + part)
		return err
	}
	if err := os.Rename(path+part, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// room reports whether a message of n bytes more has its place.
func (q *Queue) room(n int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case len(q.sizes) >= q.max.Messages:
		return fmt.Errorf("%w: it has %d messages", ErrFull, len(q.sizes))
	case q.bytes+n > q.max.Bytes:
		return fmt.Errorf("%w: it has %d MiB", ErrFull, q.bytes>>20)
	}
	return nil
}

// full tells the errors of a full disk by the one that callers know.
func full(err error) error {
	for _, no := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, syscall.EROFS} {
		if errors.Is(err, no) {
			return fmt.Errorf("%w: %w", ErrFull, err)
		}
	}
	return err
}

// Load reads a record that is in the queue, [ErrNone] if it is not.
func (q *Queue) Load(id string) (*Record, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if r := q.unsaved[id]; r != nil {
		copied := *r
		return &copied, nil
	}
	if q.gone[id] {
		return nil, ErrNone
	}
	return Read(q.dir, id)
}

// Message opens the message of a record.
func (q *Queue) Message(id string) (*os.File, error) { return Message(q.dir, id) }

// Save keeps how far a message has come. Where the disk does not take it this process
// remembers it, and the error says so: after a crash what was sent since is sent again.
func (q *Queue) Save(r *Record) error {
	q.settling.RLock()
	defer q.settling.RUnlock()
	return q.save(r)
}

func (q *Queue) save(r *Record) error {
	err := q.seal(r)
	q.mu.Lock()
	defer q.mu.Unlock()
	if err == nil {
		delete(q.unsaved, r.ID)
		return nil
	}
	q.unsaved[r.ID] = r
	return full(err)
}

// Remove takes a message out of the queue: first its envelope, so that what is left of a
// crash is no message. Where the disk does not let it go this process knows that it is
// gone.
func (q *Queue) Remove(r *Record) error {
	q.settling.RLock()
	defer q.settling.RUnlock()
	return q.remove(r)
}

func (q *Queue) remove(r *Record) error {
	err := os.Remove(q.path(r.ID + envelope))
	q.mu.Lock()
	delete(q.unsaved, r.ID)
	q.forget(r.ID)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		q.gone[r.ID] = true
		q.mu.Unlock()
		return err
	}
	delete(q.gone, r.ID)
	q.mu.Unlock()
	return errors.Join(syncFolder(q.path("")), os.Remove(q.path(r.ID)))
}

// Forget no longer counts a message that somebody has taken away by hand.
func (q *Queue) Forget(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.forget(id)
}

func (q *Queue) forget(id string) {
	q.bytes -= q.sizes[id]
	delete(q.sizes, id)
}

// Settle tries again what the disk would not do before, as far as that is still so when
// its turn comes: meanwhile a message may have come further, or be gone.
func (q *Queue) Settle() {
	q.mu.Lock()
	ids := slices.AppendSeq(slices.Collect(maps.Keys(q.unsaved)), maps.Keys(q.gone))
	q.mu.Unlock()
	for _, id := range ids {
		q.settle(id)
	}
}

func (q *Queue) settle(id string) {
	q.settling.Lock()
	defer q.settling.Unlock()
	q.mu.Lock()
	unsaved, gone := q.unsaved[id], q.gone[id]
	q.mu.Unlock()
	switch {
	case unsaved != nil:
		q.save(unsaved)
	case gone:
		q.remove(&Record{ID: id})
	}
}

// Used is how many messages are in the queue, and how large they are together.
func (q *Queue) Used() (count int, bytes int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.sizes), q.bytes
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
