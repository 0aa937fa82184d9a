package session

import (
	"encoding/binary"
	"errors"
	"strings"
	"time"
	"unicode/utf8"
)

// About is what a user may know of a session: nothing of it opens one.
type About struct {
	ID      string // names it, and stays when the token is replaced
	User    string // whose it is; "" is nobody's yet
	Label   string // where it is used
	Created time.Time
	Seen    time.Time // when it was last used, but for a tenth of the idle time
	Ends    time.Time // however busy it is
}

// A Record is a session as it was loaded. Data is the caller's to change, and is
// written by [Keeper.Update] and [Keeper.Rotate].
type Record struct {
	About
	Data []byte
	// Former says that the token which loaded it has been replaced: this is what was
	// there before, and only to be read.
	Former bool

	user    string // whose it is, whatever is made of User
	state   state
	changes uint64 // of the data; a touch is none
	other   string // key: of the one before, or in a former one of the next
	key     string
	version uint64 // in the store; 0 is not known
	stale   bool   // sealed by a key of before
}

// A state is what stands under a key.
type state byte

const (
	alive  state = 1
	former state = 2 // replaced: what was there before, until the grace is over
	ended  state = 3 // it stands for a second where a session was ended
)

const recordForm = 1

var errForm = errors.New("session: not the form of a session")

// appendRecord writes a session: form and state, the strings each behind its length,
// the times in milliseconds, the changes, and the rest is the data.
func appendRecord(b []byte, r *Record) []byte {
	b = append(b, recordForm, byte(r.state))
	for _, s := range [...]string{r.ID, r.User, r.Label, r.other} {
		b = appendPrefixed(b, s)
	}
	for _, t := range [...]time.Time{r.Created, r.Seen, r.Ends} {
		b = binary.BigEndian.AppendUint64(b, uint64(t.UnixMilli()))
	}
	b = binary.AppendUvarint(b, r.changes)
	return append(b, r.Data...)
}

// decodeRecord reads what appendRecord wrote. The data is part of b.
func decodeRecord(b []byte) (*Record, error) {
	if len(b) < 2 || b[0] != recordForm || state(b[1]) < alive || state(b[1]) > ended {
		return nil, errForm
	}
	r, at := &Record{state: state(b[1])}, reader{all: b, at: 2}
	var spans [4]span
	for i := range spans {
		spans[i] = at.prefixed()
	}
	head := string(b[:at.at]) // one copy for all
	for i, s := range [...]*string{&r.ID, &r.User, &r.Label, &r.other} {
		*s = head[spans[i].from:spans[i].to]
	}
	r.Created, r.Seen, r.Ends, r.changes = at.time(), at.time(), at.time(), at.uvarint()
	if at.bad {
		return nil, errForm
	}
	r.user, r.Data = r.User, b[at.at:len(b):len(b)]
	return r, nil
}

// appendPrefixed writes a string behind its length: what reader.prefixed reads.
func appendPrefixed[S string | []byte](b []byte, s S) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// A reader takes one thing after the other, until one is not there.
type reader struct {
	all []byte
	at  int
	bad bool
}

// A span is a part of what a reader reads.
type span struct{ from, to int }

func (r *reader) more() bool { return !r.bad && r.at < len(r.all) }

func (r *reader) uvarint() uint64 {
	n, size := binary.Uvarint(r.all[r.at:])
	if size <= 0 {
		r.bad = true
		return 0
	}
	r.at += size
	return n
}

func (r *reader) take(n uint64) span {
	if r.bad || n > uint64(len(r.all)-r.at) {
		r.bad = true
		return span{}
	}
	s := span{r.at, r.at + int(n)}
	r.at = s.to
	return s
}

func (r *reader) prefixed() span { return r.take(r.uvarint()) }

func (r *reader) bytes(s span) []byte { return r.all[s.from:s.to:s.to] }

func (r *reader) time() time.Time {
	s := r.take(8)
	if r.bad {
		return time.Time{}
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(r.bytes(s))))
}

// cutLabel makes a label of what a stranger may have written.
func cutLabel(s string) string {
	if len(s) > maxLabel {
		s = s[:maxLabel]
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "")
	}
	return s
}
