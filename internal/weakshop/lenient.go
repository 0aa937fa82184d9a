package weakshop

import (
	"bytes"
	"net"
)

// lenient mends what net/http would refuse: a second Host is overlooked, and a
// space before a colon, as by many a hand-written server.
type lenient struct{ net.Listener }

// Accept returns a connection that is mended on the way.
func (l lenient) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return &mended{Conn: conn}, err
}

// A mended connection looks at what comes first, which must bring a whole head.
type mended struct {
	net.Conn
	begun bool
}

func (m *mended) Read(p []byte) (int, error) {
	n, err := m.Conn.Read(p)
	if m.begun || n == 0 {
		return n, err
	}
	m.begun = true
	head, body, whole := bytes.Cut(p[:n], []byte("\r\n\r\n"))
	if !whole {
		return n, err
	}
	head = bytes.ReplaceAll(head, []byte(" : "), []byte(": "))
	if first := bytes.Index(head, []byte("\r\nHost:")); first >= 0 {
		first += len("\r\n")
		if second := bytes.Index(head[first:], []byte("\r\nHost:")); second >= 0 {
			_, rest, _ := bytes.Cut(head[first+second+2:], []byte("\r\n"))
			head = append(head[:first+second+2:first+second+2], rest...)
		}
	}
	return copy(p, bytes.Join([][]byte{head, body}, []byte("\r\n\r\n"))), err
}
