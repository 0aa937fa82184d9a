package proxy

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// http3Servers are one for each bound of heads that a connection was ever opened with, as
// servers are for TCP: to raise the bound for all would let strangers fill the memory.
type http3Servers struct {
	mu     sync.Mutex
	closed bool
	all    map[int]*http3.Server
}

// within returns the server for heads of at most so many bytes.
func (q *quicServer) within(head int) *http3.Server {
	q.servers.mu.Lock()
	defer q.servers.mu.Unlock()
	server := q.servers.all[head]
	if server == nil {
		server = &http3.Server{Handler: q, MaxHeaderBytes: head, Logger: slog.New(quicLog{q.sites.cfg.Journal})}
		q.servers.all[head] = server
	}
	if q.servers.closed {
		server.Close()
	}
	return server
}

// shutdown tells the clients to go, and returns when they have gone or the context ends.
func (s *http3Servers) shutdown(ctx context.Context) {
	s.mu.Lock()
	s.closed = true
	all := slices.Collect(maps.Values(s.all))
	s.mu.Unlock()
	var leaving sync.WaitGroup
	for _, server := range all {
		leaving.Go(func() { server.Shutdown(ctx) })
	}
	leaving.Wait()
}

// serve takes connections until the listener is closed.
func (q *quicServer) serve() {
	for {
		conn, err := q.listener.Accept(context.Background())
		switch {
		case err == nil:
			go q.serveConn(conn)
		case errors.Is(err, quic.ErrServerClosed):
			return
		default:
			q.down.Store(true)
			q.sites.cfg.Journal.write(slog.LevelError, "HTTP/3 has ended", slog.String("error", err.Error()))
			return
		}
	}
}

// serveConn holds a connection, from its begin to its end, to the bounds of the site that
// was named in the handshake.
func (q *quicServer) serveConn(conn *quic.Conn) {
	limits := q.sites.now.Load().site(conn.ConnectionState().TLS.ServerName).limits
	guestOf(conn.Context()).enter(conn, limits.Idle)
	if err := q.within(limits.MaxHeaderBytes).ServeQUICConn(conn); errors.Is(err, http.ErrServerClosed) {
		conn.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "")
	}
}
