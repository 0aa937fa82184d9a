package mail

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"pavise/mail/letter"
	"pavise/mail/queue"
)

const (
	senders   = 4 // messages that are sent at once
	sendTime  = 15 * time.Minute
	maxPause  = 5 * time.Minute
	maxSulk   = 30 * time.Minute // of a message whose attempts end in trouble
	tidyEvery = time.Minute
)

// run looks at each message when it is due.
func (r *Relay) run(until, sending context.Context) {
	slots := make(chan struct{}, senders)
	var busy sync.WaitGroup
	defer busy.Wait()
	poll, tidy := time.NewTicker(r.Poll), time.NewTicker(tidyEvery)
	defer poll.Stop()
	defer tidy.Stop()
	r.pickUp()
	for until.Err() == nil {
		select {
		case slots <- struct{}{}:
		case <-until.Done():
			return
		}
		v, wait := r.schedule.due(r.Now())
		if v != nil {
			busy.Go(func() {
				defer func() { <-slots }()
				r.visit(sending, v)
			})
			continue
		}
		<-slots
		timer := time.NewTimer(wait)
		select {
		case <-until.Done():
		case <-r.schedule.wake:
		case <-timer.C:
		case <-poll.C:
			r.pickUp()
		case <-tidy.C:
			r.queue.Settle()
		}
		timer.Stop()
	}
}

// visit looks at a message: it is sent, or given up, or waits.
func (r *Relay) visit(ctx context.Context, v *visit) {
	now := r.Now()
	expired := v.isOver(now)
	if until := r.trouble.until(); now.Before(until) && !expired {
		r.schedule.again(v, until)
		return
	}
	record, err := r.queue.Load(v.id)
	switch {
	case errors.Is(err, queue.ErrNone):
		r.queue.Forget(v.id)
		r.schedule.done(v)
		return
	case err != nil:
		r.Log.Error("a message cannot be read", "id", v.id, "why", err)
		v.troubles++
		r.schedule.again(v, now.Add(r.Backoff(v.troubles)))
		return
	}
	if expired {
		outcomes := letter.All(record.Waiting(), letter.Failed, "4.4.7", "it was tried for "+r.GiveUp.String())
		r.conclude(v, record, outcomes)
		return
	}
	if v.tried.IsZero() {
		v.tried = now
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	outcomes, err := r.Next.Send(ctx, &letter.Letter{From: record.From, To: record.Waiting(), Size: record.Size,
		Open: func() (io.ReadCloser, error) { return r.open(record.ID) }})
	var trouble *letter.Trouble
	var unreadable *letter.Unreadable
	switch {
	case errors.As(err, &unreadable):
		r.Log.Error("a message cannot be read", "id", v.id, "why", unreadable.Err)
		v.troubles++
		r.schedule.again(v, r.Now().Add(r.Backoff(v.troubles)))
		return
	case ctx.Err() != nil && err != nil && len(outcomes) == 0: // we stop, or it has hung
		v.troubles++
		r.schedule.again(v, now.Add(r.Backoff(v.troubles)))
		return
	case errors.As(err, &trouble):
		v.troubles++
		pause := r.trouble.note(r.Now(), trouble)
		r.counts.delayed.Add(1)
		r.Log.Warn("the next server is in trouble", "server", r.Next.Name(), "id", v.id, "why", trouble.Err, "pause", pause)
		if len(outcomes) == 0 {
			r.schedule.again(v, r.Now().Add(max(pause, min(r.Backoff(v.troubles), maxSulk))))
			return
		}
	default:
		r.trouble.over()
	}
	r.conclude(v, record, outcomes)
}

// conclude notes what became of a message, and lets it go or has it wait.
func (r *Relay) conclude(v *visit, record *queue.Record, outcomes []letter.Outcome) {
	known := r.known(record, outcomes)
	record.To = slices.Clone(record.To) // what is in the queue's hands stays as it is
	for _, o := range known {
		i := slices.IndexFunc(record.To, func(own letter.Outcome) bool { return own.To == o.To && own.Fate == letter.Delayed })
		record.To[i] = o
		r.log(record, o)
	}
	record.Attempts++
	if len(record.Waiting()) == 0 {
		if err := r.queue.Remove(record); err != nil {
			r.Log.Error("a message that is sent cannot be taken away: after a crash it is sent again", "id", record.ID, "why", err)
		}
		r.schedule.done(v)
		return
	}
	record.Next = r.Now().Add(r.Backoff(record.Attempts))
	if err := r.queue.Save(record); err != nil {
		r.Log.Error("how far a message has come cannot be kept: after a crash it is sent again", "id", record.ID, "why", err)
	}
	r.schedule.again(v, record.Next)
}

// known are the outcomes of recipients that wait, once the owner has been told of those
// that failed. Where he cannot be, they wait.
func (r *Relay) known(record *queue.Record, outcomes []letter.Outcome) []letter.Outcome {
	var known, lost []letter.Outcome
	waiting := record.Waiting()
	for _, o := range outcomes {
		i := slices.Index(waiting, o.To)
		if i < 0 {
			continue
		}
		waiting = slices.Delete(waiting, i, i+1)
		o.Said = clip(o.Said)
		if known = append(known, o); o.Fate == letter.Failed {
			lost = append(lost, o)
		}
	}
	if len(lost) == 0 {
		return known
	}
	if err := r.bounce(record, lost); err != nil {
		r.Log.Error("a sender could not be told", "id", record.ID, "why", err)
		for i := range known {
			if known[i].Fate == letter.Failed {
				known[i].Fate = letter.Delayed
			}
		}
	}
	return known
}

// open reads a message of the queue.
func (r *Relay) open(id string) (io.ReadCloser, error) {
	f, err := r.queue.Message(id)
	if err != nil {
		return nil, &letter.Unreadable{Err: err}
	}
	return &message{f}, nil
}

// A message tells what is wrong with our own disk apart from what is wrong elsewhere.
type message struct{ file io.ReadCloser }

func (m *message) Close() error { return m.file.Close() }

func (m *message) Read(p []byte) (int, error) {
	n, err := m.file.Read(p)
	if err != nil && err != io.EOF {
		err = &letter.Unreadable{Err: err}
	}
	return n, err
}

// log tells of one recipient.
func (r *Relay) log(record *queue.Record, o letter.Outcome) {
	args := []any{"id", record.ID, "to", o.To, "server", r.Next.Name(), "status", o.Status, "said", o.Said, "message-id", record.MessageID}
	switch o.Fate {
	case letter.Delivered:
		r.counts.delivered.Add(1)
		r.Log.Info("delivered", args...)
	case letter.Delayed:
		r.counts.delayed.Add(1)
		r.Log.Warn("delayed", args...)
	case letter.Failed:
		r.counts.failed.Add(1)
		r.Log.Warn("failed", args...)
	}
}

// trouble is that of the next server: while it lasts no message is tried.
type trouble struct {
	mu    sync.Mutex
	times int
	ends  time.Time
	why   string
}

// note begins a pause, each longer than the one before; one that has been begun is not
// made longer by those who were on their way.
func (t *trouble) note(now time.Time, is *letter.Trouble) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.why = is.Error()
	if now.Before(t.ends) && is.After == 0 {
		return t.ends.Sub(now)
	}
	pause := max(min(time.Second<<min(t.times, 9), maxPause), is.After)
	t.times++
	t.ends = now.Add(pause)
	return pause
}

func (t *trouble) over() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.times, t.ends, t.why = 0, time.Time{}, ""
}

func (t *trouble) until() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ends
}

func (t *trouble) said() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.why
}
