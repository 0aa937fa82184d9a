package session

import (
	"bytes"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

type address struct{ Street, Town string }

// Every type comes back as it was, in the same request and in the next.
func TestTypes(t *testing.T) {
	a, _, _ := keptShop(t)
	b := a.browser(t)
	at := time.Date(2026, 1, 2, 3, 4, 5, 678, time.FixedZone("", 3600))
	check := func(s *Session) {
		t.Helper()
		str, _ := String("s").Get(s)
		num, _ := Int("i").Get(s)
		yes, _ := Bool("b").Get(s)
		moment, _ := Time("t").Get(s)
		raw, _ := Bytes("r").Get(s)
		home, _ := JSON[address]("j").Get(s)
		if str != "ü" || num != -1<<63 || !yes || !moment.Equal(at) || !bytes.Equal(raw, []byte{0, 1}) || home != (address{"Row", "York"}) {
			t.Errorf("got %q %d %v %v %v %v", str, num, yes, moment, raw, home)
		}
		if v, ok := Int("s").Get(s); ok {
			t.Errorf("a string is the number %d", v)
		}
		if _, ok := String("none").Get(s); ok {
			t.Error("there is what was never set")
		}
		if v, ok := String("empty").Get(s); v != "" || !ok {
			t.Error("an empty string is none")
		}
	}
	a.at = func(s *Session, _ http.ResponseWriter, _ *http.Request) {
		errs := errors.Join(String("s").Set(s, "ü"), Int("i").Set(s, -1<<63), Bool("b").Set(s, true), Time("t").Set(s, at),
			Bytes("r").Set(s, []byte{0, 1}), JSON[address]("j").Set(s, address{"Row", "York"}), String("empty").Set(s, ""))
		if errs != nil {
			t.Error(errs)
		}
		check(s)
	}
	b.get("/at")
	a.at = func(s *Session, _ http.ResponseWriter, _ *http.Request) { check(s); String("s").Delete(s) }
	b.get("/at")
	a.at = func(s *Session, _ http.ResponseWriter, _ *http.Request) {
		if _, ok := String("s").Get(s); ok {
			t.Error("not deleted")
		}
		if v, _ := Int("i").Get(s); v != -1<<63 {
			t.Error("deleted with another")
		}
		s.Clear()
		Int("n").Set(s, 1)
	}
	b.get("/at")
	a.at = func(s *Session, _ http.ResponseWriter, _ *http.Request) {
		_, was := Int("i").Get(s)
		if n, _ := Int("n").Get(s); was || n != 1 {
			t.Error("not cleared")
		}
	}
	b.get("/at")
}

// A value that cannot be kept is an error where it is set, and where nobody looks at
// that, in place of the answer.
func TestValuesThatCannotBeKept(t *testing.T) {
	a, _, _ := keptShop(t)
	for want, set := range map[string]func(*Session) error{
		"has no form": func(s *Session) error { return JSON[func()]("f").Set(s, func() {}) },
		"no name":     func(s *Session) error { return String("").Set(s, "x") },
		"long name":   func(s *Session) error { return String(strings.Repeat("n", maxKeyName+1)).Set(s, "x") },
		"of a change": func(s *Session) error { return JSON[any]("f").Change(s, func(any) any { return func() {} }) },
	} {
		a.at = func(s *Session, _ http.ResponseWriter, _ *http.Request) {
			if err := set(s); !errors.Is(err, errValue) {
				t.Errorf("%s: %v", want, err)
			}
		}
		if w := a.browser(t).ask("/at"); w.Code != 500 {
			t.Errorf("%s: %d", want, w.Code)
		}
	}
	a.at = func(s *Session, _ http.ResponseWriter, _ *http.Request) { Bytes("b").Set(s, make([]byte, MaxData)) }
	if w := a.browser(t).ask("/at"); w.Code != 500 || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("too much: %d", w.Code)
	}
}

// What stays the same is not written.
func TestSameValueIsNoChange(t *testing.T) {
	a, s, _ := keptShop(t)
	b := a.browser(t)
	b.get("/put?apple")
	s.before = func(op, _ string) error {
		if op == "swap" {
			t.Error("written")
		}
		return nil
	}
	says(t, b, "/put?apple", 200, "")
}

func FuzzValues(f *testing.F) {
	data := withValue(withValue(nil, "a", []byte{stringValue, 'x'}), "b", []byte{boolValue, 1})
	f.Add(data, "a", []byte{1})
	f.Add([]byte{1, 'a', 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, "a", []byte(nil))
	f.Fuzz(func(t *testing.T, data []byte, name string, value []byte) {
		s := &Session{rec: &Record{Data: data}}
		String(name).Get(s)
		Int(name).Get(s)
		Bool(name).Get(s)
		Time(name).Get(s)
		Bytes(name).Get(s)
		JSON[address](name).Get(s)
		if with := withValue(data, name, value); !bytes.Equal(valueOf(with, name), value) {
			t.Errorf("set to %q, got %q", value, valueOf(with, name))
		}
		if out := withValue(data, name, nil); valueOf(out, name) != nil || !reflect.DeepEqual(out, withValue(out, name, nil)) {
			t.Errorf("not taken out of %q", data)
		}
	})
}
