package scan

import (
	"context"
	"fmt"
	"net"
	"time"

	"pavise"
	"pavise/internal/offer"
)

// offerTime is how long it may take to see all that a server offers in TLS, and
// offerTurns how many connections that mostly takes.
const (
	offerTime  = 20 * time.Second
	offerTurns = 60
)

// offer sees all that a server offers in TLS.
func (c client) offer(ctx context.Context, o pavise.Offer) (*pavise.Offered, error) {
	return offer.Survey(ctx, func(ctx context.Context) (net.Conn, error) { return c.ready(ctx, o.Address, o.Via) }, o.Name)
}

// ready opens a connection on which TLS is spoken from the next byte, asked for in the
// way that via names.
func (c client) ready(ctx context.Context, address, via string) (net.Conn, error) {
	if via != "" && via != "smtp" {
		return nil, fmt.Errorf("nobody asks for TLS by %q", via)
	}
	conn, err := c.dial(ctx, "tcp", address)
	if err != nil || via == "" {
		return conn, err
	}
	if err := startTLS(ctx, conn); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}
