package upstream

import (
	"bytes"
	"net"
	"time"
)

// once is a connection that says some bytes and takes whatever comes.
type once struct {
	net.Conn
	from *bytes.Reader
}

func (o *once) Read(p []byte) (int, error)       { return o.from.Read(p) }
func (o *once) Write(p []byte) (int, error)      { return len(p), nil }
func (o *once) Close() error                     { return nil }
func (o *once) SetReadDeadline(time.Time) error  { return nil }
func (o *once) SetWriteDeadline(time.Time) error { return nil }
