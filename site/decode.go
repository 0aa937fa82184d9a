package site

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"pavise"
)

// A decoder reads nodes into values by the tags of their types, and notes every
// mistake on the way.
type decoder struct {
	catalogue []pavise.Control
	lines     int                // of the file
	where     map[any]*yaml.Node // by pointer to what could be read from it
	files     files
	lists     []string // files of networks that are named
	least     string   // what a file needs that is empty
	errs      Errors
}

// A place says in a message where a value belongs: to a control, under a key.
type place struct{ control, key string }

func (p place) at(key string) place { return place{p.control, key} }

func (p place) String() string {
	s := ""
	if p.control != "" {
		s = p.control + ": "
	}
	if p.key != "" {
		s += bare(p.key) + ": "
	}
	return s
}

// value reads a node into v, which can be set. It reports whether it could.
func (d *decoder) value(n *yaml.Node, v reflect.Value, at place) bool {
	k := kindOf(v.Type())
	switch {
	case n.Kind == yaml.AliasNode, // plain has told
		len(d.errs) == maxErrors: // and nothing more is
		return false
	case n.Kind == yaml.ScalarNode && n.Tag != "!!null" && v.Kind() == reflect.Struct && k.node == yaml.MappingNode && alone(v.Type()) >= 0:
		d.where[v.Addr().Interface()] = n
		i := alone(v.Type())
		return d.member(n, v.Field(i), required(v.Type().Field(i)), at)
	case n.Kind != yaml.SequenceNode && n.Tag != "!!null" && single(v.Type()):
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		d.where[v.Addr().Interface()] = n
		return d.value(n, v.Index(0), at)
	case n.Kind != k.node || n.Tag == "!!null":
		d.fail(n, instead(n, v.Type()), "%swant %s, got %s", at, k.words, got(n))
		return false
	case v.Type() == reflect.TypeFor[Controls]():
		v.Set(reflect.ValueOf(d.controls(n)))
	case n.Kind == yaml.MappingNode && v.Kind() == reflect.Struct:
		d.object(n, v, at)
	case n.Kind == yaml.MappingNode:
		v.SetZero()
		d.pairs(n, at, func(key, value *yaml.Node) { d.entry(key, value, v, at) })
	case n.Kind == yaml.SequenceNode:
		d.list(n, v, at)
	case !k.set(v, n.Value):
		d.fail(n, k.mend(n.Value), "%swant %s, got %s", at, k.words, show(n.Value))
		return false
	}
	d.where[v.Addr().Interface()] = n
	return true
}

// list reads a list. In the settings of a control what could not be read is left
// out: one mistake is told once, and not again of what the control then finds.
func (d *decoder) list(n *yaml.Node, v reflect.Value, at place) {
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	read := reflect.MakeSlice(v.Type(), 0, len(n.Content))
	for i, item := range n.Content {
		before := len(d.errs)
		if d.value(item, v.Index(i), at) && len(d.errs) == before {
			read = reflect.Append(read, v.Index(i))
		}
	}
	switch {
	case v.Type() == reflect.TypeFor[pavise.Networks]():
		d.networks(n, v, at)
	case at.control != "":
		v.Set(read)
	}
}

// instead is the hint for a node of the wrong kind.
func instead(n *yaml.Node, t reflect.Type) string {
	switch {
	case n.Tag == "!!null":
		return "delete the key or give it a value"
	case n.Kind == yaml.ScalarNode && t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String:
		return fmt.Sprintf("write [%s]", show(n.Value))
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && form(t.Elem()) != "":
		return "such as [" + form(t.Elem()) + "]"
	case t.Kind() == reflect.Struct && t != reflect.TypeFor[time.Time]():
		known, _ := fieldsOf(t)
		if form := form(t); form != "" {
			return "such as " + form
		}
		return listed(names(known))
	}
	return ""
}

