// Package wire lets one process use the store of another, over a connection that both
// have and nobody else: while Pavise is upgraded the file is open in one process alone.
package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"pavise"
)

// What can be asked, by the method of [pavise.Store] that it is.
const (
	opAdd    = "add"
	opTouch  = "touch"
	opGet    = "get"
	opSwap   = "swap"
	opDelete = "delete"
)

type question struct {
	ID      uint64        `json:"id"`
	Op      string        `json:"op"`
	Key     []byte        `json:"key"` // bytes, for it may be no text
	N       int64         `json:"n,omitempty"`
	Life    time.Duration `json:"life,omitempty"`
	Value   []byte        `json:"value,omitempty"`
	Version uint64        `json:"version,omitempty"`
}

type answer struct {
	ID      uint64        `json:"id"`
	Sum     int64         `json:"sum,omitempty"`
	Left    time.Duration `json:"left,omitempty"`
	Did     bool          `json:"did,omitempty"`
	Value   []byte        `json:"value,omitempty"`
	Version uint64        `json:"version,omitempty"`
	Fault   string        `json:"fault,omitempty"` // the name of an error that a Store may say
	Why     string        `json:"why,omitempty"`
}

// faults are the errors that keep what they are.
var faults = map[string]error{"full": pavise.ErrFull, "large": pavise.ErrTooLarge, "kind": pavise.ErrKind, "away": pavise.ErrAway, "moved": ErrMoved}

// ErrMoved is that the store is changing hands: nothing was done, and whoever asks again
// soon will be answered.
var ErrMoved = errors.New("the store is changing hands")

func (a *answer) failed(err error) {
	a.Why = err.Error()
	for name, known := range faults {
		if errors.Is(err, known) {
			a.Fault = name
		}
	}
}

func (a *answer) err() error {
	known := faults[a.Fault]
	switch {
	case a.Why == "" && a.Fault == "":
		return nil
	case known == nil:
		return errors.New(a.Why)
	case known.Error() == a.Why:
		return known
	}
	return &told{a.Why, known}
}

// A told error is one of the other process.
type told struct {
	said  string
	known error
}

func (e *told) Error() string { return e.said }
func (e *told) Unwrap() error { return e.known }

// A Client is the store of the process at the other end. It is away for good when the
// connection has ended.
type Client struct {
	conn    net.Conn
	writing sync.Mutex

	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan answer
	ended   error
}

var _ pavise.Store = (*Client)(nil)

// NewClient asks over the connection, which is its own from now on.
func NewClient(conn net.Conn) *Client {
	c := &Client{conn: conn, waiting: map[uint64]chan answer{}}
	go c.read()
	return c
}

func (c *Client) read() {
	in := json.NewDecoder(c.conn)
	for {
		var a answer
		if err := in.Decode(&a); err != nil {
			c.end(fmt.Errorf("%w: the process that has it open does not answer: %w", pavise.ErrAway, err))
			return
		}
		c.mu.Lock()
		to := c.waiting[a.ID]
		delete(c.waiting, a.ID)
		c.mu.Unlock()
		if to != nil {
			to <- a
		}
	}
}

// end tells all who wait.
func (c *Client) end(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = why
	for id, to := range c.waiting {
		delete(c.waiting, id)
		to <- answer{Fault: "away", Why: why.Error()}
	}
}

// Close ends it. It is safe to call twice.
func (c *Client) Close() error { c.conn.Close(); return nil }

// sendTime bounds how long the other process may take nothing.
const sendTime = 5 * time.Second

func (c *Client) ask(ctx context.Context, q question) (answer, error) {
	if err := ctx.Err(); err != nil {
		return answer{}, fmt.Errorf("%w: %w", pavise.ErrAway, err)
	}
	to := make(chan answer, 1)
	c.mu.Lock()
	if c.ended != nil {
		defer c.mu.Unlock()
		return answer{}, c.ended
	}
	c.last++
	q.ID = c.last
	c.waiting[q.ID] = to
	c.mu.Unlock()
	c.writing.Lock()
	c.conn.SetWriteDeadline(time.Now().Add(sendTime))
	err := json.NewEncoder(c.conn).Encode(q)
	c.writing.Unlock()
	if err != nil {
		c.conn.Close() // half a question may have left: read ends, and tells all
	}
	select {
	case a := <-to:
		return a, a.err()
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.waiting, q.ID)
		c.mu.Unlock()
		return answer{}, fmt.Errorf("%w: %w", pavise.ErrAway, ctx.Err())
	}
}

// Add implements [pavise.Store].
func (c *Client) Add(ctx context.Context, key string, n int64, life time.Duration) (int64, time.Duration, error) {
	a, err := c.ask(ctx, question{Op: opAdd, Key: []byte(key), N: n, Life: life})
	return a.Sum, a.Left, err
}

// Touch implements [pavise.Store].
func (c *Client) Touch(ctx context.Context, key string, life time.Duration) (bool, error) {
	a, err := c.ask(ctx, question{Op: opTouch, Key: []byte(key), Life: life})
	return a.Did, err
}

// Get implements [pavise.Store].
func (c *Client) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	a, err := c.ask(ctx, question{Op: opGet, Key: []byte(key)})
	return a.Value, a.Version, err
}

// Swap implements [pavise.Store].
func (c *Client) Swap(ctx context.Context, key string, value []byte, version uint64, life time.Duration) (bool, error) {
	a, err := c.ask(ctx, question{Op: opSwap, Key: []byte(key), Value: value, Version: version, Life: life})
	return a.Did, err
}

// Delete implements [pavise.Store].
func (c *Client) Delete(ctx context.Context, key string) error {
	_, err := c.ask(ctx, question{Op: opDelete, Key: []byte(key)})
	return err
}
