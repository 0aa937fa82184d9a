// Package letter is what the relay knows of a message: its envelope, its header, and what
// became of it at each recipient.
package letter

import (
	"io"
	"time"
)

// A Letter is a message on its way: from the sender of its envelope, "" where nobody is
// to be told that it failed, to the recipients that still wait for it.
type Letter struct {
	From string
	To   []string
	Size int64
	// Open reads the message, of which every line ends with CR LF. What goes wrong is an
	// [Unreadable].
	Open func() (io.ReadCloser, error)
}

// A Fate is what became of a message at one recipient.
type Fate string

// The fates, which are the actions of RFC 3464 2.3.3.
const (
	Delivered Fate = "delivered" // the next server has taken it over
	Delayed   Fate = "delayed"   // it is tried again
	Failed    Fate = "failed"    // it is tried no more
)

// An Outcome is the fate of a message at one recipient, and why.
type Outcome struct {
	To     string `json:"to"`
	Fate   Fate   `json:"fate"`
	Status string `json:"status,omitempty"` // the code of RFC 3463
	Said   string `json:"said,omitempty"`   // by the next server
}

// All is one outcome for each of the recipients.
func All(to []string, fate Fate, status, said string) []Outcome {
	list := make([]Outcome, len(to))
	for i, address := range to {
		list[i] = Outcome{address, fate, status, said}
	}
	return list
}

// A Trouble is the next server's, and has nothing to do with the message: it cannot be
// reached, it does not know us, it has too much to do. No message has a better chance
// before it is over.
type Trouble struct {
	Err   error
	After time.Duration // how long it wants to be left alone, 0 if it does not say
}

// An Unreadable is a message that this machine cannot read just now. It says nothing of
// the next server, and nothing of the message.
type Unreadable struct{ Err error }

func (u *Unreadable) Error() string { return u.Err.Error() }
func (u *Unreadable) Unwrap() error { return u.Err }

func (t *Trouble) Error() string { return t.Err.Error() }
func (t *Trouble) Unwrap() error { return t.Err }
