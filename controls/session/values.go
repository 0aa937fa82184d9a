package session

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// A Key names a value of a session, and knows its type. A value that was kept under the
// same name with another type is not there.
type Key[T any] struct {
	name  string
	write func([]byte, T) ([]byte, error) // behind a byte that tells the type
	read  func([]byte) (T, bool)
}

// maxKeyName bounds the name of a key.
const maxKeyName = 64

// The types of values, as they are written.
const (
	stringValue = iota + 1
	intValue
	boolValue
	timeValue
	bytesValue
	jsonValue
)

func newKey[T any](name string, mark byte, write func([]byte, T) ([]byte, error), read func([]byte) (T, bool)) Key[T] {
	return Key[T]{name,
		func(b []byte, v T) ([]byte, error) { return write(append(b, mark), v) },
		func(b []byte) (v T, ok bool) {
			if len(b) == 0 || b[0] != mark {
				return v, false
			}
			return read(b[1:])
		}}
}

// String is the key of a string.
func String(name string) Key[string] {
	return newKey(name, stringValue,
		func(b []byte, v string) ([]byte, error) { return append(b, v...), nil },
		func(b []byte) (string, bool) { return string(b), true })
}

// Bytes is the key of bytes.
func Bytes(name string) Key[[]byte] {
	return newKey(name, bytesValue,
		func(b, v []byte) ([]byte, error) { return append(b, v...), nil },
		func(b []byte) ([]byte, bool) { return bytes.Clone(b), true })
}

// Int is the key of a whole number.
func Int(name string) Key[int64] {
	return newKey(name, intValue,
		func(b []byte, v int64) ([]byte, error) { return binary.AppendVarint(b, v), nil },
		func(b []byte) (int64, bool) {
			v, n := binary.Varint(b)
			return v, n > 0 && n == len(b)
		})
}

// Bool is the key of a yes or no.
func Bool(name string) Key[bool] {
	return newKey(name, boolValue,
		func(b []byte, v bool) ([]byte, error) {
			if v {
				return append(b, 1), nil
			}
			return append(b, 0), nil
		},
		func(b []byte) (bool, bool) { return len(b) == 1 && b[0] == 1, len(b) == 1 && b[0] <= 1 })
}

// Time is the key of a moment, to the nanosecond and without its zone.
func Time(name string) Key[time.Time] {
	return newKey(name, timeValue,
		func(b []byte, v time.Time) ([]byte, error) {
			b = binary.AppendVarint(b, v.Unix())
			return binary.AppendUvarint(b, uint64(v.Nanosecond())), nil
		},
		func(b []byte) (time.Time, bool) {
			sec, n := binary.Varint(b)
			if n <= 0 {
				return time.Time{}, false
			}
			nano, m := binary.Uvarint(b[n:])
			if m <= 0 || n+m != len(b) || nano >= 1e9 {
				return time.Time{}, false
			}
			return time.Unix(sec, int64(nano)).UTC(), true
		})
}

// JSON is the key of anything that encoding/json writes and reads again.
func JSON[T any](name string) Key[T] {
	return newKey(name, jsonValue,
		func(b []byte, v T) ([]byte, error) {
			text, err := json.Marshal(v)
			return append(b, text...), err
		},
		func(b []byte) (v T, ok bool) {
			if err := json.Unmarshal(b, &v); err != nil {
				return *new(T), false // and no part of it
			}
			return v, true
		})
}

// Get returns the value, and whether there is one.
func (k Key[T]) Get(s *Session) (T, bool) { return k.read(s.look(k.name)) }

// Set keeps a value. If the handler had looked at it before, and another request has
// changed it in the meantime, nothing is saved and the answer is [ErrChanged]; else the
// last one counts.
func (k Key[T]) Set(s *Session, v T) error {
	b, err := k.encode(v)
	if err != nil {
		return s.refuse(err)
	}
	return s.change(valueChange{name: k.name, value: b})
}

