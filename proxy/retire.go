package proxy

import (
	"context"
	"sync"
	"time"
)

// Retire leaves the place to another process that serves by the same sockets: it takes
// no new connection, and those that it has it serves on. No client is closed under that
// may be about to send: an answer tells it that it is the last, or GOAWAY does. WebSockets
// go on. What is left when the context ends is ended.
//
// freed is called when nothing reads from the UDP socket any more.
func (s *Server) Retire(ctx context.Context, freed func()) error {
	s.closeTCP()
	var retiring sync.WaitGroup
	retiring.Go(func() {
		s.stopHTTP3(ctx)
		freed()
	})
	retiring.Go(func() { s.servers.retire(ctx) })
	left := make(chan struct{})
	go func() {
		s.accepted.Wait() // that were accepted; now the servers have all
		retiring.Wait()
		s.servers.retire(ctx)
		s.tunnels.wait(ctx)
		close(left)
	}()
	var err error
	select {
	case <-left:
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.opening.closeAll()
	s.servers.close()
	s.tunnels.closeAll()
	retiring.Wait()
	s.settle()
	return err
}

// settleTime is how long what was cut off may take until it is told of.
const settleTime = time.Second

// settle waits until whoever was cut off is counted, logged and traced, too.
func (s *Server) settle() {
	for end := time.Now().Add(settleTime); s.running.Load() > 0 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *Server) closeTCP() {
	s.closed.Store(true)
	s.secure.Close()
	if s.clear != nil {
		s.clear.Close()
	}
}

// wait returns when there is none, or the context ends.
func (o *openConns) wait(ctx context.Context) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !o.none() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (o *openConns) none() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.conns) == 0
}
