package scan

import (
	"context"
	"net"
	"time"

	"pavise"
	"pavise/internal/flaw"
)

// flawTime is how long it may take to try one flaw, three times where it shows, and
// flawTurns how many connections that mostly takes.
const (
	flawTime  = 30 * time.Second
	flawTurns = 5
)

// flaw tries one known fault of TLS.
func (c client) flaw(ctx context.Context, f pavise.Flaw) (*pavise.Trait, error) {
	s := flaw.Server{Name: f.Name, Dial: func(ctx context.Context) (net.Conn, error) { return c.ready(ctx, f.Address, f.Via) }}
	trait, err := flaw.Try(ctx, s, f.Which)
	if err != nil {
		return nil, err
	}
	return &trait, nil
}
