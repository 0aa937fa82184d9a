package proxy

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// A handover is a server of net/http for connections that somebody else has
// accepted. It must be given a *tls.Conn as it is: net/http sees no h2 in a wrapped
// one.
type handover struct {
	*http.Server
	at    net.Addr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	mu    sync.Mutex
	idle  map[net.Conn]time.Time // since when
}

// A connection that was idle for as long as [http.Server] keeps one that it has told
// to go need not be kept, once it has been told.
const (
	longIdle = time.Second
	toBeTold = 50 * time.Millisecond
)

// newHandover serves what it is given until it is shut down.
func newHandover(at net.Addr, server *http.Server) *handover {
	h := &handover{Server: server, at: at, conns: make(chan net.Conn), done: make(chan struct{}), idle: map[net.Conn]time.Time{}}
	server.ConnState = h.watch
	go server.Serve(handed{h})
	return h
}

// take serves the connection, or closes it where that is over.
func (h *handover) take(c net.Conn) {
	select {
	case h.conns <- c:
	case <-h.done:
		c.Close()
	}
}

// stop lets running requests end until the context does, and then cuts them off.
func (h *handover) stop(ctx context.Context) error {
	began := time.Now()
	defer time.AfterFunc(toBeTold, func() { h.closeIdle(began.Add(-longIdle)) }).Stop()
	err := h.Shutdown(ctx)
	if err != nil {
		h.Server.Close()
	}
	return err
}

// watch knows which connections are idle.
func (h *handover) watch(c net.Conn, state http.ConnState) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if state == http.StateIdle {
		h.idle[c] = time.Now()
	} else {
		delete(h.idle, c)
	}
}

// closeIdle ends the connections that were idle at the time, and still are.
func (h *handover) closeIdle(since time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c, at := range h.idle {
		if at.Before(since) {
			go c.Close() // a TLS connection says farewell, and might wait for it
		}
	}
}

// handed is the listener in which the connections arrive.
type handed struct{ *handover }

func (h handed) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.done:
		return nil, net.ErrClosed
	}
}

func (h handed) Close() error {
	h.once.Do(func() { close(h.done) })
	return nil
}

func (h handed) Addr() net.Addr { return h.at }
