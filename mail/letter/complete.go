package letter

import (
	"crypto/rand"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// A Maker completes what programs leave out of a header, as the first server on the way
// does (RFC 6409 8).
type Maker struct {
	Host    string   // the name of this machine
	Sender  string   // who the accounts of this machine send as, "" as themselves
	Domains []string // where people get mail, as at that of Sender: no account does there, also where Host is one
}

// IsHere reports whether an address is that of an account of this machine.
func (m Maker) IsHere(address string) bool {
	_, domain := Split(address)
	is := func(other string) bool { return strings.EqualFold(domain, other) }
	if slices.ContainsFunc([]string{"", "localhost", "localhost.localdomain"}, is) {
		return true
	}
	_, own := Split(m.Sender)
	return is(m.Host) && !is(own) && !slices.ContainsFunc(m.Domains, is)
}

// As is who sends it for others: an account of this machine is the sender that is set, or
// else has the name of the machine.
func (m Maker) As(address string) string {
	switch {
	case address == "" || !m.IsHere(address):
		return address
	case m.Sender != "":
		return m.Sender
	case !strings.Contains(address, "@"):
		return address + "@" + m.Host
	}
	return address
}

// Complete gives the header what it lacks, takes away what is nobody else's business, and
// writes who has brought it before all others. From is the sender of the envelope.
func (m Maker) Complete(h *Header, from, trace string, now time.Time) {
	h.Drop("Bcc", "Resent-Bcc", "Return-Path", "Content-Length")
	date := now.Format(time.RFC1123Z)
	if h.Get("Date") == "" {
		h.Drop("Date")
		h.Set("Date", date)
	}
	m.Identify(h)
	if h.Get("From") == "" {
		h.Drop("From")
		if from == "" {
			from = "MAILER-DAEMON"
		}
		h.Set("From", "<"+m.As(from)+">")
	} else if changed := m.author(h.Get("From")); changed != "" {
		h.Set("From", changed)
	}
	*h = slices.Insert(*h, 0, Field{"Received", fmt.Sprintf(" %s\r\n\tby %s (Pavise); %s", trace, m.Host, date)})
}

// Identify gives a message that has none an id, by which two copies are told to be one.
func (m Maker) Identify(h *Header) {
	if h.Get("Message-ID") == "" {
		h.Drop("Message-ID")
		h.Set("Message-ID", "<"+strings.ToLower(rand.Text())+"@"+m.Host+">")
	}
}

// author is the From of an account of this machine as others may see it, "" where it may
// stay: root (Cron Daemon) is "Cron Daemon" <noreply@example.com>.
func (m Maker) author(field string) string {
	list, err := mail.ParseAddressList(field)
	if err == nil && (len(list) != 1 || !m.IsHere(list[0].Address)) {
		return ""
	}
	a := mail.Address{Address: field}
	if err == nil {
		a = *list[0]
	} else if word, comment, ok := strings.Cut(field, " ("); ok {
		a = mail.Address{Name: strings.TrimSuffix(comment, ")"), Address: word}
	} else if name, word, ok := strings.Cut(field, "<"); ok {
		a = mail.Address{Name: strings.Trim(name, ` "`), Address: strings.TrimSuffix(word, ">")}
	}
	local, _ := Split(a.Address)
	if CheckName(a.Address) != nil {
		local, a.Address = "", "" // what it says cannot be read, and is no reason to lose the message
	}
	if a.Name == "" {
		a.Name = local
	}
	if a.Address == "" {
		a.Address = "MAILER-DAEMON"
	}
	a.Address = m.As(a.Address)
	return a.String()
}
