package session

import (
	"bytes"
	"reflect"
	"testing"
	"time"
)

func FuzzRecord(f *testing.F) {
	at := time.UnixMilli(1767323045000)
	f.Add(appendRecord(nil, &Record{state: alive, About: About{ID: "id", User: "ada", Label: "a browser", Created: at, Seen: at, Ends: at},
		Data: []byte("data"), changes: 300, other: "session:x"}))
	f.Add([]byte{1, 3})
	f.Add([]byte{1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		rec, err := decodeRecord(b)
		if err != nil {
			return
		}
		again, err := decodeRecord(appendRecord(nil, rec))
		if err != nil || !reflect.DeepEqual(rec, again) && !(len(rec.Data) == 0 && bytes.Equal(rec.Data, again.Data)) {
			t.Errorf("%+v is read again as %+v, %v", rec, again, err)
		}
	})
}

func FuzzRegister(f *testing.F) {
	at := time.UnixMilli(1767323045000)
	f.Add(register{{id: "id", key: "session:x", created: at, ends: at, ending: true}, {id: "b"}}.appendTo(nil))
	f.Add([]byte{1, 2})
	f.Add([]byte{1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := decodeRegister(b)
		if err != nil {
			return
		}
		if again, err := decodeRegister(list.appendTo(nil)); err != nil || !reflect.DeepEqual(list, again) {
			t.Errorf("%+v is read again as %+v, %v", list, again, err)
		}
	})
}
