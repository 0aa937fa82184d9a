package mend

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A jsonText is a JSON document that is edited where it must be and stays as it is
// everywhere else: its order, its spaces, the ends of its lines.
type jsonText struct {
	text []byte
	root node
}

// A node is a value and where it stands.
type node struct {
	start, end int
	members    []member // of an object
	object     bool
}

type member struct {
	key   string
	start int // of its key
	value node
}

const maxNested = 200

// readJSON reads a document.
func readJSON(text []byte) (*jsonText, error) {
	d := &jsonText{text: text}
	return d, d.read()
}

func (d *jsonText) read() error {
	s := &jsonScan{text: d.text}
	if bytes.HasPrefix(s.text, []byte("\xef\xbb\xbf")) {
		s.at = 3
	}
	if !json.Valid(s.text[s.at:]) {
		return errors.New("it is no JSON")
	}
	root, err := s.value(0)
	d.root = root
	return err
}

// get returns the string at a path.
func (d *jsonText) get(path ...string) (string, bool) {
	n, ok := d.find(path)
	if !ok {
		return "", false
	}
	var s string
	err := json.Unmarshal(d.text[n.start:n.end], &s)
	return s, err == nil
}

// has reports whether there is something at a path.
func (d *jsonText) has(path ...string) bool {
	_, ok := d.find(path)
	return ok
}

func (d *jsonText) find(path []string) (node, bool) {
	n := d.root
	for _, key := range path {
		i := n.index(key)
		if i < 0 {
			return node{}, false
		}
		n = n.members[i].value
	}
	return n, true
}

// index is where a member stands: of several of one name the last counts.
func (n node) index(key string) int {
	for i := len(n.members) - 1; i >= 0; i-- {
		if n.members[i].key == key {
			return i
		}
	}
	return -1
}

// set puts a string at a path, in objects that it makes where there are none.
func (d *jsonText) set(value string, path ...string) error {
	for depth := range path {
		n, ok := d.find(path[:depth])
		if !ok || !n.object {
			return fmt.Errorf("%s is no object", strings.Join(path[:depth], "."))
		}
		if n.index(path[depth]) >= 0 {
			continue
		}
		raw := "{}"
		if depth == len(path)-1 {
			raw = quoted(value)
		}
		if err := d.insert(n, depth, path[depth], raw); err != nil {
			return err
		}
	}
	n, _ := d.find(path)
	return d.splice(n.start, n.end, quoted(value))
}

// quoted writes a string as JSON does that is read by people.
func quoted(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.Encode(s) // a string cannot fail
	return strings.TrimSuffix(b.String(), "\n")
}

// insert adds a member: at its place where the others are in order, else as the last.
func (d *jsonText) insert(n node, depth int, key, raw string) error {
	colon := ": "
	if !bytes.ContainsAny(d.text, " \n") {
		colon = ":"
	}
	pair := quoted(key) + colon + raw
	if len(n.members) == 0 {
		return d.splice(n.start, n.end, "{"+d.line(depth+1)+pair+d.line(depth)+"}")
	}
	i := len(n.members)
	if slices.IsSortedFunc(n.members, func(a, b member) int { return strings.Compare(a.key, b.key) }) && depth > 0 {
		i, _ = slices.BinarySearchFunc(n.members, key, func(m member, key string) int { return strings.Compare(m.key, key) })
	}
	if i == len(n.members) {
		last := n.members[i-1]
		return d.splice(last.value.end, last.value.end, ","+d.before(n, i-1)+pair)
	}
	at := n.members[i].start
	return d.splice(at, at, pair+","+cmpSpace(d.before(n, i), colon))
}

func cmpSpace(space, colon string) string {
	if space == "" && colon == ": " {
		return " "
	}
	return space
}

// before is the space that stands before a member.
func (d *jsonText) before(n node, i int) string {
	at := n.members[i].start
	space := d.text[:at]
	space = space[len(bytes.TrimRight(space, " \t\r\n")):]
	return string(space)
}

// line is the end of a line and the indentation of the next, as this document has them.
func (d *jsonText) line(depth int) string {
	if len(d.root.members) == 0 {
		return ""
	}
	first := d.before(d.root, 0)
	end := strings.LastIndex(first, "\n")
	if end < 0 {
		return ""
	}
	return first[:end+1] + strings.Repeat(first[end+1:], depth)
}

// remove takes what is at a path away, and says whether there was something. The objects
// around it stay.
func (d *jsonText) remove(path ...string) (bool, error) {
	n, ok := d.find(path[:len(path)-1])
	i := n.index(path[len(path)-1])
	switch {
	case !ok || i < 0:
		return false, nil
	case len(n.members) == 1:
		return true, d.splice(n.start, n.end, "{}")
	case i == len(n.members)-1:
		return true, d.splice(n.members[i-1].value.end, n.members[i].value.end, "")
	}
	return true, d.splice(n.members[i].start, n.members[i+1].start, "")
}

func (d *jsonText) splice(start, end int, by string) error {
	d.text = slices.Concat(d.text[:start], []byte(by), d.text[end:])
	return d.read()
}

// A jsonScan finds where the values of valid JSON stand.
type jsonScan struct {
	text []byte
	at   int
}

func (s *jsonScan) space() {
	for s.at < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0 {
		s.at++
	}
}

func (s *jsonScan) value(depth int) (node, error) {
	if depth > maxNested {
		return node{}, fmt.Errorf("it is nested more than %d deep", maxNested)
	}
	s.space()
	n := node{start: s.at}
	switch s.text[s.at] {
	case '{', '[':
		n.object = s.text[s.at] == '{'
		if err := s.inside(&n, depth); err != nil {
			return n, err
		}
	case '"':
		s.word()
	default:
		for s.at < len(s.text) && strings.IndexByte(" \t\r\n,]}", s.text[s.at]) < 0 {
			s.at++
		}
	}
	n.end = s.at
	return n, nil
}

// inside reads what an object or a list holds.
func (s *jsonScan) inside(n *node, depth int) error {
	s.at++
	for {
		s.space()
		switch s.text[s.at] {
		case '}', ']':
			s.at++
			return nil
		case ',':
			s.at++
			continue
		}
		m := member{start: s.at}
		if n.object {
			m.key = s.word()
			s.space()
			s.at++ // the colon
		}
		var err error
		if m.value, err = s.value(depth + 1); err != nil {
			return err
		}
		if n.object {
			n.members = append(n.members, m)
		}
	}
}

// word passes a string, and returns what it says.
func (s *jsonScan) word() string {
	start := s.at
	for s.at++; s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] == '\\' {
			s.at++
		}
	}
	s.at++
	var word string
	json.Unmarshal(s.text[start:s.at], &word)
	return word
}
