package flaw

import (
	"errors"
	"net"
	"slices"
	"strings"
	"time"

	"pavise/internal/rawtls"
)

// maxHeard bounds the records that are read of an answer.
const maxHeard = 16

// Warnings that are the last word (RFC 5246 7.2.1 and 7.2.2).
const (
	closeNotify     = 0
	noRenegotiation = 100
)

// An answer is what came back until the connection ended, an alert said that it would,
// data came, or nothing more.
type answer struct {
	records []rawtls.Record
	ended   string // "closed" or "silence"; "" behind an alert or data
}

// hear reads an answer. The records are opened where there are keys.
func hear(conn net.Conn, open func(rawtls.Record) (rawtls.Record, bool)) answer {
	conn.SetReadDeadline(time.Now().Add(patience))
	var a answer
	for len(a.records) < maxHeard {
		r, err := rawtls.ReadRecord(conn)
		if err != nil {
			a.ended = "closed"
			var late net.Error
			if errors.As(err, &late) && late.Timeout() {
				a.ended = "silence"
			}
			return a
		}
		if open != nil {
			var ok bool
			if r, ok = open(r); !ok {
				r.Data = nil
			}
		}
		if r.Type == rawtls.RecordAlert && len(r.Data) == 2 && r.Data[1] == closeNotify {
			a.ended = "closed" // with a word or without: that may be lost on the way
			return a
		}
		a.records = append(a.records, r)
		switch {
		case r.Type == rawtls.RecordData, // it was taken, and what follows is HTTP
			r.Type == rawtls.RecordAlert && (len(r.Data) != 2 || r.Data[0] == 2 || r.Data[1] == noRenegotiation):
			return a
		}
	}
	return a
}

// alert is the description of the first fatal alert; -1 is none.
func (a answer) alert() int {
	for _, r := range a.records {
		if r.Type == rawtls.RecordAlert && len(r.Data) == 2 && r.Data[0] == 2 {
			return int(r.Data[1])
		}
	}
	return -1
}

// first returns the first record of a type.
func (a answer) first(kind byte) (rawtls.Record, bool) {
	for _, r := range a.records {
		if r.Type == kind {
			return r, true
		}
	}
	return rawtls.Record{}, false
}

// String is what can be told apart: what came, not how much of it.
func (a answer) String() string {
	var list []string
	for _, r := range a.records {
		switch {
		case r.Type == rawtls.RecordAlert && len(r.Data) == 2:
			list = append(list, (&rawtls.Alert{Level: r.Data[0], Description: r.Data[1]}).Error())
		case r.Type == rawtls.RecordAlert:
			list = append(list, "alert")
		case r.Type == rawtls.RecordData:
			list = append(list, "data")
		default:
			list = append(list, "handshake")
		}
	}
	if a.ended != "" {
		list = append(list, a.ended)
	}
	return strings.Join(slices.Compact(list), ", ")
}
