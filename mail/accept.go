package mail

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"pavise/mail/letter"
	"pavise/mail/queue"
)

// An incoming message is what a program has brought, before it is ours.
type incoming struct {
	id      string
	from    string
	to      []string
	account string // that has left it in the drop, "" if it came by SMTP
	trace   string // who has brought it
}

// admit says whether a message may be sent now, and counts it.
func (r *Relay) admit(m incoming) error {
	if err := r.isSender(m.from); err != nil {
		return err
	}
	if !r.limits.take(r.Now(), r.counted(m)...) {
		return no(451, 7, 1, "it sends more than %d messages an hour", r.PerHour)
	}
	return nil
}

// counted are whose messages it is one of: however a program spells its sender, that is who
// it is sent as.
func (r *Relay) counted(m incoming) []string {
	list := []string{strings.ToLower(r.Maker.As(m.from))}
	if m.account != "" {
		list = append(list, "account "+m.account)
	}
	return list
}

// isSender says whether mail from the address is sent here.
func (r *Relay) isSender(from string) error {
	if from != "" && letter.CheckName(from) != nil {
		return no(553, 1, 7, "the sender is no address that mail can be sent from")
	}
	return r.mayBe(from)
}

// mayBe holds senders to the domains that are allowed, after an account of this machine
// has become who it sends as.
func (r *Relay) mayBe(from string) error {
	_, domain := letter.Split(r.Maker.As(from))
	if from == "" || len(r.SenderDomains) == 0 ||
		slices.ContainsFunc(r.SenderDomains, func(d string) bool { return strings.EqualFold(d, domain) }) {
		return nil
	}
	return no(550, 7, 1, "mail from %s is not sent here: sender-domains are %s", domain, strings.Join(r.SenderDomains, ", "))
}

// recipient is where mail for an address goes.
func (r *Relay) recipient(to string) (string, error) {
	switch {
	case letter.CheckName(to) != nil:
		return "", no(553, 1, 3, "this is no address that mail can be sent to")
	case !r.Maker.IsHere(to):
		return to, nil
	case r.Local == "":
		return "", no(550, 1, 1, "mail for accounts of this machine goes nowhere: set mail: local")
	}
	return r.Local, nil
}

// takeCounted takes a message that was counted. One that may come again is then counted
// again.
func (r *Relay) takeCounted(m incoming, text io.Reader) (*queue.Record, error) {
	record, err := r.take(m, text)
	if code, _, _ := reply(err); err != nil && code < 500 {
		r.limits.give(r.counted(m)...)
	}
	return record, err
}

// take puts a message into the queue. Who has brought it has it sent.
func (r *Relay) take(m incoming, text io.Reader) (*queue.Record, error) {
	b := bufio.NewReader(text)
	h, err := letter.Read(b)
	if err != nil {
		return nil, err
	}
	now := r.Now()
	r.Maker.Complete(&h, m.from, m.trace+" id "+m.id, now)
	if err := r.author(h); err != nil {
		return nil, err
	}
	record := &queue.Record{ID: m.id, From: r.Maker.As(m.from), Owner: r.owner(m.from), Arrived: now, Next: now,
		MessageID: h.Get("Message-ID"), Subject: clip(h.Get("Subject"))}
	if r.ReturnPath != "" && m.from != "" {
		record.From = r.ReturnPath
	}
	for _, to := range m.to {
		if !slices.ContainsFunc(record.To, func(o letter.Outcome) bool { return letter.Same(o.To, to) }) {
			record.To = append(record.To, letter.Outcome{To: to, Fate: letter.Delayed})
		}
	}
	err = r.queue.Add(record, func(w io.Writer) error {
		if _, err := w.Write(h.Bytes()); err != nil {
			return err
		}
		_, err := io.Copy(w, b)
		return err
	})
	if err != nil {
		return nil, err
	}
	r.counts.accepted.Add(1)
	r.Log.Info("accepted", "id", m.id, "from", record.From, "to", len(record.To), "size", record.Size, "message-id", record.MessageID)
	return record, nil
}

