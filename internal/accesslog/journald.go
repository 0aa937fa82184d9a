package accesslog

import (
	"bytes"
	"fmt"
	"net"
	"time"
)

// socket is where journald listens (systemd-journald.service(8)).
const socket = "/run/systemd/journal/socket"

// sendTime bounds how long one line may take.
const sendTime = time.Second

// A journal sends each line as an entry of its own, by the native protocol of journald:
// fields of a line each, in a datagram (systemd's JOURNAL_NATIVE_PROTOCOL).
type journal struct {
	at   string
	conn net.Conn
	buf  []byte
}

func openJournal(at string) (*journal, error) {
	if at == "" {
		at = socket
	}
	j := &journal{at: at}
	if err := j.dial(); err != nil {
		return nil, fmt.Errorf("journald: %w", err)
	}
	return j, nil
}

func (j *journal) dial() (err error) {
	if j.conn != nil {
		j.conn.Close()
	}
	j.conn, err = net.Dial("unixgram", j.at)
	return err
}

func (j *journal) write(batch []byte, _ order) (lines uint64, err error) {
	for line := range bytes.Lines(batch) {
		j.buf = append(append(j.buf[:0], "PRIORITY=6\nSYSLOG_IDENTIFIER=pavise\nMESSAGE="...), line...)
		if err := j.send(); err != nil {
			return lines, err
		}
		lines++
	}
	return lines, nil
}

// send sends the entry, and once more by a new socket: journald may have been started
// anew.
func (j *journal) send() error {
	if j.conn != nil {
		j.conn.SetWriteDeadline(time.Now().Add(sendTime))
		if _, err := j.conn.Write(j.buf); err == nil {
			return nil
		}
	}
	if err := j.dial(); err != nil {
		j.conn = nil
		return err
	}
	j.conn.SetWriteDeadline(time.Now().Add(sendTime))
	_, err := j.conn.Write(j.buf)
	return err
}

func (j *journal) close() error {
	if j.conn == nil {
		return nil
	}
	return j.conn.Close()
}
