// Package upstream asks an app over HTTP/1.1, to the letter of RFC 9110 and RFC 9112:
// what it cannot read in one way alone is no answer, everything an app can make it
// hold is bounded, and nothing that may have been sent is sent again.
package upstream

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"pavise/internal/http1"
)

// A Client asks one server for what others want of it, and keeps to RFC 9112 on
// that hop: fields of a connection stay there, framing is its own, and nothing that
// may have been sent is sent again. Its fields must not change once it asks.
type Client struct {
	// Dial opens a connection.
	Dial func(context.Context) (net.Conn, error)
	// Patience is how long an answer may take to begin once all of the request has
	// left, and how long the server may take no byte of that; 2 min.
	Patience time.Duration
	// MaxHeaderBytes bounds the head of an answer, and its trailers; 256 KiB.
	MaxHeaderBytes int
	// MaxIdle is how many connections are kept for the next request; 256.
	MaxIdle int
	// Idle is how long they are, unless the server announces less; 1 min.
	Idle time.Duration

	kept kept
}

func (c *Client) patience() time.Duration { return cmp.Or(c.Patience, 2*time.Minute) }
func (c *Client) idle() time.Duration     { return cmp.Or(c.Idle, time.Minute) }
func (c *Client) maxHeaderBytes() int     { return cmp.Or(c.MaxHeaderBytes, 256<<10) }
func (c *Client) keep(l *link) bool       { return c.kept.keep(l, cmp.Or(c.MaxIdle, 256), l.idle) }

// maxInterim bounds the answers before the last one.
const maxInterim = 16

// Ask sends a request and returns the answer as soon as its head is here, with its
// fields added to h. Interim answers go to inform, but for 100. The request is
// written as it is, but for the fields that belong to the connection it came by
// (RFC 9110 7.6.1; those that Connection names are the caller's to take out); an
// Upgrade that is left in it is asked for. The caller must close the
// answer before it lets go of the request.
func (c *Client) Ask(r *http.Request, h http.Header, inform func(status int, h http.Header)) (*Answer, error) {
	q := question{r: r}
	defer q.release()
	if err := q.compose(); err != nil {
		return nil, err
	}
	l, err := c.send(&q)
	if err != nil {
		var open *OpenError
		if errors.As(err, &open) {
			q.giveBack()
		}
		return nil, err
	}
	if err := l.hear(h, inform); err != nil {
		if l.met(err) {
			c.kept.ended(l.rested, time.Now())
		}
		unanswered, used := l.unanswered(err), l.used
		err = l.blame(err)
		l.abandon()
		if unanswered && r.Context().Err() == nil {
			err = &UnansweredError{Err: err, Kept: used}
		}
		return nil, err
	}
	return &l.answer, nil
}

// An OpenError is that no connection could be opened: the server has seen nothing of the
// request, and another may be asked, for its body is as it was.
type OpenError struct{ Err error }

func (e *OpenError) Error() string { return e.Err.Error() }
func (e *OpenError) Unwrap() error { return e.Err }

// An UnansweredError is that a connection has ended before any byte of an answer. The
// server may have done what it was asked all the same: only what may be done twice may be
// asked of another (RFC 9110 9.2.2).
type UnansweredError struct {
	Err  error
	Kept bool // the connection had carried a request before this one
}

func (e *UnansweredError) Error() string { return e.Err.Error() }
func (e *UnansweredError) Unwrap() error { return e.Err }

// send writes the head of a request, and what there is of its body, to a
// connection. A kept one that does not take a byte was closed by the server.
func (c *Client) send(q *question) (*link, error) {
	for {
		l, err := c.link(q.r.Context())
		if err != nil {
			return nil, err
		}
		l.begin(q)
		l.writeBy.Set(time.Now(), c.patience(), l.nc.SetWriteDeadline)
		n, err := l.nc.Write(q.out)
		switch {
		case err == nil:
			l.sent(q)
			return l, nil
		case http1.TimedOut(err):
			l.abandon()
			return nil, err
		case n > 0, q.r.Context().Err() != nil: // the answer may be there all the same
			l.broken = err
			l.readBy.Set(time.Now(), l.client.patience(), l.nc.SetReadDeadline)
			return l, nil
		}
		l.abandon()
		if !l.used {
			return nil, &UnansweredError{Err: err}
		}
	}
}

// link is a connection that was kept, or a new one.
func (c *Client) link(ctx context.Context) (*link, error) {
	if l := c.kept.take(time.Now()); l != nil {
		return l, nil
	}
	nc, err := c.Dial(ctx)
	if err != nil {
		return nil, unopened(err)
	}
	under := nc
	if secure, ok := nc.(interface{ NetConn() net.Conn }); ok { // whose Close may wait to say farewell
		under = secure.NetConn()
	}
	return &link{client: c, nc: nc, interrupt: func() { under.Close() }}, nil
}

// Close closes the connections that are kept.
func (c *Client) Close() { c.kept.closeAll() }
