package mail

import (
	"errors"
	"fmt"

	"pavise/mail/queue"
)

// ErrSending is a message that is being sent just now.
var ErrSending = errors.New("it is being sent just now")

// Retry has messages tried at once, all if none is named, and returns how many those are:
// 0 where one that is named is not there, and then none is tried.
func (r *Relay) Retry(ids ...string) int {
	r.trouble.over()
	return r.schedule.now(r.Now(), ids...)
}

// Drop takes messages out of the queue, where all are there. Nobody is told.
func (r *Relay) Drop(ids ...string) error {
	for _, id := range ids {
		if _, err := r.queue.Load(id); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	for _, id := range ids {
		if err := r.drop(id); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	return nil
}

func (r *Relay) drop(id string) error {
	v, ok := r.schedule.hold(id)
	if !ok {
		if _, err := r.queue.Load(id); err != nil {
			return queue.ErrNone
		}
		return ErrSending
	}
	record, err := r.queue.Load(id)
	if err == nil {
		err = r.queue.Remove(record)
	}
	if err != nil && !errors.Is(err, queue.ErrNone) {
		r.schedule.again(v, v.next)
		return err
	}
	r.queue.Forget(id)
	r.schedule.done(v)
	r.Log.Info("dropped", "id", id)
	return err
}
