package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"time"
)

// Hijack hands the connection over, with what was read of it: nothing of that can
// be taken for a request any more. A head that was written is sent first.
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c := w.c
	if err := w.mayHijack(); err != nil {
		return nil, nil, err
	}
	c.watch.end()
	c.mu.Lock()
	defer c.mu.Unlock()
	x, err := w.now()
	if err != nil {
		return nil, nil, err
	}
	if x.status != 0 {
		if !x.committed {
			x.commit(nil)
		}
		if err := c.send(nil); err != nil {
			return nil, nil, err
		}
	}
	w.hijacked, x.hijacked, c.taken = true, true, true
	c.s.conns.Leave(c)
	c.nc.SetDeadline(time.Time{})
	return c.nc, c.handOver(), nil
}

func (w *writer) mayHijack() error {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	x, err := w.now()
	if err == nil && !x.body.ended.Load() {
		err = errors.New("http1: the body of the request has not been read, and would be taken for the new protocol")
	}
	return err
}

// handOver gives what was read and lets the buffers go.
func (c *conn) handOver() *bufio.ReadWriter {
	in := &c.inward
	read := bytes.Clone(in.buf[in.r:in.w])
	in.release()
	c.x, c.out = nil, nil
	from := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(read), c.nc), max(bufferSize, len(read)))
	from.Peek(len(read)) // so that Buffered counts it
	return bufio.NewReadWriter(from, bufio.NewWriter(c.nc))
}
