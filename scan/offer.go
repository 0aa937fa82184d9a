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
	offerTurns = 40
)

// offer sees all that a server offers in TLS. Its suites cost no more than half of the
// connections of a scan, however many there are.
func (c client) offer(ctx context.Context, o pavise.Offer) (*pavise.Offered, error) {
	dial := func(ctx context.Context) (net.Conn, error) { return c.ready(ctx, o.Address, o.Via) }
	return offer.Survey(ctx, dial, o.Name, c.budget.connections.most/2)
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