// form is how a map is written that has all required keys, or "" where none is.
func form(t reflect.Type) string {
	known, _ := fieldsOf(t)
	var pairs []string
	for _, f := range known {
		if f.required {
			pairs = append(pairs, f.name+": …")
		}
	}
	if pairs == nil {
		return ""
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}

// pairs calls f for every key of a map, once.
func (d *decoder) pairs(n *yaml.Node, at place, f func(key, value *yaml.Node)) {
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind == yaml.AliasNode: // plain has told
		case key.Tag == "!!merge":
			d.fail(key, "write the keys out", "%smerge keys (<<) are not supported", at)
		case key.Kind != yaml.ScalarNode || key.Tag == "!!null":
			d.fail(key, "", "%sa key must be text, not %s", at, got(key))
		case first[key.Value] != 0:
			d.fail(key, "", "%s%s is already set on line %d", at, show(key.Value), first[key.Value])
		default:
			first[key.Value] = key.Line
			f(key, n.Content[i+1])
		}
	}
}

// object reads a map into a struct, whose tagged fields are the known keys.
func (d *decoder) object(n *yaml.Node, v reflect.Value, at place) {
	known, rest := fieldsOf(v.Type())
	if rest != nil {
		v.FieldByIndex(rest.index).SetZero()
	}
	seen := make([]bool, len(known))
	d.pairs(n, at, func(key, value *yaml.Node) {
		i := slices.IndexFunc(known, func(f field) bool { return f.name == key.Value })
		switch {
		case i >= 0:
			seen[i] = true
			d.member(value, v.FieldByIndex(known[i].index), known[i].required, at.at(key.Value))
		case rest != nil:
			d.entry(key, value, v.FieldByIndex(rest.index), at)
		case len(known) == 0:
			d.fail(key, "it has no settings", "%sunknown key %s", at, show(key.Value))
		default:
			d.fail(key, didYouMean(key.Value, names(known)), "%sunknown key %s", at, show(key.Value))
			if i := slices.Index(names(known), pavise.Nearest(key.Value, names(known))); i >= 0 {
				seen[i] = true // one slip is one mistake
			}
		}
	})
	for i, f := range known {
		if f.required && !seen[i] {
			d.fail(n, "", "%s%s is missing", at, f.name)
		}
	}
}

// member is value for one that may have to be there. What is empty is told here, and not
// again.
func (d *decoder) member(n *yaml.Node, v reflect.Value, required bool, at place) bool {
	could := d.value(n, v, at)
	text := v.Kind() == reflect.String && strings.TrimSpace(v.String()) == ""
	if list := v.Kind() == reflect.Slice && v.Len() == 0; could && required && (text || list) {
		d.fail(n, "", "%smust not be empty", at)
		delete(d.where, v.Addr().Interface())
	}
	return could
}

// entry reads one key into a map, which is made when it is first needed.
func (d *decoder) entry(key, value *yaml.Node, m reflect.Value, at place) {
	if m.IsNil() {
		m.Set(reflect.MakeMap(m.Type()))
	}
	v := reflect.New(m.Type().Elem()).Elem()
	if !d.value(value, v, at.at(key.Value)) {
		return
	}
	m.SetMapIndex(reflect.ValueOf(key.Value).Convert(m.Type().Key()), v)
}

// controls reads the settings of controls, each into a copy of its prototype.
func (d *decoder) controls(n *yaml.Node) Controls {
	set := Controls{}
	d.pairs(n, place{key: "controls"}, func(key, value *yaml.Node) {
		id := key.Value
		c := d.control(id)
		switch {
		case c == nil:
			d.unknownControl(key, "controls", id)
			return
		case value.Kind == yaml.ScalarNode && slices.Contains([]string{"off", "false", "no"}, value.Value):
			d.fail(value, "to switch it off, name it under except, with a reason", "%s: want a map, got %s", id, show(value.Value))
			return
		}
		v := reflect.New(reflect.TypeOf(c)).Elem()
		v.Set(reflect.ValueOf(c))
		d.value(value, v, place{control: id})
		set[id] = v.Interface().(pavise.Control)
	})
	return set
}

// control returns the control of the catalogue with the id, or nil.
func (d *decoder) control(id string) pavise.Control {
	for _, c := range d.catalogue {
		if c.Doc().ID == id {
			return c
		}
	}
	return nil
}

func (d *decoder) unknownControl(n *yaml.Node, under, id string) {
	ids := make([]string, len(d.catalogue))
	for i, c := range d.catalogue {
		ids[i] = c.Doc().ID
	}
	hint := cmp.Or(didYouMean(id, ids), `"pavise controls" lists them`)
	d.fail(n, hint, "%s: unknown control %s", under, show(id))
}
