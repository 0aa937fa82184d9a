package http1

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
)

// A line is a field of a response: its name, what is to be done with it, and its
// values.
type line struct {
	name   string
	kind   kind
	values []string
}

// A kind is what the head makes of a field.
type kind uint8

const (
	plainField kind = iota
	noField         // its name is none, or ours to write
	lengthField
	connectionField
	typeField
	dateField
	trailerField // announces trailers
	lateField    // is one
)

func kindOf(name string) kind {
	switch {
	case name == "Transfer-Encoding", !token(name) && !strings.HasPrefix(name, http.TrailerPrefix):
		return noField
	case name == "Content-Length":
		return lengthField
	case name == "Connection":
		return connectionField
	case name == "Content-Type":
		return typeField
	case name == "Date":
		return dateField
	case name == "Trailer":
		return trailerField
	case strings.HasPrefix(name, http.TrailerPrefix):
		return lateField
	}
	return plainField
}

// orders remember how the names of responses were sorted, by how many there are:
// most responses have those of an earlier one, and need no sorting.
type orders [mostFields]order

// An order is that of the names of one response.
type order struct {
	known  atomic.Pointer[[]line]
	misses atomic.Uint32
}

// missesBetween is how often an order must not have fitted before it is replaced
// again, so that responses that take turns do not each pay for the next.
const missesBetween = 8

// sort appends the fields in the order of their names.
func (o *orders) sort(list []line, h http.Header) []line {
	if len(h) >= len(o) {
		return sorted(list, h)
	}
	slot := &o[len(h)]
	if list, fits := slot.apply(list, h); fits {
		return list
	}
	list = sorted(list, h)
	if slot.misses.Add(1)%missesBetween == 1 {
		slot.keep(list)
	}
	return list
}

// apply looks up the names that it knows; false where those are not all.
func (o *order) apply(list []line, h http.Header) (all []line, fits bool) {
	known := o.known.Load()
	if known == nil {
		return list, false
	}
	all = list
	for _, l := range *known {
		values, found := h[l.name]
		if !found {
			return list, false
		}
		all = append(all, line{l.name, l.kind, values})
	}
	return all, true
}

// keep remembers the names, and nothing that they were a part of.
func (o *order) keep(list []line) {
	known := make([]line, len(list))
	for i, l := range list {
		name, ok := names[l.name]
		if !ok {
			name = strings.Clone(l.name)
		}
		known[i] = line{name: name, kind: l.kind}
	}
	o.known.Store(&known)
}

func sorted(list []line, h http.Header) []line {
	for name, values := range h {
		list = append(list, line{name, kindOf(name), values})
	}
	slices.SortFunc(list, func(a, b line) int { return strings.Compare(a.name, b.name) })
	return list
}
