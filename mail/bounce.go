package mail

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"pavise/mail/letter"
	"pavise/mail/queue"
)

// A report tells a sender of recipients that a message did not reach, RFC 3464.
type report struct {
	id      string // of the message that failed
	to      string
	lost    []letter.Outcome
	arrived time.Time
	subject string
	header  letter.Header // of the message, nil where it cannot be read
}

// bounce tells the owner of a message. Where there is none, as for a bounce itself, it is
// in the log alone (RFC 5321 6.1).
func (r *Relay) bounce(record *queue.Record, lost []letter.Outcome) error {
	if record.Owner == "" {
		r.counts.lost.Add(1)
		r.Log.Error("a message failed, and nobody is to be told", "id", record.ID, "message-id", record.MessageID, "subject", record.Subject)
		return nil
	}
	// The same attempt has the same name, so that a crash does not bounce it twice.
	id := fmt.Sprintf("b%d%s", record.Attempts, record.ID)
	return r.tell(id, report{record.ID, record.Owner, lost, record.Arrived, record.Subject, r.header(record.ID)}, r.queue.AddBounce)
}

// header is that of a message, nil where it cannot be read: its owner is told all the same.
func (r *Relay) header(id string) letter.Header {
	f, err := r.queue.Message(id)
	if err != nil {
		return nil
	}
	defer f.Close()
	h, err := letter.Read(bufio.NewReader(f))
	if err != nil {
		return nil
	}
	return h
}

// sendBack tells the sender of a message from the drop that we do not take it. A sender is
// what an account has written there: he is told where that account could have sent him mail
// itself. Else it stays in the drop, refused, and is in the log.
func (r *Relay) sendBack(m incoming, to []string, why string) error {
	owner := r.owner(m.from)
	if r.isSender(m.from) != nil || letter.CheckAddress(owner) != nil || !r.limits.take(r.Now(), r.counted(m)...) {
		r.counts.lost.Add(1)
		return nil
	}
	lost := letter.All(named(to[:min(len(to), r.MaxRecipients)]), letter.Failed, "5.7.1", why)
	err := r.tell("r"+m.id, report{m.id, owner, lost, r.Now(), "", nil}, r.queue.Add)
	if err != nil {
		r.limits.give(r.counted(m)...)
	}
	return err
}

// named are recipients as a report may name them: what is no address may be any text.
func named(to []string) []string {
	list := slices.Clone(to)
	for i, address := range list {
		if letter.CheckName(address) != nil {
			list[i] = "invalid-address"
		}
	}
	return list
}

// tell puts a report into the queue, as add does.
func (r *Relay) tell(id string, about report, add func(*queue.Record, func(io.Writer) error) error) error {
	now := r.Now()
	record := &queue.Record{ID: id, Arrived: now, Next: now, Subject: subject, To: []letter.Outcome{{To: about.to, Fate: letter.Delayed}}}
	var h letter.Header
	boundary := "=_" + rand.Text()
	h.Set("From", "Mail relay <"+r.Maker.As("MAILER-DAEMON")+">")
	h.Set("To", "<"+about.to+">")
	h.Set("Subject", subject)
	h.Set("Auto-Submitted", "auto-replied") // RFC 3834: nobody answers it
	h.Set("MIME-Version", "1.0")
	h.Set("Content-Type", `multipart/report; report-type=delivery-status;`+"\r\n\tboundary=\""+boundary+`"`)
	r.Maker.Complete(&h, "", "from "+r.Maker.Host+" (bounce) id "+id, now)
	record.MessageID = h.Get("Message-ID")
	err := add(record, func(w io.Writer) error {
		_, err := w.Write(append(h.Bytes(), about.body(r.Maker.Host, boundary)...))
		return err
	})
	if err != nil {
		return err
	}
	r.counts.bounced.Add(1)
	r.Log.Info("bounced", "id", about.id, "to", about.to, "as", id)
	r.send(record)
	return nil
}

const subject = "Your message could not be delivered"

// body is the report: for a person, for a program, and the header of the message.
func (p report) body(host, boundary string) []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("--%s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n", boundary)
	line("The mail relay of %s could not deliver a message", host)
	if p.subject != "" {
		line("with the subject\r\n\r\n> %s\r\n", oneLine(p.subject))
	}
	line("to:\r\n")
	for _, o := range p.lost {
		line("%s\r\n    %s %s", oneLine(o.To), o.Status, oneLine(o.Said))
	}
	line("\r\nIt is not tried again.\r\n")
	line("--%s\r\nContent-Type: message/delivery-status\r\n", boundary)
	line("Reporting-MTA: dns; %s\r\nX-Pavise-Queue-Id: %s\r\nArrival-Date: %s", host, p.id, p.arrived.Format(time.RFC1123Z))
	for _, o := range p.lost {
		line("\r\nFinal-Recipient: rfc822; %s\r\nAction: failed\r\nStatus: %s\r\nDiagnostic-Code: smtp; %s", oneLine(o.To), o.Status, oneLine(o.Said))
	}
	if p.header != nil {
		line("\r\n--%s\r\nContent-Type: text/rfc822-headers\r\n", boundary)
		b.Write(p.header.Bytes())
	}
	line("\r\n--%s--", boundary)
	return b.Bytes()
}

// oneLine is what others said, where it can be no line of ours.
func oneLine(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, s)
}
