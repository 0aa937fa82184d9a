//go:build !unix

package handover

import (
	"errors"
	"io"
	"net"
	"time"
)

var errHere = errors.New("this system cannot hand sockets over")

// A Successor cannot be had here.
type Successor struct {
	PID           int
	Asks, Answers net.Conn
}

// Start fails.
func Start(string, *Sockets, string, io.Writer) (*Successor, error) { return nil, errHere }

// Ready fails.
func (*Successor) Ready(time.Duration) (string, error) { return "", errHere }

// Switch fails.
func (*Successor) Switch(time.Duration) error { return errHere }

// Packets fails.
func (*Successor) Packets() error { return errHere }

// End does nothing.
func (*Successor) End() {}

// A Predecessor cannot be had here.
type Predecessor struct {
	Ask, Answer net.Conn
	Store       string
}

// FromEnv finds none.
func FromEnv() (*Sockets, *Predecessor, error) { return &Sockets{}, nil, nil }

// Ready fails.
func (*Predecessor) Ready(string) error { return errHere }

// Failed does nothing.
func (*Predecessor) Failed(error) {}

// Serving does nothing.
func (*Predecessor) Serving() {}

// Packets is nil.
func (*Predecessor) Packets() <-chan struct{} { return nil }

// Gone is nil.
func (*Predecessor) Gone() <-chan struct{} { return nil }
