package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A Mail is all that a mail relay tells, at one moment.
type Mail struct {
	Version, Go                      string
	Up                               bool // the next server is in no trouble
	Queued                           int
	Bytes                            int64
	Oldest                           time.Duration
	Accepted, Refused, Bounced, Lost uint64 // messages
	Delivered, Failed                uint64 // recipients
	Delayed                          uint64 // attempts
}

var (
	mailUp         = gauge("pavise_mail_next_hop_up", "1 where the server that mail goes to is in no trouble; 0 where all mail waits for it.")
	mailQueued     = gauge("pavise_mail_queue_messages", "Messages that wait.")
	mailBytes      = gauge("pavise_mail_queue_bytes", "Bytes of the messages that wait.")
	mailOldest     = gauge("pavise_mail_queue_oldest_seconds", "How long the oldest message has waited.")
	mailMessages   = counter("pavise_mail_messages_total", "Messages, by what came of them: accepted, refused, bounced (a sender was told), lost (nobody was to be told).", "outcome")
	mailRecipients = counter("pavise_mail_recipients_total", "Recipients, by what came of a message for them: delivered or failed.", "outcome")
	mailDelays     = counter("pavise_mail_delays_total", "Attempts that are to be made again.")
)

// OfMail is every metric of the relay, in the order of the documentation.
var OfMail = []*Metric{mailUp, mailQueued, mailBytes, mailOldest, mailMessages, mailRecipients, mailDelays, build}

func (Mail) table() []*Metric { return OfMail }

func (m Mail) tell(to chan<- prometheus.Metric) {
	build.send(to, 1, m.Version, m.Go)
	mailUp.send(to, oneIf(m.Up))
	mailQueued.send(to, float64(m.Queued))
	mailBytes.send(to, float64(m.Bytes))
	mailOldest.send(to, m.Oldest.Seconds())
	mailMessages.send(to, float64(m.Accepted), "accepted")
	mailMessages.send(to, float64(m.Refused), "refused")
	mailMessages.send(to, float64(m.Bounced), "bounced")
	mailMessages.send(to, float64(m.Lost), "lost")
	mailRecipients.send(to, float64(m.Delivered), "delivered")
	mailRecipients.send(to, float64(m.Failed), "failed")
	mailDelays.send(to, float64(m.Delayed))
}
