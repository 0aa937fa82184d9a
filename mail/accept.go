package mail

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"pavise/mail/letter"
	"pavise/mail/queue"
)

// An incoming message is what a program has brought, before it is ours.
type incoming struct {
	id    string
	from  string
	to    []string
	trace string // who has brought it
}

// admit says whether a sender may send now.
func (r *Relay) admit(from string) error {
	if from != "" && letter.CheckName(from) != nil {
		return no(553, 1, 7, "the sender is no address that mail can be sent from")
	}
	if err := r.mayBe(from); err != nil {
		return err
	}
	if !r.limits.take(strings.ToLower(from), r.Now()) {
		return no(451, 7, 1, "it sends more than %d messages an hour", r.PerHour)
	}
	return nil
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

// take puts a message into the queue.
func (r *Relay) take(m incoming, text io.Reader) (id string, err error) {
	b := bufio.NewReader(text)
	h, err := letter.Read(b)
	if err != nil {
		return "", err
	}
	if err := r.author(h); err != nil {
		return "", err
	}
	now := r.Now()
	r.Maker.Complete(&h, m.from, m.trace+" id "+m.id, now)
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
		return "", err
	}
	r.counts.accepted.Add(1)
	r.Log.Info("accepted", "id", m.id, "from", record.From, "to", len(record.To), "size", record.Size, "message-id", record.MessageID)
	r.schedule.add(m.id, now, now.Add(r.GiveUp))
	return m.id, nil
}

// author holds the From that people see to the same domains.
func (r *Relay) author(h letter.Header) error {
	if len(r.SenderDomains) == 0 || h.Get("From") == "" {
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
	if _, err := r.queue.Load(id); err == nil { // we died before we took it away
		return r.queue.Picked(id)
	}
	d, err := r.queue.Pick(id, r.MaxSize)
	if errors.Is(err, queue.ErrDrop) {
		r.counts.refused.Add(1)
		return errors.Join(err, r.queue.Refuse(id))
	}
	if err != nil {
		return err
	}
	defer d.Close()
	m := incoming{id: id, from: d.From, trace: fmt.Sprintf("from %s (pavise sendmail)", d.Account)}
	if err = r.judge(&m, d); err == nil {
		err = r.admit(d.From)
	}
	if err == nil {
		_, err = r.take(m, &letter.Strict{R: d.Message})
	}
	if code, _, said := reply(err); err != nil && code >= 500 {
		r.counts.refused.Add(1)
		r.Log.Warn("refused", "id", id, "from", d.From, "why", said)
		return errors.Join(r.queue.Refuse(id), r.sendBack(id, d, said))
	}
	if err != nil {
		return err
	}
	return r.queue.Picked(id)
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
