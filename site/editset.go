package site

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"
)

// Where a value stands in a file: keys of maps, and places in lists from 0.
type where []any

func (w where) String() string {
	s := ""
	for i, step := range w {
		if key, ok := step.(string); ok && i > 0 {
			s += ": " + key
		} else if ok {
			s += key
		} else {
			s += fmt.Sprintf(" %d", step.(int)+1)
		}
	}
	return s
}

// Set has a key or an item mean v, and changes no more than it must: of a map or list
// that is there already what is right stays as it is written. Keys on the way that are
// not there are made.
func (doc *Document) Set(v any, at ...any) error {
	l, err := doc.layout()
	if err != nil {
		return err
	}
	n, left := find(l.root, at)
	if len(left) > 0 {
		key, ok := left[0].(string)
		for i := len(left) - 1; ok && i > 0; i-- {
			inner, text := left[i].(string)
			v, ok = Map{{inner, v}}, text
		}
		if n != nil && n.Kind != yaml.MappingNode && n.Tag != "!!null" || !ok {
			return fmt.Errorf("%s is not there to be set", where(at))
		}
		return doc.put(Map{{key, v}}, at[:len(at)-len(left)])
	}
	switch v := v.(type) {
	case Map:
		if n.Kind == yaml.MappingNode && len(n.Content) > 0 && len(v) > 0 {
			return doc.setMap(n, v, at)
		}
	case List:
		return doc.setList(n, v, v, at)
	case Items:
		return doc.setList(n, List(v), v, at)
	}
	return doc.replace(v, at)
}

// find goes as far as there is something, and returns what is left of the way.
func find(n *yaml.Node, at where) (*yaml.Node, where) {
	for i, step := range at {
		var next *yaml.Node
		switch step := step.(type) {
		case string:
			next = member(n, step)
		case int:
			if items := itemsOf(n); step < len(items) {
				next = items[step]
			}
		}
		if next == nil {
			return n, at[i:]
		}
		n = next
	}
	return n, nil
}

