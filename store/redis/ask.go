package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/valkey-io/valkey-go"

	"pavise"
)

const (
	// maxAsking bounds what is under way. It is less than the client's queue of 1024:
	// whoever waits for room in that hears of no deadline.
	maxAsking = 512
	// longest is for how long the client waits for a connection, for an answer, and
	// before it asks a silent server whether it is there.
	longest = time.Second
)

var errAnswer = errors.New("its answer makes no sense")

// ask asks one question of one key.
func (s *Store) ask(ctx context.Context, question func(context.Context, valkey.Client) valkey.ValkeyResult) (valkey.ValkeyMessage, error) {
	return aside(ctx, s, func(ctx context.Context, c valkey.Client) (valkey.ValkeyMessage, error) {
		message, err := question(ctx, c).ToMessage()
		return message, meaning(err)
	})
}

// aside has something asked aside, and waits no longer than ctx and the options allow,
// whatever the client is waiting for: an address, a connection, a handshake or a server
// that has stopped. The question goes on by itself until the client gives it up.
func aside[T any](ctx context.Context, s *Store, question func(context.Context, valkey.Client) (T, error)) (T, error) {
	type answer struct {
		is  T
		err error
	}
	var none T
	if err := ctx.Err(); err != nil {
		return none, away(err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	select {
	case s.asking <- struct{}{}:
	case <-ctx.Done():
		return none, away(ctx.Err())
	}
	answered := make(chan answer, 1)
	go func() {
		defer func() { <-s.asking }()
		c, err := s.connect()
		if err != nil {
			answered <- answer{none, away(err)}
			return
		}
		is, err := question(context.WithoutCancel(ctx), c)
		answered <- answer{is, err}
	}()
	select {
	case a := <-answered:
		return a.is, a.err
	case <-ctx.Done():
		return none, away(ctx.Err())
	}
}

// meaning is what an error of the server or of the way to it means.
func meaning(err error) error {
	reply, ok := valkey.IsValkeyErr(err)
	switch {
	case err == nil || valkey.IsValkeyNil(err):
		return nil
	case !ok:
		return away(err)
	case says(reply, "OOM"):
		return fmt.Errorf("%w: %s", pavise.ErrFull, reply)
	case says(reply, "WRONGTYPE"):
		return pavise.ErrKind
	case says(reply, "NOAUTH"): // what else it says is of the protocol
		return away(errors.New("NOAUTH: it wants a password, and maybe a user"))
	}
	return away(err)
}

// says reports whether a refusal has the code, or the script that it ended, as Redis 6
// tells it.
func says(reply error, code string) bool {
	return strings.HasPrefix(reply.Error(), code+" ") || strings.Contains(reply.Error(), "-"+code+" ")
}

func away(cause error) error { return fmt.Errorf("%w: %w", pavise.ErrAway, cause) }

// An attempt is one to make the client. All who need it wait for the same one.
type attempt struct {
	done   chan struct{}
	client valkey.Client
	err    error
}

// connect returns the client, which finds its servers itself from then on.
func (s *Store) connect() (valkey.Client, error) {
	s.mu.Lock()
	a := s.attempt
	switch {
	case s.closed:
		s.mu.Unlock()
		return nil, valkey.ErrClosing
	case a != nil:
		s.mu.Unlock()
		<-a.done
		return a.client, a.err
	}
	a = &attempt{done: make(chan struct{})}
	s.attempt = a
	s.mu.Unlock()
	a.client, a.err = valkey.NewClient(s.client)
	if a.client != nil { // one server that is away now is asked again by its client
		a.err = nil
	}
	s.mu.Lock()
	if a.err != nil {
		s.attempt = nil
	}
	s.mu.Unlock()
	close(a.done)
	return a.client, a.err
}

// Close ends all connections, after what is under way. It is safe to call twice.
func (s *Store) Close() error {
	s.mu.Lock()
	a, was := s.attempt, s.closed
	s.closed = true
	s.mu.Unlock()
	if a == nil || was {
		return nil
	}
	<-a.done
	if a.client != nil {
		a.client.Close()
	}
	return nil
}
