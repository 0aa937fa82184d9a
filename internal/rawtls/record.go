package rawtls

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Bounds of what a server can make us read.
const (
	MaxRecord  = 1<<14 + 2048 // RFC 5246 6.2.3
	MaxMessage = 128 << 10    // a certificate chain is the longest
	maxRecords = 64           // of one flight
)

// A Record is one of the record layer.
type Record struct {
	Type    byte
	Version uint16
	Data    []byte
}

// Marshal is the record on the wire. Its data fits into one.
func (r Record) Marshal() []byte {
	out := binary.BigEndian.AppendUint16([]byte{r.Type}, r.Version)
	return append(out, vector16(r.Data)...)
}

// ErrNotTLS is that something else than TLS answered.
var ErrNotTLS = errors.New("the answer is not TLS")

// ReadRecord reads one record.
func ReadRecord(from io.Reader) (Record, error) {
	var head [5]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return Record{}, err
	}
	r := Record{Type: head[0], Version: binary.BigEndian.Uint16(head[1:])}
	length := int(binary.BigEndian.Uint16(head[3:]))
	if r.Type < RecordChangeCipherSpec || r.Type > RecordHeartbeat || r.Version>>8 != 3 || length > MaxRecord {
		return Record{}, fmt.Errorf("%w: it begins with %x", ErrNotTLS, head)
	}
	r.Data = make([]byte, length)
	_, err := io.ReadFull(from, r.Data)
	return r, err
}

// A Message is one of the handshake.
type Message struct {
	Type byte
	Body []byte
}

// Marshal is the message as records carry it.
func (m Message) Marshal() []byte {
	n := len(m.Body)
	return append([]byte{m.Type, byte(n >> 16), byte(n >> 8), byte(n)}, m.Body...)
}

// An Alert ends a handshake.
type Alert struct{ Level, Description byte }

func (a *Alert) Error() string { return "alert " + alertName(a.Description) }

// Messages reads the handshake out of records.
type Messages struct {
	from    io.Reader
	pending []byte
	records int
}

// NewMessages reads from a connection.
func NewMessages(from io.Reader) *Messages { return &Messages{from: from} }

// Next is the next message. A fatal alert is an error of the type *Alert.
func (m *Messages) Next() (Message, error) {
	for {
		if len(m.pending) >= 4 {
			n := int(m.pending[1])<<16 | int(m.pending[2])<<8 | int(m.pending[3])
			if n > MaxMessage {
				return Message{}, fmt.Errorf("a message of %d bytes is more than %d", n, MaxMessage)
			}
			if len(m.pending) >= 4+n {
				next := Message{m.pending[0], m.pending[4 : 4+n]}
				m.pending = m.pending[4+n:]
				return next, nil
			}
		}
		if err := m.more(); err != nil {
			return Message{}, err
		}
	}
}

// more adds the data of one record.
func (m *Messages) more() error {
	if m.records++; m.records > maxRecords {
		return fmt.Errorf("more than %d records", maxRecords)
	}
	r, err := ReadRecord(m.from)
	if err != nil {
		return err
	}
	switch {
	case r.Type == RecordHandshake:
		m.pending = append(m.pending, r.Data...)
	case r.Type == RecordAlert && len(r.Data) == 2:
		// RFC 6066 3: a server may warn that it does not know the name, and go on.
		if a := (&Alert{r.Data[0], r.Data[1]}); a.Level != 1 || a.Description == 0 {
			return a
		}
	case r.Type == RecordAlert:
		return fmt.Errorf("%w: an alert of %d bytes", ErrNotTLS, len(r.Data))
	}
	return nil
}
