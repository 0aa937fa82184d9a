package proxy

import (
	"context"
	"net"
	"net/http"
)

type misplacedKey struct{}

// markMisplaced is the ConnContext of a server of plain http.
func markMisplaced(ctx context.Context, c net.Conn) context.Context {
	if c, ok := c.(*conn); ok && c.misplaced {
		return context.WithValue(ctx, misplacedKey{}, true)
	}
	return ctx
}

// isMisplaced reports whether a request came to the port of TLS in the clear: the
// app must never see it.
func isMisplaced(r *http.Request) bool { return r.Context().Value(misplacedKey{}) != nil }