// Change keeps what update makes of the value, which is the zero value where there is
// none. It is asked once more if another request changes the value in the meantime:
// so a count counts everybody.
func (k Key[T]) Change(s *Session, update func(T) T) error {
	again := func(was []byte) ([]byte, error) {
		v, _ := k.read(was)
		return k.encode(update(v))
	}
	b, err := again(s.peek(k.name))
	if err != nil {
		return s.refuse(err)
	}
	return s.change(valueChange{name: k.name, value: b, again: again})
}

// Delete forgets the value, by the rule of Set.
func (k Key[T]) Delete(s *Session) error { return s.change(valueChange{name: k.name}) }

func (k Key[T]) encode(v T) ([]byte, error) {
	if k.name == "" || len(k.name) > maxKeyName {
		return nil, fmt.Errorf("%w: the name %.64q of a key must have between 1 and %d bytes", errValue, k.name, maxKeyName)
	}
	b, err := k.write(nil, v)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errValue, k.name, err)
	}
	return b, nil
}

// A valueChange is what a handler has done to one value, or to all.
type valueChange struct {
	name  string
	value []byte                       // as it is written; nil is none
	again func([]byte) ([]byte, error) // makes it of what there is; nil: it is what it is
	seen  bool                         // the handler had looked at what was there
	clear bool                         // of all values
}

// look is what a handler sees, and remembers that it has.
func (s *Session) look(name string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, changed := s.current(name)
	if !changed && !slices.Contains(s.read, name) {
		s.read = append(s.read, name)
	}
	return value
}

func (s *Session) peek(name string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, _ := s.current(name)
	return value
}

// current returns the value, and whether this request has changed it.
func (s *Session) current(name string) (value []byte, changed bool) {
	for i := len(s.changes) - 1; i >= 0; i-- {
		if c := &s.changes[i]; c.clear || c.name == name {
			return c.value, true
		}
	}
	if s.rec == nil {
		return nil, false
	}
	return valueOf(s.rec.Data, name), false
}

func (s *Session) change(c valueChange) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.done != nil:
		return s.done
	case s.plan == logOut:
		return ErrEnded
	}
	if _, changed := s.current(c.name); !changed && !c.clear {
		c.seen = slices.Contains(s.read, c.name)
	}
	if c.again == nil { // what was done to the value before is of no account any more
		s.changes = slices.DeleteFunc(s.changes, func(was valueChange) bool {
			c.seen = c.seen || was.seen && was.name == c.name
			return c.clear || was.name == c.name && !was.clear
		})
	}
	s.changes = append(s.changes, c)
	return nil
}

// Clear forgets all values.
func (s *Session) Clear() error { return s.change(valueChange{clear: true}) }

// apply does the changes to the values of a session. Where a handler had looked at a
// value, it must still be the same as in base.
func apply(changes []valueChange, base, data []byte) ([]byte, error) {
	for _, c := range changes {
		was := valueOf(data, c.name)
		switch {
		case c.clear:
			data = nil
			continue
		case c.again != nil:
			var err error
			if c.value, err = c.again(was); err != nil {
				return nil, err
			}
		case c.seen && !bytes.Equal(was, valueOf(base, c.name)):
			return nil, ErrChanged
		}
		if bytes.Equal(was, c.value) { // what is written is never empty
			continue
		}
		data = withValue(data, c.name, c.value)
	}
	return data, nil
}

// valueOf finds a value: each is its name and itself, both behind their length. It is
// nil where there is none.
func valueOf(data []byte, name string) []byte {
	for at := (reader{all: data}); at.more(); {
		n, v := at.prefixed(), at.prefixed()
		if !at.bad && string(at.bytes(n)) == name {
			return at.bytes(v)
		}
	}
	return nil
}

// withValue returns a copy of the values in which one is another; nil takes it out.
func withValue(data []byte, name string, value []byte) []byte {
	b := make([]byte, 0, len(data)+len(name)+len(value)+2*binary.MaxVarintLen16)
	for at := (reader{all: data}); at.more(); {
		n, v := at.prefixed(), at.prefixed()
		if !at.bad && string(at.bytes(n)) != name {
			b = appendPrefixed(appendPrefixed(b, at.bytes(n)), at.bytes(v))
		}
	}
	if value == nil {
		return b
	}
	return appendPrefixed(appendPrefixed(b, name), value)
}
