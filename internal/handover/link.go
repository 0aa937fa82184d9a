package handover

import (
	"encoding/json"
	"fmt"
	"net"
	"time"
)

// The words that both processes exchange. The old one's and the new one's may be of
// different versions: a word keeps its meaning for ever, and one more field harms nobody.
const (
	wordReady   = "ready"   // new: all is loaded, checked and proven
	wordFailed  = "failed"  // new: why it is not, and it ends
	wordSwitch  = "switch"  // old: the store is yours; take over
	wordServing = "serving" // new: it accepts
	wordPackets = "packets" // old: nobody reads from the UDP socket any more
)

type message struct {
	Say   string `json:"say"`
	Why   string `json:"why,omitempty"`
	Store string `json:"store,omitempty"` // where the new one keeps its store
}

// A link is the connection between both.
type link struct {
	conn net.Conn
	in   *json.Decoder
}

func newLink(conn net.Conn) link { return link{conn, json.NewDecoder(conn)} }

func (l link) say(m message) error {
	l.conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	return json.NewEncoder(l.conn).Encode(m)
}

// hear waits for the next word; a zero time waits for ever.
func (l link) hear(until time.Time) (m message, err error) {
	l.conn.SetReadDeadline(until)
	err = l.in.Decode(&m)
	return m, err
}

// expect waits for one word.
func (l link) expect(word string, until time.Time) (message, error) {
	m, err := l.hear(until)
	switch {
	case err != nil:
		return m, err
	case m.Say == wordFailed:
		return m, fmt.Errorf("%s", m.Why)
	case m.Say != word:
		return m, fmt.Errorf("it said %.40q where %q was due", m.Say, word)
	}
	return m, nil
}
