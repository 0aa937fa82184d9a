// Package mail is a relay for the programs of one machine: it takes their messages by SMTP
// on loopback, or from the drop of its queue, keeps each on disk before it says that it has
// it, and hands them to the next server until that has taken them or five days are over.
//
// Each message arrives at least once. It arrives twice where the machine dies between the
// next server's word that it has it and ours on the disk; both have the same Message-ID.
package mail

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/emersion/go-smtp"

	"pavise/mail/letter"
	"pavise/mail/queue"
)

// A Next is the server that mail goes to.
type Next interface {
	Name() string
	// Send hands a letter over, and returns what became of it at each recipient. The error
	// is that server's own trouble, or has a [letter.Unreadable] in it: who is in no outcome
	// has still to be sent to.
	Send(context.Context, *letter.Letter) ([]letter.Outcome, error)
}

// A Config is all that a relay is told. What is zero is as [Config.complete] has it.
type Config struct {
	Listen []string // addresses of loopback
	Queue  string   // the directory
	Next   Next
	Maker  letter.Maker

	Local         string   // who gets mail for accounts of this machine, "" if nobody
	ReturnPath    string   // sender of every envelope, "" for their own
	SenderDomains []string // whom mail may be from; none: anybody

	MaxSize       int64 // bytes of a message
	MaxRecipients int
	PerHour       int // messages of one sender
	Bounds        queue.Bounds
	GiveUp        time.Duration

	Log     *slog.Logger
	Now     func() time.Time
	Poll    time.Duration                   // how often the drop is looked into
	Backoff func(attempt int) time.Duration // how long a message waits after a failed attempt
}

// MaxRecipients is how many recipients a message may have where nothing else is said.
const MaxRecipients = 100

func (c *Config) complete() {
	set := func(to *int, standard int) {
		if *to == 0 {
			*to = standard
		}
	}
	set(&c.MaxRecipients, MaxRecipients)
	set(&c.PerHour, 1000)
	set(&c.Bounds.Messages, 50_000)
	if c.MaxSize == 0 {
		c.MaxSize = 10 << 20
	}
	if c.Bounds.Bytes == 0 {
		c.Bounds.Bytes = 2 << 30
	}
	if c.GiveUp == 0 {
		c.GiveUp = 5 * 24 * time.Hour // RFC 5321 4.5.4.1
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Poll == 0 {
		c.Poll = 2 * time.Second
	}
	if c.Backoff == nil {
		c.Backoff = backoff
	}
	if c.Maker.Host == "" {
		c.Maker.Host, _ = os.Hostname()
	}
}

// A Relay is running.
type Relay struct {
	Config
	queue    *queue.Queue
	schedule *schedule
	limits   *limits
	counts   counts
	trouble  trouble

	server    *smtp.Server
	listeners []*loopback
	addresses []string

	stop    context.CancelFunc // no more is begun
	abandon context.CancelFunc // what runs is broken off
	running sync.WaitGroup
}

// Start takes the queue and listens.
func Start(c Config) (*Relay, error) {
	c.complete()
	q, waiting, err := queue.Open(c.Queue, c.Bounds, func(what string) { c.Log.Error("a damaged message", "what", what) })
	if err != nil {
		return nil, err
	}
	r := &Relay{Config: c, queue: q, schedule: newSchedule(), limits: newLimits(c.PerHour)}
	now := c.Now()
	for _, record := range waiting { // the clock may have been wrong when they came: they wait no longer than they would today
		record.Next, record.Arrived = earlier(record.Next, now.Add(maxBackoff)), earlier(record.Arrived, now)
		r.send(record)
	}
	if err := r.listen(); err != nil {
		return nil, errors.Join(err, q.Close())
	}
	until, stop := context.WithCancel(context.Background())
	sending, abandon := context.WithCancel(context.Background())
	r.stop, r.abandon = stop, abandon
	r.running.Go(func() { r.run(until, sending) })
	for _, l := range r.listeners {
		r.running.Go(func() { r.server.Serve(l) })
	}
	return r, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// listen opens every address, each of which must be loopback's.
func (r *Relay) listen() error {
	r.server = r.newServer()
	for _, address := range r.Listen {
		at, err := netip.ParseAddrPort(address)
		if err == nil && !at.Addr().Unmap().IsLoopback() {
			err = ErrNotLoopback
		}
		var l net.Listener
		if err == nil {
			l, err = net.Listen("tcp", address)
		}
		if lacksFamily(err) && len(r.listeners) > 0 {
			continue
		}
		if err != nil {
			for _, l := range r.listeners {
				l.Close()
			}
			return err
		}
		r.listeners = append(r.listeners, newLoopback(l))
		r.addresses = append(r.addresses, l.Addr().String())
	}
	return nil
}

// lacksFamily reports whether the machine is one without IPv6: its loopback has no address
// of that, or the kernel no sockets.
func lacksFamily(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT)
}

// Addresses are those that the relay listens at.
func (r *Relay) Addresses() []string { return r.addresses }

// Stop takes no more messages and lets what is being sent come to its end, as long as ctx
// lasts. What is left is in the queue.
func (r *Relay) Stop(ctx context.Context) error {
	r.stop()
	for _, l := range r.listeners {
		l.Close()
	}
	done := make(chan struct{})
	go func() {
		for _, l := range r.listeners {
			l.drain(ctx)
		}
		r.server.Shutdown(context.Background()) // no message is half accepted when the queue is let go
		r.running.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	r.abandon()
	<-done
	return r.queue.Close()
}
