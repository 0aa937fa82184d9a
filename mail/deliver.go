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
	expired := !now.Before(v.expires)
	if until := r.trouble.until(); now.Before(until) && !expired {
		r.schedule.again(v, until)
		return
	}
	record, err := r.queue.Load(v.id)
	switch {
	case errors.Is(err, queue.ErrNone):
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
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	outcomes, err := r.Next.Send(ctx, &letter.Letter{From: record.From, To: record.Waiting(), Size: record.Size,
		Open: func() (io.ReadCloser, error) { return r.queue.Message(record.ID) }})
	var trouble *letter.Trouble
	switch {
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

// conclude notes what became of a message, tells its owner what failed, and lets it go or
// has it wait.
func (r *Relay) conclude(v *visit, record *queue.Record, outcomes []letter.Outcome) {
	was := slices.Clone(record.To)
	record.To = was // what is in the queue's hands stays as it is
	var lost []letter.Outcome
	for _, o := range outcomes {
		i := slices.IndexFunc(record.To, func(own letter.Outcome) bool { return own.To == o.To && own.Fate == letter.Delayed })
		if i < 0 {
			continue
		}
		o.Said = clip(o.Said)
		record.To[i] = o
		r.log(record, o)
		if o.Fate == letter.Failed {
			lost = append(lost, o)
		}
	}
	if len(lost) > 0 {
		if err := r.bounce(record, lost); err != nil { // it is not given up before that can be told
			r.Log.Error("a sender could not be told", "id", record.ID, "why", err)
			for i := range record.To {
				if record.To[i].Fate == letter.Failed && slices.Contains(lost, record.To[i]) {
					record.To[i].Fate = letter.Delayed
				}
			}
		}
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