// author holds the From that people will see to the same domains.
func (r *Relay) author(h letter.Header) error {
	if len(r.SenderDomains) == 0 {
		return nil
	}
	list, err := h.Addresses("From")
	if err != nil {
		return fmt.Errorf("%w: %v", letter.ErrHeader, err)
	}
	for _, a := range list {
		if err := r.mayBe(a.Address); err != nil {
			return err
		}
	}
	return nil
}

// owner is who is told when a message cannot be delivered.
func (r *Relay) owner(from string) string {
	if from != "" && r.Maker.IsHere(from) { // nobody reads what an account of a web server gets
		return cmp.Or(r.Local, r.Maker.Sender)
	}
	return from
}

func clip(s string) string {
	const most = 200
	return strings.ToValidUTF8(s[:min(len(s), most)], "")
}

// pickUp takes what programs have left in the drop.
func (r *Relay) pickUp() {
	ids, err := r.queue.Drops()
	if err != nil {
		r.Log.Error("the drop cannot be read", "why", err)
	}
	for _, id := range ids {
		if err := r.pick(id); err != nil {
			r.Log.Debug("a message stays in the drop", "id", id, "why", err)
		}
	}
}

// pick takes one. One that is refused goes back to its sender; one that nobody can read is
// left for a person.
func (r *Relay) pick(id string) error {
	if _, err := r.queue.Load(id); err == nil { // we died before we took it away: it is in the schedule
		return r.queue.Picked(id)
	}
	d, err := r.queue.Pick(id, r.MaxSize)
	if errors.Is(err, queue.ErrDrop) {
		r.counts.refused.Add(1)
		r.Log.Warn("a file in the drop is put aside", "id", id, "why", err)
		return r.queue.Refuse(id)
	}
	if err != nil {
		return err
	}
	defer d.Close()
	m := incoming{id: id, from: d.From, account: d.Account, trace: fmt.Sprintf("from %s (pavise sendmail)", d.Account)}
	if err = r.judge(&m, d); err == nil {
		err = r.admit(m)
	}
	var record *queue.Record
	if err == nil {
		record, err = r.takeCounted(m, &letter.Strict{R: d.Message, MaxLine: maxLine})
	}
	if code, _, said := reply(err); err != nil && code >= 500 {
		if err := r.sendBack(m, d.To, said); err != nil {
			return err // it stays, and is told of when there is room for that
		}
		r.counts.refused.Add(1)
		r.Log.Warn("refused", "id", id, "from", clip(d.From), "account", d.Account, "why", said)
		return r.queue.Refuse(id)
	}
	if err != nil {
		return err
	}
	err = r.queue.Picked(id) // before it is sent: else a crash would have it picked up, and sent, again
	r.send(record)
	return err
}

// longestWait is how long none waits for its next attempt, also where the clock was ahead
// when that was set down.
const longestWait = 5 * time.Hour

// send has a message sent, in times that stay as they are when somebody sets the clock.
func (r *Relay) send(record *queue.Record) {
	now := r.Now()
	within := func(at time.Time, most time.Duration) time.Time { return now.Add(min(at.Sub(now), most)) }
	r.schedule.add(record.ID, within(record.Next, longestWait), within(record.Arrived.Add(r.GiveUp), r.GiveUp))
}

// judge looks at size and recipients.
func (r *Relay) judge(m *incoming, d *queue.Dropped) error {
	if d.Size > r.MaxSize {
		return no(552, 3, 4, "it has %d bytes, and %d are allowed", d.Size, r.MaxSize)
	}
	if len(d.To) > r.MaxRecipients {
		return no(550, 5, 3, "it has %d recipients, and %d are allowed", len(d.To), r.MaxRecipients)
	}
	for _, to := range d.To {
		address, err := r.recipient(to)
		if err != nil {
			return err
		}
		m.to = append(m.to, address)
	}
	return nil
}