// setMap has a map mean v, key by key.
func (doc *Document) setMap(n *yaml.Node, v Map, at where) error {
	for _, p := range v {
		if err := doc.Set(p.Value, append(slices.Clip(at), p.Key)...); err != nil {
			return err
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if !slices.ContainsFunc(v, func(p Pair) bool { return p.Key == key }) {
			if err := doc.Remove(append(slices.Clip(at), key)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// setList has a list mean v. What has changed is changed in its place, what has gone is
// taken out and what is new put at the end, unless that gives another order.
func (doc *Document) setList(n *yaml.Node, v List, written any, at where) error {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 || len(v) == 0 {
		return doc.replace(written, at)
	}
	old, want := modelOf(n).(List), meaning(v).(List)
	stay, gone := aligned(old, want)
	moved := func(i int) bool { return contains(want[len(stay):], old[i]) }
	if len(stay) == 0 && len(old) == len(want) && allMaps(old) && allMaps(want) {
		for i := range old {
			stay = append(stay, i)
		}
		gone = nil
	}
	if len(stay) == 0 || slices.ContainsFunc(gone, moved) {
		return doc.replace(written, at)
	}
	for k, i := range stay {
		if equal(old[i], want[k]) {
			continue
		}
		if err := doc.Set(v[k], append(slices.Clip(at), i)...); err != nil {
			return err
		}
	}
	for _, i := range slices.Backward(gone) {
		if err := doc.Remove(append(slices.Clip(at), i)...); err != nil {
			return err
		}
	}
	return doc.Append(v[len(stay):], at...)
}

// aligned finds for the first of what is wanted which of the old items, in their order,
// they are, and what is left of these.
func aligned(old, want List) (stay, gone []int) {
	for i, item := range old {
		k := len(stay)
		if k < len(want) && (equal(item, want[k]) || namesake(item, want[k]) && !contains(old, want[k])) {
			stay = append(stay, i)
		} else {
			gone = append(gone, i)
		}
	}
	return stay, gone
}

// namesake reports whether two maps are about the same thing: what the wanted one begins
// with says which, as the path of a part of a site does.
func namesake(old, want any) bool {
	m, ok := old.(Map)
	w, also := want.(Map)
	return ok && also && len(w) > 0 && slices.ContainsFunc(m, func(p Pair) bool { return equal(p, w[0]) })
}

func contains(list List, v any) bool {
	return slices.ContainsFunc(list, func(one any) bool { return equal(one, v) })
}

func allMaps(list List) bool {
	return !slices.ContainsFunc(list, func(v any) bool { _, ok := v.(Map); return !ok })
}

// Append adds items to a list, which is made where there is none.
func (doc *Document) Append(items []any, at ...any) error {
	if len(items) == 0 {
		return nil
	}
	l, err := doc.layout()
	if err != nil {
		return err
	}
	n, left := find(l.root, at)
	if len(left) > 0 || n.Tag == "!!null" || n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		return doc.Set(Items(items), at...)
	}
	if n.Kind != yaml.SequenceNode {
		return fmt.Errorf("%s is no list", where(at))
	}
	return doc.change(at, func(old any) any { return append(old.(List), meaning(List(items)).(List)...) },
		func(l *layout) (edit, error) { return l.appending(n, items), nil }, l)
}

// Remove takes a key or an item away, with the comments in it, beside it, and directly
// above it. A map or list that has nothing left goes too, but for an item.
func (doc *Document) Remove(at ...any) error {
	l, err := doc.layout()
	if err != nil {
		return err
	}
	if _, left := find(l.root, at); len(left) > 0 || len(at) == 0 {
		return fmt.Errorf("%s is not there", where(at))
	}
	parent, last := at[:len(at)-1], at[len(at)-1]
	n, _ := find(l.root, parent)
	i, of := placeOf(n, last)
	if of == 1 {
		if len(parent) == 0 {
			return fmt.Errorf("%s is all there is in the file", where(at))
		}
		if _, item := parent[len(parent)-1].(int); item {
			return doc.replace(Map{}, parent)
		}
		return doc.Remove(parent...)
	}
	return doc.change(parent, func(old any) any {
		if m, ok := old.(Map); ok {
			return slices.Delete(m, i, i+1)
		}
		return slices.Delete(old.(List), i, i+1)
	}, func(l *layout) (edit, error) { return l.removing(n, i) }, l)
}

// placeOf is the place of a key or an item, and among how many.
func placeOf(n *yaml.Node, step any) (i, of int) {
	if i, ok := step.(int); ok {
		return i, len(n.Content)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == step {
			return i / 2, len(n.Content) / 2
		}
	}
	return 0, len(n.Content) / 2
}

// replace writes another value.
func (doc *Document) replace(v any, at where) error {
	l, err := doc.layout()
	if err != nil {
		return err
	}
	n, _ := find(l.root, at)
	if equal(modelOf(n), meaning(v)) {
		return nil
	}
	if len(at) == 0 {
		return fmt.Errorf("the whole file cannot be replaced")
	}
	parent, _ := find(l.root, at[:len(at)-1])
	i, _ := placeOf(parent, at[len(at)-1])
	return doc.change(at, func(any) any { return meaning(v) },
		func(l *layout) (edit, error) { return l.replacing(parent, i, v) }, l)
}

// put adds a key to a map.
func (doc *Document) put(v Map, at where) error {
	l, err := doc.layout()
	if err != nil {
		return err
	}
	n, _ := find(l.root, at)
	if len(at) > 0 && (n.Kind != yaml.MappingNode || len(n.Content) == 0) {
		return doc.replace(v, at)
	}
	i := 0
	if n != nil {
		i = placeFor(v[0].Key, n, at)
	}
	return doc.change(at, func(old any) any {
		m, _ := old.(Map)
		return slices.Insert(m, i, meaning(v).(Map)...)
	}, func(l *layout) (edit, error) { return l.inserting(n, i, v), nil }, l)
}

// change makes one edit and proves it: the text must mean what it meant with the one
// change, and nothing else.
func (doc *Document) change(at where, mean func(old any) any, how func(*layout) (edit, error), l *layout) error {
	want := changed(modelOf(l.root), at, mean)
	e, err := how(l)
	if err == nil {
		text := l.text[:e.from] + e.text + l.text[e.to:]
		if len(text) > MaxSize {
			return fmt.Errorf("%s would be larger than %d bytes", doc.file.name, MaxSize)
		}
		after, bad := layoutOf(text)
		if bad == nil && equal(modelOf(after.root), want) {
			doc.text = text
			return nil
		}
	}
	line := 1
	if n, _ := find(l.root, at); n != nil {
		line = n.Line
	}
	return Error{File: doc.file.name, Line: line, Column: 1, Text: "this is written in a way that cannot be edited here", Hint: "change it by hand"}
}

// changed is what a value means with a change at a place in it.
func changed(v any, at where, mean func(old any) any) any {
	if len(at) == 0 {
		return mean(v)
	}
	switch v := v.(type) {
	case Map:
		for i := range v {
			if v[i].Key == at[0] {
				v[i].Value = changed(v[i].Value, at[1:], mean)
				break
			}
		}
	case List:
		if i, ok := at[0].(int); ok {
			v[i] = changed(v[i], at[1:], mean)
		}
	}
	return v
}
